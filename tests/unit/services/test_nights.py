from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import ComparisonColumn
from studio.db.nights import Night
from studio.db.outputs import CellValue, Take
from studio.db.runs import Run
from studio.db.versions import Group, Version
from studio.domain.vocabulary import NightState, OutputState, Precision, RunKind, RunState
from studio.queries import nights as reading
from studio.services import judgements, nights, outputs, runs
from studio.services.nights import Asked
from tests import factories
from tests.unit.services import stages

TODAY = date(2026, 11, 21)
ALL_RUN: tuple[str, ...] = ()


@pytest.fixture
def group(session: Session) -> Group:
    """A champion in both precisions, and one candidate in both."""
    photos = factories.revision(session)
    line = factories.group(session, compare_revision_id=photos.id)
    for name in ("v1", "v2"):
        version = factories.version(session, line)
        version.name = name
        for precision in Precision:
            factories.variant(session, version, precision)
        if name == "v1":
            factories.champion(session, version)
            args = {"version": version.id, "controls": factories.COPPER}
            factories.run(session, kind=RunKind.REGISTER, args=args).group_id = line.id
        else:
            version.candidate_at = now()
    session.commit()
    return line


def begin(
    session: Session, group: Group, missing: tuple[str, ...] = ALL_RUN, **asked: object
) -> Night | None:
    return nights.begin(session, factories.person(session).id, group, Asked(TODAY, **asked), missing)


def measured(session: Session, night: Night, rest: dict[str, float]) -> None:
    """Fill every cell of the night and walk its run to the last step; `rest` by role of the column."""
    run = session.get_one(Run, night.run_id)
    for column, who in zip(
        outputs.columns(session, night.comparison_id or 0), run.args["columns"], strict=True
    ):
        for cell in outputs.holes(session, column, run.id):
            made = factories.output(session, column, cell, run_id=run.id)
            session.add(CellValue(output_id=made.id, metric="rest", value=rest[who["role"]]))
    session.commit()
    while stages.end_stage(session, run) != "publish":
        pass


def test_a_night_shows_the_champion_twice_and_the_candidate_each_in_a_take_of_its_own(
    session: Session, group: Group
) -> None:
    night = begin(session, group)
    assert night
    run = session.get_one(Run, night.run_id)
    assert (run.kind, run.state) == (RunKind.NIGHT, RunState.RUNNING)
    who = [(each["role"], each["version"], each["precision"]) for each in run.args["columns"]]
    assert who == [
        (role, version, precision.value)
        for role, version in (("champion", "v1"), ("again", "v1"), ("candidate", "v2"))
        for precision in Precision
    ]
    takes = session.scalars(
        select(ComparisonColumn.take_id)
        .where(ComparisonColumn.comparison_id == night.comparison_id)
        .order_by(ComparisonColumn.position)
    ).all()
    assert 0 not in takes
    assert len(set(takes)) == 3
    assert [takes[0], takes[2], takes[4]] == [takes[1], takes[3], takes[5]]


def test_the_calendar_starts_one_night_a_date_and_a_person_as_many_as_wanted(
    session: Session, group: Group
) -> None:
    assert begin(session, group, scheduled=True)
    assert begin(session, group, scheduled=True) is None
    by_hand = [begin(session, group), begin(session, group)]
    assert [each.no for each in by_hand if each] == [1, 2]
    assert session.scalar(select(func.count(Night.id))) == 3


def test_a_night_that_finds_its_services_down_says_which_and_starts_no_work(
    session: Session, group: Group
) -> None:
    night = begin(session, group, missing=("torchserve", "worker"))
    assert night
    [entry] = reading.listing(session)
    assert (entry.state, entry.reason) == (NightState.UNTRUSTED, "Not running: torchserve, worker.")
    assert entry.hint
    assert session.scalars(select(Run).where(Run.kind == RunKind.NIGHT)).all() == []


def test_a_group_without_a_champion_or_photos_gets_a_sentence_instead_of_a_verdict(session: Session) -> None:
    bare = factories.group(session)
    night = begin(session, bare)
    assert night
    assert "no photos" in reading.one(session, night.public_id).reason
    assert nights.eligible(session) == []


def test_versions_named_by_hand_are_measured_instead_of_the_candidates(
    session: Session, group: Group
) -> None:
    night = begin(session, group, candidates=("v1",))
    assert night
    assert reading.one(session, night.public_id).candidates == ("v1",)
    wrong = begin(session, group, candidates=("v9",))
    assert wrong
    assert "no version v9" in reading.one(session, wrong.public_id).reason


def test_a_candidate_that_changes_more_of_the_rest_ends_as_a_regression_with_the_photo(
    session: Session, group: Group
) -> None:
    night = begin(session, group)
    assert night
    measured(session, night, {"champion": 0.3, "again": 0.3, "candidate": 1.5})
    judgements.close(session, night.run_id or 0)
    entry = reading.one(session, night.public_id)
    assert entry.state is NightState.REGRESSION
    assert [(each.metric, each.precision) for each in entry.worse] == [("rest", "fp32"), ("rest", "int8")]
    assert entry.worse[0].columns == (0, 4)
    shown = reading.pictures(session, entry)[entry.worse[0].photo or 0]
    assert {0, 4} <= shown.made.keys()
    assert entry.seconds is not None


def test_a_candidate_that_does_as_the_champion_does_ends_well(session: Session, group: Group) -> None:
    night = begin(session, group)
    assert night
    measured(session, night, dict.fromkeys(("champion", "again", "candidate"), 0.3))
    judgements.close(session, night.run_id or 0)
    assert reading.one(session, night.public_id).state is NightState.OK


def test_a_night_whose_work_failed_is_judged_all_the_same_and_says_which_step(
    session: Session, group: Group
) -> None:
    night = begin(session, group)
    assert night
    run = session.get_one(Run, night.run_id)
    assert stages.end_stage(session, run, stages.BROKEN) == "generate"
    [held] = stages.take(session, run)
    assert held.name == "night"
    judgements.close(session, run.id)
    entry = reading.one(session, night.public_id)
    assert entry.state is NightState.UNTRUSTED
    assert entry.reason == "The step generate failed: The photo is no photo."


def test_a_photo_that_the_champion_cannot_do_leaves_the_night_without_a_verdict(
    session: Session, group: Group
) -> None:
    night = begin(session, group)
    assert night
    column = outputs.columns(session, night.comparison_id or 0)[0]
    factories.output(session, column, outputs.holes(session, column)[1], OutputState.ERROR, night.run_id)
    measured(session, night, dict.fromkeys(("champion", "again", "candidate"), 0.3))
    judgements.close(session, night.run_id or 0)
    assert "The photo has no face." in reading.one(session, night.public_id).reason


def test_a_night_that_was_stopped_is_settled_with_a_sentence(session: Session, group: Group) -> None:
    night = begin(session, group)
    assert night
    runs.cancel(session, factories.person(session).id, session.get_one(Run, night.run_id).public_id)
    assert nights.settle(session) == 1
    entry = reading.one(session, night.public_id)
    assert (entry.state, entry.reason) == (NightState.UNTRUSTED, "Somebody stopped it.")
    assert nights.settle(session) == 0


def test_a_night_that_is_given_up_stops_its_work_and_stays_given_up(session: Session, group: Group) -> None:
    night = begin(session, group)
    assert night
    nights.give_up(session, factories.person(session).id, night.id, "Not running: torchserve.", "See.")
    assert session.get_one(Run, night.run_id).cancel_at
    judgements.close(session, night.run_id or 0)
    assert reading.one(session, night.public_id).reason == "Not running: torchserve."


def test_the_last_night_of_a_group_is_its_newest(session: Session, group: Group) -> None:
    assert reading.last(session, group.id) is None
    begin(session, group)
    newest = begin(session, group)
    assert newest
    found = reading.last(session, group.id)
    assert found
    assert (found.public_id, found.champion) == (newest.public_id, "v1")
    assert session.scalar(select(func.count(Take.id))) == 1 + 2 * 3
    assert session.scalar(select(func.count(Version.id))) == 2
