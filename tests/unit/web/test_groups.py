import re
from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.runs import Run, Step
from studio.db.versions import Group, Variant, Version
from studio.domain.vocabulary import Precision, Role, RunKind, RunState, StepState, VersionState
from studio.services.accounts import local_person
from tests import factories

Post = Callable[..., object]


def named(session: Session, line: Group, name: str) -> Version:
    return session.scalars(select(Version).where(Version.group_id == line.id, Version.name == name)).one()


def test_a_new_group_is_made_and_shown(client: FlaskClient, post: Post, session: Session) -> None:
    photos = factories.revision(session)
    session.commit()
    assert f'<option value="{photos.id}">' in client.get("/groups/new").text
    made = post(
        "/groups/new",
        name="머리색 · 실시간",
        slug="hair",
        lane="realtime",
        brief="25 fps",
        compare=str(photos.id),
    )
    assert (made.status_code, made.location) == (303, "/groups/hair")
    page = client.get("/groups/hair").text
    assert "머리색 · 실시간" in page
    assert "25 fps" in page
    assert "No version yet" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("slug", "Hair", "cannot stand in an address"),
        ("name", " ", "needs a name"),
        ("lane", "fast", "real time or for post edit"),
    ],
)
def test_a_wrong_form_comes_back_with_its_words_and_a_sentence(
    client: FlaskClient, post: Post, field: str, value: str, says: str
) -> None:
    asked = {"name": "Hair <b>", "slug": "hair", "lane": "realtime", "brief": "kept", field: value}
    answer = post("/groups/new", **asked)
    assert answer.status_code == 400
    assert says in answer.text
    assert "kept" in answer.text


def test_a_taken_address_is_a_conflict(client: FlaskClient, post: Post, session: Session) -> None:
    line = factories.group(session)
    session.commit()
    answer = post("/groups/new", name="Another", slug=line.slug, lane="postedit")
    assert answer.status_code == 409
    assert "has the address" in answer.text


def test_a_group_is_edited_but_keeps_its_address(client: FlaskClient, post: Post, session: Session) -> None:
    line = factories.grown(session, 1)
    address = f"/groups/{line.slug}/edit"
    form = client.get(address).text
    assert re.search(rf'<option value="{line.compare_revision_id}" selected>', form)
    assert 'name="slug"' not in form
    assert post(address, name="Renamed", lane="postedit", brief="", compare="").status_code == 303
    session.refresh(line)
    assert (line.name, line.compare_revision_id) == ("Renamed", None)


@pytest.mark.parametrize("address", ["/groups/new", "/groups/{}/edit"])
def test_only_engineers_make_and_edit_groups(client: FlaskClient, session: Session, address: str) -> None:
    line = factories.grown(session, 1)
    local_person(session).role = Role.PLANNER
    session.commit()
    assert client.get(address.format(line.slug)).status_code == 403
    assert "/edit" not in client.get(f"/groups/{line.slug}").text


def test_a_group_that_is_not_there_says_so(client: FlaskClient) -> None:
    answer = client.get("/groups/nowhere")
    assert answer.status_code == 404
    assert "no such group" in answer.text


def test_the_card_says_what_changed_and_leads_to_the_comparison(
    client: FlaskClient, session: Session
) -> None:
    page = client.get(f"/groups/{factories.grown(session, 2).slug}").text
    assert "<b>v2</b> changes" in page
    assert "+12.5" in page
    assert "Open comparison" in page
    assert "v2#decide" in page


def test_every_version_stands_in_a_row_with_its_pictures_and_its_branch(
    client: FlaskClient, session: Session
) -> None:
    line = factories.grown(session, 3)
    page = client.get(f"/groups/{line.slug}").text
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr ")[1:]
    assert [re.search(r'id="([^"]+)"', row)[1] for row in rows] == ["v1", "v2", "v3"]
    assert [row.count("<img") for row in rows] == [6, 6, 6]
    assert all('<circle cx="' in row for row in rows)
    assert "0.0001 → 0.0002" in rows[1]
    assert "style=" not in page


def test_a_version_name_that_is_markup_stays_text(client: FlaskClient, session: Session) -> None:
    line = factories.grown(session, 1)
    factories.child(session, named(session, line, "v1"), name='<i>"v2', params={"<b>": "<s>"})
    session.commit()
    page = client.get(f"/groups/{line.slug}").text
    assert '<i>"v2' not in page
    assert "<s>" not in page


def test_retired_versions_are_one_click_away(client: FlaskClient, session: Session) -> None:
    line = factories.grown(session, 3)
    named(session, line, "v2").state = VersionState.RETIRED
    session.commit()
    page = client.get(f"/groups/{line.slug}").text
    assert "Show 1 retired version" in page
    assert 'id="v2"' not in page
    assert 'id="v2"' in client.get(f"/groups/{line.slug}?retired=1").text


def test_what_waits_is_named_with_its_reason(client: FlaskClient, session: Session) -> None:
    line = factories.grown(session, 1)
    made = factories.child(session, named(session, line, "v1"), name="v2")
    made.state = VersionState.DRAFT
    run = factories.run(
        session, ("validate", StepState.ERROR), kind=RunKind.REGISTER, args={"version": made.id}
    )
    session.get_one(Run, run.id).state, run.group_id = RunState.ERROR, line.id
    session.scalars(select(Step).where(Step.run_id == run.id)).one().error = "4 channels, not 3."
    session.commit()
    page = client.get(f"/groups/{line.slug}").text
    assert "v2 was refused: 4 channels, not 3." in page
    assert "▼ failed" in page


def test_a_group_without_a_champion_asks_for_one(client: FlaskClient, session: Session) -> None:
    line = factories.group(session)
    factories.version(session, line, VersionState.SERVING)
    session.commit()
    page = client.get(f"/groups/{line.slug}").text
    assert "No version is the champion yet" in page
    assert "the photos that versions are compared on" in page


def test_the_last_night_is_one_line_that_leads_to_it(client: FlaskClient, session: Session) -> None:
    shown = factories.comparison(session)
    made = factories.night(session, shown, on=date(2026, 11, 21))
    slug = session.get_one(Group, shown.group_id).slug
    session.commit()
    page = client.get(f"/groups/{slug}").text
    assert "Nothing got worse." in page
    assert f"/nights/{made.public_id}" in page


def test_ticked_versions_lead_to_a_comparison_of_their_full_precision(
    client: FlaskClient, session: Session
) -> None:
    line = factories.grown(session, 2)
    answer = client.get(f"/groups/{line.slug}/selection?version=v2&version=v1&then=compare")
    asked = parse_qs(urlsplit(answer.location).query)
    full = [
        session.scalars(
            select(Variant.id).where(
                Variant.version_id == named(session, line, name).id, Variant.precision == Precision.FP32
            )
        ).one()
        for name in ("v2", "v1")
    ]
    assert asked == {"group": [line.slug], "columns": [",".join(str(each) for each in full)]}


def test_two_ticked_versions_show_only_what_differs(client: FlaskClient, session: Session) -> None:
    line = factories.grown(session, 2)
    address = f"/groups/{line.slug}/selection?version=v1&version=v2&then=differences"
    page = client.get(address, follow_redirects=True).text
    assert "What differs between v1 and v2" in page
    assert "0.0002" in page
    assert "steps" not in page
    assert "multiply" not in page


def test_versions_that_are_the_same_but_for_the_weights_say_so(client: FlaskClient, session: Session) -> None:
    line = factories.group(session)
    names = [factories.version(session, line).name for _ in range(2)]
    session.commit()
    page = client.get(f"/groups/{line.slug}/differences?version={names[0]}&version={names[1]}").text
    assert "Nothing but the weights" in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "No version is ticked"),
        ("version=v1&then=differences", "Two versions"),
        ("version=v9", "None of these"),
    ],
)
def test_a_choice_that_leads_nowhere_says_what_to_tick(
    client: FlaskClient, session: Session, query: str, says: str
) -> None:
    line = factories.grown(session, 1)
    answer = client.get(f"/groups/{line.slug}/selection?{query}", follow_redirects=True)
    assert answer.status_code == 400
    assert says in answer.text
