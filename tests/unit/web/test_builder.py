import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import Controls
from studio.db.runs import Run
from studio.db.versions import Group, Variant, Version
from studio.services import outputs
from tests import factories
from tests.unit.web.test_comparisons import address, words

COLOURS = {"attributes": {"colour": ["black", "copper"]}}


@pytest.fixture
def line(session: Session) -> Group:
    """Champion v1 and candidate v2, ready in full precision, on three photos."""
    made = factories.group(session, compare_revision_id=factories.revision(session, 3).id)
    for name in ("v1", "v2"):
        version = factories.version(session, made)
        version.name, version.manifest = name, COLOURS
        factories.variant(session, version)
    v1, v2 = session.scalars(select(Version).where(Version.group_id == made.id).order_by(Version.id))
    factories.champion(session, v1)
    v2.candidate_at = now()
    session.commit()
    return made


def fields(line: Group, session: Session, *colours: str) -> dict[str, str]:
    """The form of both versions, each under a colour."""
    variants = session.scalars(select(Variant.id).order_by(Variant.id)).all()
    session.commit()
    found = {"group": line.slug, "set": str(line.compare_revision_id)}
    for place, (variant, colour) in enumerate(zip(variants, colours, strict=False)):
        found |= {f"{place}.variant": str(variant), f"{place}.control.colour": colour}
    return found


def columns(session: Session, made: Comparison) -> list[dict[str, object]]:
    rows = session.scalars(
        select(Controls.body)
        .join(ComparisonColumn, ComparisonColumn.controls_id == Controls.id)
        .where(ComparisonColumn.comparison_id == made.id)
        .order_by(ComparisonColumn.position)
    ).all()
    session.commit()
    return list(rows)


def test_it_opens_with_the_candidate_against_the_champion_and_what_it_takes(
    client: FlaskClient, line: Group
) -> None:
    page = words(client.get(f"/comparisons/new?group={line.slug}").text)
    assert "v2 against v1" in page
    assert "The candidate against the champion, on 3 photos of" in page
    assert "6 pictures to make" in page


def test_buttons_of_the_form_lead_to_the_address_of_what_they_did(
    client: FlaskClient, line: Group, session: Session
) -> None:
    asked = fields(line, session, "copper", "copper")
    spread = client.get(f"/comparisons/new?{urlencode(asked | {'do': 'spread.1.colour'})}")
    assert spread.status_code == 302
    page = client.get(spread.headers["Location"]).text
    assert page.count("<fieldset") == 3
    swapped = client.get(f"/comparisons/new?{urlencode(asked | {'do': 'right.0'})}", follow_redirects=True)
    assert "v1 against v2" in words(swapped.text)
    first = client.get(f"/comparisons/new?{urlencode(asked | {'do': 'remove.1'})}").headers["Location"]
    empty = client.get(f"{first}&do=remove.0", follow_redirects=True).text
    assert "Add a column." in words(empty)
    assert "v1" in words(
        client.get(f"/comparisons/new?group={line.slug}&columns=none&do=add", follow_redirects=True).text
    )


def test_compare_makes_it_starts_what_is_missing_and_opens_it(
    line: Group, session: Session, post: Callable[..., object]
) -> None:
    answer = post("/comparisons/new", **fields(line, session, "copper", "black"))
    made = session.scalars(select(Comparison)).one()
    assert (answer.status_code, answer.headers["Location"]) == (303, address(made))
    assert (made.name, columns(session, made)) == (
        "v2 against v1",
        [{"colour": "copper"}, {"colour": "black"}],
    )
    assert session.scalars(select(Run)).one().comparison_id == made.id


def test_the_same_question_opens_the_same_comparison_and_computes_nothing_that_is_there(
    client: FlaskClient, line: Group, session: Session, post: Callable[..., object]
) -> None:
    asked = fields(line, session, "copper", "copper")
    post("/comparisons/new", **asked)
    made = session.scalars(select(Comparison)).one()
    run = session.scalars(select(Run)).one()
    run.ended_at, run.state = run.created_at, "done"
    for column in outputs.columns(session, made.id):
        for cell in outputs.holes(session, column):
            factories.output(session, column, cell)
    session.commit()
    page = words(client.get(f"/comparisons/new?{urlencode(asked)}").text)
    assert "Nothing to compute" in page
    assert post("/comparisons/new", **asked).headers["Location"] == address(made)
    assert len(session.scalars(select(Run)).all()) == 1


def test_a_column_made_anew_has_a_take_of_its_own(
    line: Group, session: Session, post: Callable[..., object]
) -> None:
    asked = fields(line, session, "copper", "copper") | {"0.take": "-1", "1.take": "-1"}
    post("/comparisons/new", **asked)
    takes = session.scalars(select(ComparisonColumn.take_id)).all()
    session.commit()
    assert len(set(takes)) == 2
    assert 0 not in takes


def test_what_cannot_be_is_said_beside_the_form(
    line: Group, session: Session, post: Callable[..., object]
) -> None:
    other = factories.version(session, factories.group(session))
    other.name, other.manifest = "p1", {"references": 1}
    variant = factories.variant(session, other)
    session.commit()
    asked = fields(line, session, "copper") | {"1.variant": str(variant.id)}
    answer = post("/comparisons/new", **asked)
    assert answer.status_code == 400
    assert "p1 of Hair colour cannot stand beside v1" in words(answer.text)
    assert session.scalars(select(Comparison)).all() == []


def test_versions_of_different_groups_may_share_photos(
    line: Group, session: Session, post: Callable[..., object]
) -> None:
    other = factories.version(session, factories.group(session))
    other.manifest = {"attributes": {}}
    variant = factories.variant(session, other)
    session.commit()
    asked = fields(line, session, "copper") | {"1.variant": str(variant.id)}
    assert post("/comparisons/new", **asked).status_code == 303


def test_an_open_desk_is_changed_from_its_own_columns(
    client: FlaskClient, line: Group, session: Session, post: Callable[..., object]
) -> None:
    post("/comparisons/new", **fields(line, session, "copper", "black"))
    made = session.scalars(select(Comparison)).one()
    session.commit()
    answer = client.get(f"/comparisons/new?from={made.public_id}", follow_redirects=True)
    assert re.findall(r"<option selected>(\w+)", answer.text) == ["copper", "black"]


def test_another_colour_is_one_click_and_starts_nothing(
    line: Group, session: Session, post: Callable[..., object]
) -> None:
    post("/comparisons/new", **fields(line, session, "copper", "copper"))
    made = session.scalars(select(Comparison)).one()
    session.commit()
    answer = post(address(made, "under"), control="colour", option="black", view="?sort=changed")
    other = session.scalars(select(Comparison).where(Comparison.id != made.id)).one()
    session.commit()
    assert answer.headers["Location"] == address(other) + "?sort=changed"
    assert columns(session, other) == [{"colour": "black"}] * 2
    assert len(session.scalars(select(Run)).all()) == 1
    session.commit()
    back = post(address(other, "under"), control="colour", option="copper")
    assert back.headers["Location"] == address(made)
