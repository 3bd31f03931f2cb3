import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.base import now
from studio.db.versions import Champion, Group, Version
from studio.domain.vocabulary import VersionState
from studio.errors import Conflict, StudioError
from studio.services import champions, lifecycle
from tests import factories


@pytest.fixture
def line(session: Session) -> Group:
    return factories.group(session)


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


def serving(session: Session, line: Group) -> Version:
    made = factories.version(session, line, VersionState.SERVING)
    made.candidate_at = now()
    return made


def current(session: Session, line: Group) -> Champion | None:
    return session.scalar(select(Champion).where(Champion.group_id == line.id, Champion.until.is_(None)))


def test_the_champion_is_approved_and_no_candidate_any_more(session: Session, line: Group, by: int) -> None:
    made = serving(session, line)
    champions.make(session, by, made, " clearly better on 20 of 24 photos ")
    assert (made.state, made.candidate_at) == (VersionState.APPROVED, None)
    row = current(session, line)
    assert row is not None
    assert (row.version_id, row.by, row.reason) == (made.id, by, "clearly better on 20 of 24 photos")


def test_the_one_before_stays_in_the_history(session: Session, line: Group, by: int) -> None:
    first, second = serving(session, line), serving(session, line)
    champions.make(session, by, first, "first")
    champions.make(session, by, second, "better")
    rows = session.scalars(select(Champion).where(Champion.group_id == line.id).order_by(Champion.id)).all()
    assert [row.version_id for row in rows] == [first.id, second.id]
    assert rows[0].until == rows[1].since
    assert first.state is VersionState.APPROVED


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_decision_without_a_reason_is_refused(session: Session, line: Group, by: int, reason: str) -> None:
    made = serving(session, line)
    with pytest.raises(StudioError, match="reason"):
        champions.make(session, by, made, reason)


def test_a_draft_cannot_be_the_champion_and_a_champion_not_twice(
    session: Session, line: Group, by: int
) -> None:
    with pytest.raises(Conflict, match="does not serve"):
        champions.make(session, by, factories.version(session, line), "hope")
    made = serving(session, line)
    champions.make(session, by, made, "first")
    with pytest.raises(Conflict, match="already"):
        champions.make(session, by, made, "again")


def test_taking_back_restores_the_champion_before(session: Session, line: Group, by: int) -> None:
    first, second = serving(session, line), serving(session, line)
    champions.make(session, by, first, "first")
    champions.make(session, by, second, "better")
    champions.take_back(session, by, second, "the fringe is broken")
    row = current(session, line)
    assert row is not None
    assert (row.version_id, row.reason) == (first.id, "the fringe is broken")
    assert second.state is VersionState.SERVING
    assert second.candidate_at is not None


def test_taking_back_the_first_champion_leaves_none(session: Session, line: Group, by: int) -> None:
    made = serving(session, line)
    champions.make(session, by, made, "first")
    champions.take_back(session, by, made, "too early")
    assert current(session, line) is None


def test_only_the_champion_can_be_taken_back(session: Session, line: Group, by: int) -> None:
    with pytest.raises(Conflict, match="not the champion"):
        champions.take_back(session, by, serving(session, line), "why not")


def test_every_decision_is_recorded_with_its_reason(session: Session, line: Group, by: int) -> None:
    made = serving(session, line)
    champions.make(session, by, made, "first")
    champions.take_back(session, by, made, "too early")
    rows = session.scalars(select(Audit).where(Audit.noun == "version").order_by(Audit.id)).all()
    assert [(row.verb, (row.after or {})["reason"]) for row in rows] == [
        ("make champion", "first"),
        ("take back champion", "too early"),
    ]


def test_taking_back_does_not_bring_a_retired_version_back(session: Session, line: Group, by: int) -> None:
    first, second, third = serving(session, line), serving(session, line), serving(session, line)
    for made in (first, second, third):
        champions.make(session, by, made, "better")
    lifecycle.retire(session, by, second)
    champions.take_back(session, by, third, "the fringe is broken")
    row = current(session, line)
    assert row is not None
    assert (row.version_id, second.state) == (first.id, VersionState.RETIRED)
