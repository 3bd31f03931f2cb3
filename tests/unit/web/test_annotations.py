import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, Sample
from studio.domain.annotation import tagged
from studio.domain.vocabulary import Purpose
from studio.services import annotations, sets
from tests import factories

FACE = "20,24 44,24 32,36 24,48 40,48"


@pytest.fixture
def photo(session: Session) -> Sample:
    made = factories.sample(session, tags=[("hair", "long")])
    session.commit()
    return made


@pytest.fixture
def send(client: FlaskClient) -> Callable[..., object]:
    """POST a file as the page does."""

    def post(address: str, data: bytes, name: str = "mask.png") -> object:
        token = client.get("/sets").text.partition('"X-CSRFToken": "')[2].partition('"')[0]
        form = {"file": (io.BytesIO(data), name), "csrf_token": token}
        return client.post(address, data=form, content_type="multipart/form-data")

    return post


def current(session: Session, photo: Sample) -> Annotation:
    session.rollback()
    found = session.scalars(
        select(Annotation).where(Annotation.sample_id == photo.id, Annotation.is_current)
    ).one()
    session.commit()  # SQLite lets nobody write while we look
    return found


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def test_a_photo_is_shown_with_what_is_known_of_it(client: FlaskClient, photo: Sample) -> None:
    page = client.get(f"/samples/{photo.id}").text
    for part in (f"/pictures/{photo.content_sha}.png", 'viewBox="0 0 64 64"', "hair <b>long</b>", "64 × 64"):
        assert part in page
    assert "added the photo, added hair:long" in words(page)
    assert "In no set yet." in page


@pytest.mark.parametrize(
    "address", ["/samples/4711", "/samples/{0}?annotation=9", "/samples/{0}/annotations/1/hair.png"]
)
def test_what_is_not_there_is_said_so(client: FlaskClient, photo: Sample, address: str) -> None:
    answer = client.get(address.format(photo.id))
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_a_form_without_scripts_leads_back_to_the_page(
    post: Callable, photo: Sample, session: Session
) -> None:
    answer = post(f"/samples/{photo.id}/name?set=faces&r=1", name="Mina\nat the window")
    assert (answer.status_code, answer.location) == (303, f"/samples/{photo.id}?set=faces&r=1")
    session.refresh(photo)
    assert photo.name == "Mina at the window"


def test_a_form_with_scripts_gets_the_page_anew(post: Callable, photo: Sample) -> None:
    answer = post(f"/samples/{photo.id}/tags", htmx=True, add="Light: Dim")
    assert "light <b>dim</b>" in answer.text
    assert "<html" not in answer.text


def test_tags_come_and_go_one_by_one(post: Callable, photo: Sample, client: FlaskClient) -> None:
    post(f"/samples/{photo.id}/tags", add="light:dim")
    post(f"/samples/{photo.id}/tags", remove="hair:long")
    page = client.get(f"/samples/{photo.id}").text
    assert ("light <b>dim</b>" in page, "hair <b>long</b>" in page) == (True, False)
    refused = post(f"/samples/{photo.id}/tags", htmx=True, add="dim")
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (400, "#notice")
    assert "hair:long" in refused.text


def test_source_licence_and_consent_are_written(post: Callable, photo: Sample, session: Session) -> None:
    fields = {"source": "NASA", "licence": "public domain", "consent": "by mail"}
    post(f"/samples/{photo.id}/about", **fields, consent_until="2020-01-31")
    session.refresh(photo)
    assert (photo.source, photo.licence, photo.consent, photo.consent_until) == (
        *fields.values(),
        date(2020, 1, 31),
    )
    session.commit()
    assert post(f"/samples/{photo.id}/about", consent_until="tomorrow").status_code == 400


def test_a_consent_that_ended_is_pointed_out(client: FlaskClient, photo: Sample, session: Session) -> None:
    photo.consent_until = date(2020, 1, 31)
    session.commit()
    assert "The consent ended on 2020-01-31." in client.get(f"/samples/{photo.id}").text


def test_a_photo_that_no_generator_can_use_well_is_pointed_out(
    client: FlaskClient, photo: Sample, session: Session
) -> None:
    factories.version(session).manifest = {"width": 256, "height": 256}
    session.commit()
    assert "Smaller than what any generator here works on" in client.get(f"/samples/{photo.id}").text
    photo.width, photo.height = 300, 1200
    session.commit()
    assert "A long strip" in client.get(f"/samples/{photo.id}").text


def test_a_hair_mask_is_sent_shown_and_taken_away(
    client: FlaskClient, send: Callable, post: Callable, photo: Sample, session: Session
) -> None:
    assert send(f"/samples/{photo.id}/hair-mask", factories.mask()).status_code == 303
    page = client.get(f"/samples/{photo.id}").text
    for part in ("/annotations/2/hair.png", 'data-view="edge"', "added the hair mask"):
        assert part in page
    file = client.get(f"/samples/{photo.id}/annotations/2/hair.png")
    assert (file.mimetype, file.cache_control.immutable) == ("image/png", True)
    post(f"/samples/{photo.id}/clear/hair_mask")
    assert current(session, photo).hair_mask_sha is None
    assert client.get(f"/samples/{photo.id}/annotations/2/hair.png").status_code == 200


def test_a_large_file_passes_the_limit_of_forms_and_a_mask_of_another_shape_does_not_pass(
    send: Callable, photo: Sample, session: Session
) -> None:
    large = factories.png(1, 256, 256)
    assert len(large) > 150_000
    refused = send(f"/samples/{photo.id}/target", large)
    assert refused.status_code == 422
    assert "The target is 256 × 256 pixels, the photo 64 × 64." in refused.text
    assert send(f"/samples/{photo.id}/hair-mask", factories.mask(64, 96)).status_code == 422
    assert send(f"/samples/{photo.id}/hair-mask", b"", name="").status_code == 400
    assert send(f"/samples/{photo.id}/name", large).status_code == 413
    assert current(session, photo).no == 1


def test_a_target_is_shown(send: Callable, client: FlaskClient, photo: Sample) -> None:
    send(f"/samples/{photo.id}/target", factories.png(4))
    assert 'data-view="target"' in client.get(f"/samples/{photo.id}").text
    assert client.get(f"/samples/{photo.id}/annotations/2/target.png").status_code == 200


def test_five_points_are_kept_and_the_eye_mask_is_shown(
    post: Callable, client: FlaskClient, photo: Sample, session: Session
) -> None:
    post(f"/samples/{photo.id}/landmarks", points=FACE)
    assert current(session, photo).landmarks == [[20, 24], [44, 24], [32, 36], [24, 48], [40, 48]]
    assert 'data-view="eyes"' in client.get(f"/samples/{photo.id}").text
    assert client.get(f"/samples/{photo.id}/annotations/2/eyes.png").status_code == 200
    for points in ("", "1,2", "a,b", "1,2,3 4,5", f"{FACE} 1,1", FACE.replace("20,24", "nan,24")):
        assert post(f"/samples/{photo.id}/landmarks", points=points).status_code == 400


def test_an_older_annotation_can_be_looked_at_and_not_edited(
    client: FlaskClient, photo: Sample, session: Session
) -> None:
    by = factories.person(session).id
    annotations.revise(session, by, [photo.id], tagged([("light", "dim")], [("hair", "long")]))
    page = client.get(f"/samples/{photo.id}?annotation=1").text
    assert "You see annotation 1 of 2, as it was." in page
    assert "hair <b>long</b>" in page
    for part in ('name="add"', 'name="remove"', "data-place", 'name="file"'):
        assert part not in page


def test_one_walks_through_a_set_and_comes_back_to_it(
    client: FlaskClient, photo: Sample, session: Session
) -> None:
    other = factories.sample(session)
    sets.create(session, factories.person(session).id, "Faces", Purpose.COMPARE, [photo.id, other.id])
    page = client.get(f"/samples/{photo.id}?set=faces&r=1").text
    assert f'rel="next" href="/samples/{other.id}?set=faces&amp;r=1"' in page
    assert 'rel="prev"' not in page
    assert 'href="/sets/faces?r=1"' in page
    assert f'action="/samples/{photo.id}/name?set=faces&amp;r=1"' in page
    assert client.get(f"/samples/{photo.id}?set=nowhere&r=1&sample_id=3").status_code == 200


def test_a_photo_is_put_aside_and_brought_back(post: Callable, photo: Sample, client: FlaskClient) -> None:
    post(f"/samples/{photo.id}/retire")
    assert "Put aside: it is not on the wall any more." in client.get(f"/samples/{photo.id}").text
    post(f"/samples/{photo.id}/retire", back="1")
    assert "Put aside:" not in client.get(f"/samples/{photo.id}").text


def test_names_and_tags_cannot_bring_markup_into_the_page(
    client: FlaskClient, photo: Sample, session: Session
) -> None:
    photo.name, photo.source = "<b>bold</b>", '"><img src=x>'
    photo.landmarks_guess = [[1, 2]]
    annotations.revise(session, factories.person(session).id, [photo.id], tagged([("<i>", "<u>")]))
    page = client.get(f"/samples/{photo.id}").text
    for markup in ("<b>bold", "<img src=x>", "<i>", "<u>"):
        assert markup not in page
    assert 'data-guess="[[1, 2]]"' in page


def test_the_files_of_a_photo_lie_under_the_folder_of_the_studio(
    send: Callable, photo: Sample, studio_var: Path
) -> None:
    send(f"/samples/{photo.id}/hair-mask", factories.mask())
    assert [path for path in (studio_var / "objects").rglob("*") if path.is_file()]
