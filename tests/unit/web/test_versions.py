from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.outputs import CellValue, Output
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.vocabulary import Precision, Role, VersionState
from studio.services.accounts import local_person
from tests import factories

Post = Callable[..., object]


@pytest.fixture
def line(session: Session) -> Group:
    return factories.grown(session, 3)


def named(session: Session, line: Group, name: str) -> Version:
    return session.scalars(select(Version).where(Version.group_id == line.id, Version.name == name)).one()


def address(line: Group, name: str, verb: str = "") -> str:
    return f"/groups/{line.slug}/versions/{name}{verb}"


def test_a_version_says_where_it_comes_from_and_where_it_led(client: FlaskClient, line: Group) -> None:
    first, second = (client.get(address(line, name)).text for name in ("v1", "v2"))
    assert "Comes from no other version" in first
    assert "led to" in first
    assert address(line, "v3") in first
    assert "0.0001 → 0.0002" in second


def test_a_version_that_is_not_there_says_so(client: FlaskClient, line: Group) -> None:
    answer = client.get(address(line, "v9"))
    assert answer.status_code == 404
    assert "no such version" in answer.text


def test_the_card_is_shown_whole_and_a_closed_licence_is_flagged(
    client: FlaskClient, session: Session, line: Group
) -> None:
    named(session, line, "v2").card = {"licence": "CC BY-NC 4.0", "training": {"seed": 7}, "더": "것"}
    session.commit()
    page = client.get(address(line, "v2")).text
    assert "training · seed" in page
    assert "것" in page
    assert "Research and demonstration only" in page
    assert "Research and demonstration only" not in client.get(address(line, "v3")).text


def test_both_variants_stand_side_by_side(client: FlaskClient, line: Group) -> None:
    page = client.get(address(line, "v2")).text
    head = page.split('class="served"')[1].split("</thead>")[0]
    assert "FP32" in head
    assert "INT8" in head


def test_the_photos_on_which_int8_differs_most_come_first(
    client: FlaskClient, session: Session, line: Group
) -> None:
    version = named(session, line, "v2")
    full, quantized = (
        session.scalars(
            select(Output)
            .join(Variant, Variant.id == Output.variant_id)
            .where(Variant.version_id == version.id, Variant.precision == precision)
            .order_by(Output.id)
        ).all()
        for precision in Precision
    )
    for place, (twin, made) in enumerate(zip(full, quantized, strict=True)):
        session.add(
            CellValue(
                output_id=made.id, metric="difference_mean", against_output_id=twin.id, value=float(place)
            )
        )
    session.commit()
    page = client.get(address(line, "v2")).text.split("Where INT8 differs most")[1]
    assert page.index(quantized[-1].blob_sha) < page.index(quantized[0].blob_sha)
    assert "5 of 255" in page


def test_making_a_champion_asks_for_a_reason_and_tells_it(
    client: FlaskClient, post: Post, session: Session, line: Group
) -> None:
    refused = post(address(line, "v3", "/champion"), reason=" ")
    assert refused.status_code == 400
    assert "needs a reason" in refused.text
    assert post(address(line, "v3", "/champion"), reason="better on 20 of 24").status_code == 303
    page = client.get(address(line, "v3")).text
    assert "★ champion" in page
    assert "“better on 20 of 24”" in page
    assert "serving → approved" in page
    assert "Why should v1 be the champion again?" in page


def test_a_champion_is_taken_back(post: Post, session: Session, line: Group) -> None:
    post(address(line, "v3", "/champion"), reason="better")
    assert post(address(line, "v3", "/champion/take-back"), reason="the fringe").status_code == 303
    current = session.scalars(
        select(Champion).where(Champion.group_id == line.id, Champion.until.is_(None))
    ).one()
    assert current.version_id == named(session, line, "v1").id


def test_candidates_are_marked_and_unmarked(post: Post, session: Session, line: Group) -> None:
    version = named(session, line, "v2")
    session.commit()
    for verb, marked in (("/candidate", True), ("/candidate/unmark", False)):
        assert post(address(line, "v2", verb)).status_code == 303
        session.refresh(version)
        assert (version.candidate_at is not None) is marked
        session.commit()  # a session that looks keeps SQLite's only pen


def test_a_version_is_retired_with_a_reason_and_brought_back(
    client: FlaskClient, post: Post, session: Session, line: Group
) -> None:
    assert post(address(line, "v2", "/retire"), reason="colour leaks").status_code == 303
    assert "Bring it back" in client.get(address(line, "v2")).text
    assert post(address(line, "v2", "/bring-back")).status_code == 303
    version = named(session, line, "v2")
    session.refresh(version)
    assert version.state is VersionState.SERVING


def test_notes_are_written_and_stay_text(client: FlaskClient, post: Post, line: Group) -> None:
    assert post(address(line, "v2", "/notes"), notes="앞머리 <b>자연</b>").status_code == 303
    assert "앞머리 &lt;b&gt;자연&lt;/b&gt;" in client.get(address(line, "v2")).text


def test_planners_decide_but_do_not_retire(
    client: FlaskClient, post: Post, session: Session, line: Group
) -> None:
    local_person(session).role = Role.PLANNER
    session.commit()
    page = client.get(address(line, "v2")).text
    assert "Make champion" in page
    assert "Retire" not in page
    assert post(address(line, "v2", "/retire")).status_code == 403
    assert post(address(line, "v2", "/champion"), reason="better").status_code == 303


def test_a_draft_offers_no_decision(client: FlaskClient, session: Session, line: Group) -> None:
    named(session, line, "v2").state = VersionState.DRAFT
    session.commit()
    page = client.get(address(line, "v2")).text
    assert "It makes no pictures yet" in page
    assert "Make champion" not in page


def test_comparisons_that_show_the_version_are_listed(client: FlaskClient, line: Group) -> None:
    page = client.get(address(line, "v2")).text
    assert "v2, pictured" in page
    assert "v3, pictured" not in page
