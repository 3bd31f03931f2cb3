import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.samples import RevisionItem, SetRevision
from studio.domain.annotation import tagged
from studio.domain.vocabulary import Purpose
from studio.services import annotations, sets
from tests import factories


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


@pytest.fixture
def photos(session: Session) -> list[int]:
    made = [factories.sample(session).id for _ in range(4)]
    session.commit()
    return made


@pytest.fixture
def faces(session: Session, by: int, photos: list[int]) -> SetRevision:
    return sets.create(session, by, "Everyday faces", Purpose.COMPARE, photos[:3])


def members(session: Session, slug: str, no: int) -> list[int]:
    listed = select(RevisionItem.sample_id).join(SetRevision, SetRevision.id == RevisionItem.revision_id)
    found = session.scalars(
        listed.where(SetRevision.slug == slug, SetRevision.no == no).order_by(RevisionItem.position)
    ).all()
    session.commit()  # SQLite lets nobody write while we look
    return list(found)


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def test_without_a_set_the_list_says_how_one_is_made(client: FlaskClient) -> None:
    page = client.get("/sets").text
    assert "No set yet" in page
    assert "Choose photos" in page


def test_the_list_shows_each_set_with_its_purpose_and_pictures(
    client: FlaskClient, faces: SetRevision
) -> None:
    page = client.get("/sets").text
    assert "Everyday faces" in page
    assert "r1 · 3 photos" in words(page)
    assert page.count("/pictures/192/") == 3 or page.count("<img") == 3


def test_chosen_photos_become_a_set_and_then_its_next_revision(
    post: Callable, client: FlaskClient, photos: list[int], session: Session
) -> None:
    assert "Make the set" in client.get("/sets/-/choices").text
    chosen = f"{photos[1]},{photos[0]}"
    made = post("/sets", name="한국 앞머리", purpose="night", samples=chosen)
    assert made.status_code == 303
    assert members(session, "한국-앞머리", 1) == photos[:2]
    assert client.get(made.location).status_code == 200
    assert 'value="한국-앞머리"' in client.get("/sets/-/choices").text
    post("/sets", slug="한국-앞머리", sample=str(photos[3]))
    assert members(session, "한국-앞머리", 2) == [photos[0], photos[1], photos[3]]


def test_with_scripts_the_browser_is_told_where_the_new_set_is(post: Callable, photos: list[int]) -> None:
    made = post("/sets", htmx=True, name="Faces", samples=str(photos[0]))
    assert (made.status_code, made.headers["HX-Redirect"]) == (204, "/sets/faces?r=1")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "Faces"}, 400),
        ({"name": "Faces", "samples": "one"}, 400),
        ({"name": "Faces", "samples": "4711"}, 400),
        ({"name": "", "samples": "{0}"}, 400),
        ({"name": "Faces", "samples": "{0}", "purpose": "fun"}, 400),
        ({"name": "everyday faces", "samples": "{0}"}, 409),
        ({"slug": "nowhere", "samples": "{0}"}, 404),
    ],
)
def test_what_cannot_be_a_set_is_refused_in_a_sentence(
    post: Callable, photos: list[int], faces: SetRevision, fields: dict[str, str], status: int
) -> None:
    answer = post("/sets", **{name: value.format(photos[0]) for name, value in fields.items()})
    assert answer.status_code == status
    assert "<h1>" in answer.text


def test_a_set_shows_its_photos_revisions_and_what_points_at_it(
    client: FlaskClient, session: Session, faces: SetRevision, photos: list[int]
) -> None:
    group = factories.group(session)
    group.compare_revision_id = faces.id
    session.commit()
    page = client.get("/sets/everyday-faces").text
    for photo in photos[:3]:
        assert f"/samples/{photo}?set=everyday-faces&amp;r=1" in page
    assert f"/groups/{group.slug}" in page
    assert "versions are compared on these photos" in page
    for address in ("/sets/nowhere", "/sets/everyday-faces?r=2", "/sets/everyday-faces?from=7"):
        assert client.get(address).status_code == 404


def test_photos_are_left_out_of_the_next_revision(
    post: Callable, session: Session, faces: SetRevision, photos: list[int], client: FlaskClient
) -> None:
    post("/sets/everyday-faces/1/without", sample=str(photos[1]))
    assert members(session, "everyday-faces", 2) == [photos[0], photos[2]]
    page = words(client.get("/sets/everyday-faces?r=2&from=1").text)
    assert "From r1 to r2" in page
    assert "Left out 1" in page
    assert post("/sets/everyday-faces/1/without").status_code == 400


def test_newer_annotations_are_offered_and_come_in_by_a_new_revision(
    post: Callable, client: FlaskClient, session: Session, by: int, photos: list[int], faces: SetRevision
) -> None:
    assert "has a newer annotation" not in client.get("/sets/everyday-faces").text
    annotations.revise(session, by, photos[:1], tagged([("light", "dim")]))
    assert "1 photo has a newer annotation" in client.get("/sets/everyday-faces").text
    made = post("/sets/everyday-faces/renew")
    assert made.location == "/sets/everyday-faces?r=2"
    page = words(client.get("/sets/everyday-faces?r=2&from=1").text)
    assert "Annotation changed 1" in page
    assert "added light:dim" in page


def test_two_equal_revisions_are_said_to_be_equal(client: FlaskClient, faces: SetRevision) -> None:
    page = client.get("/sets/everyday-faces?r=1&from=1").text
    assert "The same photos with the same annotations." in page


def test_calibration_and_comparison_on_the_same_photos_are_refused_or_pointed_out(
    post: Callable, client: FlaskClient, session: Session, photos: list[int], faces: SetRevision
) -> None:
    group = factories.group(session)
    group.compare_revision_id = faces.id
    session.commit()
    refused = post("/sets", name="ranges", purpose="calibrate", samples=f"{photos[0]},{photos[3]}")
    assert refused.status_code == 400
    assert "compares 1 of these photos" in refused.text
    group.compare_revision_id = None
    session.commit()
    post("/sets", name="ranges", purpose="calibrate", samples=f"{photos[0]},{photos[3]}")
    group.calibrate_revision_id = session.scalars(
        select(SetRevision.id).where(SetRevision.slug == "ranges")
    ).one()
    session.commit()
    assert "1 of these photos also calibrates INT8" in client.get("/sets/everyday-faces").text


def test_a_set_is_renamed_put_aside_and_brought_back(
    post: Callable, client: FlaskClient, faces: SetRevision
) -> None:
    post("/sets/everyday-faces/name", name="Faces <of> a day")
    assert "Faces &lt;of&gt; a day" in client.get("/sets").text
    post("/sets/everyday-faces/retire")
    assert "Faces" not in client.get("/sets").text
    assert "Faces" in client.get("/sets?retired=1").text
    assert "Put aside:" in client.get("/sets/everyday-faces").text
    post("/sets/everyday-faces/retire", back="1")
    assert "Faces" in client.get("/sets").text


def test_a_set_leads_to_a_comparison_on_it_in_each_group_that_can_compare(
    client: FlaskClient, session: Session, by: int, faces: SetRevision, photos: list[int]
) -> None:
    assert "Compare on these photos" not in client.get("/sets/everyday-faces").text
    group = factories.group(session)
    factories.variant(session, factories.version(session, group))
    calibrating = sets.create(session, by, "Ranges", Purpose.CALIBRATE, photos)
    session.commit()
    asked = f'href="/comparisons/new?group={group.slug}&amp;set={faces.id}"'
    assert asked in client.get("/sets/everyday-faces").text
    assert "/comparisons/new" not in client.get(f"/sets/{calibrating.slug}").text
