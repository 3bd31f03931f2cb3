import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.versions import Group
from studio.domain.vocabulary import VariantState, VersionState
from studio.errors import Conflict, NotFound, StudioError
from studio.services import champions, lifecycle, versions
from tests import factories


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


def verbs(session: Session) -> list[str]:
    return list(session.scalars(select(Audit.verb).where(Audit.noun == "version").order_by(Audit.id)))


def test_a_version_is_found_by_the_names_of_its_address(session: Session) -> None:
    made = factories.version(session)
    assert lifecycle.find(session, session.get_one(Group, made.group_id).slug, made.name) is made
    with pytest.raises(NotFound):
        lifecycle.find(session, "nowhere", made.name)


def test_a_version_that_answers_for_the_first_time_becomes_a_candidate(session: Session) -> None:
    made = factories.version(session)
    versions.serving(session, factories.variant(session, made, state=VariantState.BUILDING).id)
    assert made.state is VersionState.SERVING
    assert made.candidate_at is not None
    assert verbs(session) == ["serve"]


def test_a_version_that_is_loaded_again_does_not_become_a_candidate_again(session: Session) -> None:
    made = factories.version(session, state=VersionState.SERVING)
    versions.serving(session, factories.variant(session, made).id)
    assert made.candidate_at is None


def test_a_candidate_is_marked_and_unmarked_by_hand(session: Session, by: int) -> None:
    made = factories.version(session, state=VersionState.SERVING)
    lifecycle.mark_candidate(session, by, made)
    assert made.candidate_at is not None
    for _ in range(2):
        lifecycle.unmark_candidate(session, by, made)
    assert made.candidate_at is None
    assert verbs(session) == ["mark candidate", "unmark candidate"]


@pytest.mark.parametrize("state", [VersionState.DRAFT, VersionState.RETIRED])
def test_what_does_not_serve_is_no_candidate(session: Session, by: int, state: VersionState) -> None:
    with pytest.raises(Conflict, match="does not serve"):
        lifecycle.mark_candidate(session, by, factories.version(session, state=state))


def test_the_champion_is_neither_a_candidate_nor_retired(session: Session, by: int) -> None:
    made = factories.version(session, state=VersionState.SERVING)
    champions.make(session, by, made, "clearly better")
    for verb in (lifecycle.mark_candidate, lifecycle.retire):
        with pytest.raises(Conflict, match="is the champion"):
            verb(session, by, made)


def test_a_retired_version_leaves_the_candidates_and_comes_back_as_it_was(session: Session, by: int) -> None:
    made = factories.version(session, state=VersionState.SERVING)
    factories.variant(session, made)
    lifecycle.mark_candidate(session, by, made)
    for _ in range(2):
        lifecycle.retire(session, by, made, "colour leaks into the skin")
    assert (made.state, made.candidate_at) == (VersionState.RETIRED, None)
    for _ in range(2):
        lifecycle.bring_back(session, by, made)
    assert made.state is VersionState.SERVING
    assert verbs(session) == ["mark candidate", "retire", "bring back"]


def test_a_former_champion_comes_back_approved_and_a_broken_draft_as_draft(session: Session, by: int) -> None:
    former, broken = factories.version(session, state=VersionState.SERVING), factories.version(session)
    champions.make(session, by, former, "first")
    champions.take_back(session, by, former, "too early")
    for made, state in ((former, VersionState.APPROVED), (broken, VersionState.DRAFT)):
        lifecycle.retire(session, by, made)
        lifecycle.bring_back(session, by, made)
        assert made.state is state


def test_notes_are_replaced_and_the_old_ones_are_kept_in_the_record(session: Session, by: int) -> None:
    made = factories.version(session)
    for _ in range(2):
        lifecycle.note(session, by, made, " 피부에 색이 번짐\r\n둘째 줄 ")
    assert made.notes == "피부에 색이 번짐\n둘째 줄"
    lifecycle.note(session, by, made, "")
    rows = session.scalars(select(Audit).where(Audit.verb == "note").order_by(Audit.id)).all()
    assert [row.before for row in rows] == [{"notes": ""}, {"notes": "피부에 색이 번짐\n둘째 줄"}]


def test_endless_notes_and_reasons_are_refused(session: Session, by: int) -> None:
    made = factories.version(session)
    with pytest.raises(StudioError, match="too long"):
        lifecycle.note(session, by, made, "x" * 20_001)
    with pytest.raises(StudioError, match="too long"):
        lifecycle.retire(session, by, made, "x" * 1001)
