from datetime import date

from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.versions import Version
from studio.domain.vocabulary import OutputState, RunKind, RunState, StepState, VersionState
from studio.queries import entries, home
from studio.services import outputs
from tests import factories
from tests.factories.nights import night


def test_an_empty_studio_has_no_groups(session: Session) -> None:
    assert home.groups(session) == ()
    assert entries.entries(session) == ()


def test_a_group_tells_who_leads_in_ten_statements(session: Session, statements) -> None:
    line = factories.grown(session, 3)
    factories.group(session)
    session.commit()
    with statements(10):
        found, other = home.groups(session)
    assert found.slug == line.slug
    assert (found.leaders.champion.name, found.leaders.candidate.name, found.versions) == ("v1", "v3", 3)
    assert (other.leaders.champion, other.leaders.candidate, other.versions) == (None, None, 0)


def test_a_retired_version_is_not_counted(session: Session) -> None:
    line = factories.group(session)
    factories.version(session, line, VersionState.RETIRED)
    assert home.groups(session)[0].versions == 0


def test_a_registration_that_failed_or_runs_waits_at_its_group(session: Session) -> None:
    line = factories.group(session)
    for state in (RunState.ERROR, RunState.RUNNING, RunState.DONE):
        made = factories.version(session, line)
        run = factories.run(
            session, ("validate", StepState.ERROR), kind=RunKind.REGISTER, args={"version": made.id}
        )
        run.state, run.group_id = state, line.id
    (found,) = home.groups(session)
    assert ([each.state for each in found.failed], [each.state for each in found.running]) == (
        [RunState.ERROR],
        [RunState.RUNNING],
    )


def test_pinned_comparisons_come_first_then_the_newest_in_three_statements(
    session: Session, statements
) -> None:
    older, pinned, newer = (factories.comparison(session) for _ in range(3))
    pinned.pinned_at = now()
    with statements(3):
        found = entries.entries(session)
    assert [each.public_id for each in found] == [pinned.public_id, newer.public_id, older.public_id]
    assert [each.pinned for each in found] == [True, False, False]


def test_what_nights_compare_is_not_listed(session: Session) -> None:
    night(session, factories.comparison(session), on=date(2026, 11, 21))
    assert entries.entries(session) == ()


def test_comparisons_are_listed_for_one_group_or_one_version(session: Session) -> None:
    variant = factories.variant(session)
    made, other = factories.comparison(session, columns=[variant]), factories.comparison(session)
    assert [each.public_id for each in entries.entries(session, entries.of_version(variant.version_id))] == [
        made.public_id
    ]
    assert [each.public_id for each in entries.entries(session, entries.of_group(other.group_id))] == [
        other.public_id
    ]
    version = session.get_one(Version, variant.version_id)
    assert entries.entries(session)[1].columns == ((version.name, variant.precision),)


def test_the_strip_shows_pictures_of_the_last_column_in_order(session: Session) -> None:
    made = factories.comparison(session, photos=8, columns=2)
    left, right = outputs.columns(session, made.id)
    factories.output(session, left, outputs.holes(session, left)[0])
    failed, *others = outputs.holes(session, right)
    factories.output(session, right, failed, OutputState.ERROR)
    shas = [factories.output(session, right, cell).blob_sha for cell in others]
    (entry,) = entries.entries(session)
    assert entry.strip == tuple(shas[:5])


def test_an_entry_says_whether_something_runs_or_stopped(session: Session) -> None:
    made = factories.comparison(session)
    assert entries.entries(session)[0].state is None
    run = factories.run(session, ("generate", StepState.RUNNING), of=made)
    assert entries.entries(session)[0].running
    run.state = RunState.ERROR
    assert entries.entries(session)[0].state is RunState.ERROR
