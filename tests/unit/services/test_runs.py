import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import SHARED_TAKE, Output, Take
from studio.db.runs import Run
from studio.domain.pipeline import CHUNK, STEPS
from studio.domain.vocabulary import (
    OutputState,
    RunState,
    StepState,
)
from studio.errors import NotFound
from studio.services import outputs, runs, steps
from studio.services.steps import End, Watch
from tests import factories
from tests.unit.services.stages import BROKEN, DONE, FAILED, ME, end_stage, names, rows, take


def start(session: Session, shown: Comparison, *, again: bool = False) -> Run:
    return runs.start_comparison(session, shown.by, shown.id, again=again)


def fill(session: Session, shown: Comparison, state: OutputState = OutputState.DONE) -> list[Output]:
    """Every hole of a comparison gets an output in this state."""
    found = [
        factories.output(session, column, cell, state)
        for column in outputs.columns(session, shown.id)
        for cell in outputs.holes(session, column)
    ]
    session.commit()
    return found


# A comparison


def test_a_comparison_goes_from_generate_to_publish_and_is_done(session: Session) -> None:
    run = start(session, factories.comparison(session, columns=2))
    assert run.state is RunState.RUNNING
    stages = [end_stage(session, run) for _ in range(4)]
    assert stages == ["generate", "measure", "bench", "publish"]
    assert names(session, run) == {"generate": 2, "measure": 2, "bench": 1, "publish": 2}
    assert run.state is RunState.DONE
    assert run.ended_at is not None


def test_a_stage_begins_when_the_last_step_of_the_one_before_has_ended(session: Session) -> None:
    run = start(session, factories.comparison(session, columns=2))
    first, second = take(session, run)
    runs.finish(session, first, DONE)
    assert names(session, run) == {"generate": 2}
    runs.finish(session, second, DONE)
    assert names(session, run) == {"generate": 2, "measure": 2}


def test_only_chunks_with_holes_become_steps(session: Session) -> None:
    shown = factories.comparison(session, photos=2 * CHUNK + 1)
    fill(session, shown)
    (column,) = outputs.columns(session, shown.id)
    gone = session.scalars(select(Output)).all()[-1]
    session.delete(gone)
    session.commit()
    run = start(session, shown)
    assert [row.subject for row in rows(session, run)] == [f"c0:{2 * CHUNK}-{3 * CHUNK}"]
    assert [cell.annotation_id for cell in outputs.holes(session, column)] == [gone.annotation_id]


def test_a_comparison_without_holes_is_only_measured(session: Session) -> None:
    shown = factories.comparison(session)
    fill(session, shown)
    assert names(session, start(session, shown)) == {"measure": 1}


def test_latency_that_is_known_is_not_measured_again(session: Session) -> None:
    shown = factories.comparison(session)
    factories.measurement(session, outputs.columns(session, shown.id)[0], "latency_p50_ms")
    run = start(session, shown)
    assert [end_stage(session, run) for _ in range(3)] == ["generate", "measure", "publish"]
    assert run.state is RunState.DONE


def test_a_failed_step_ends_the_run_as_error_after_its_stage(session: Session) -> None:
    run = start(session, factories.comparison(session, columns=2))
    first, second = take(session, run)
    runs.finish(session, first, BROKEN)
    assert run.state is RunState.RUNNING
    runs.finish(session, second, DONE)
    assert run.state is RunState.ERROR
    assert names(session, run) == {"generate": 2}


def test_a_failure_that_may_pass_keeps_the_run_open(session: Session) -> None:
    run = start(session, factories.comparison(session))
    (held,) = take(session, run)
    runs.finish(session, held, FAILED)
    assert run.state is RunState.RUNNING
    assert rows(session, run)[0].state is StepState.PENDING


def test_a_second_start_returns_the_run_under_way(session: Session) -> None:
    shown = factories.comparison(session)
    run = start(session, shown)
    assert start(session, shown).id == run.id
    assert start(session, shown, again=True).id == run.id
    while run.state is RunState.RUNNING:
        end_stage(session, run)
    assert start(session, shown).id != run.id


def test_a_comparison_that_is_not_there_cannot_be_started(session: Session) -> None:
    with pytest.raises(NotFound, match="no such comparison"):
        runs.start_comparison(session, factories.person(session).id, 4711)


def test_run_again_computes_all_cells_in_a_take_of_its_own(session: Session) -> None:
    shown = factories.comparison(session, columns=2)
    before = {output.id for output in fill(session, shown)}
    run = start(session, shown, again=True)
    (made,) = session.scalars(select(Take).where(Take.id != SHARED_TAKE))
    assert made.run_id == run.id
    assert {column.take_id for column in session.scalars(select(ComparisonColumn))} == {made.id}
    assert names(session, run) == {"generate": 2}
    assert set(session.scalars(select(Output.id))) == before


def test_who_started_and_who_cancelled_is_in_the_record(session: Session) -> None:
    shown = factories.comparison(session)
    run = start(session, shown)
    canceller = factories.person(session)
    runs.cancel(session, canceller.id, run.public_id)
    found = select(Audit.verb, Audit.person_id).where(Audit.noun == "run", Audit.noun_id == run.id)
    assert sorted(map(tuple, session.execute(found))) == [("cancel", canceller.id), ("start", shown.by)]


# One cell again


def test_trying_one_error_cell_again_touches_only_that_cell(session: Session) -> None:
    shown = factories.comparison(session, photos=3, columns=2)
    failed = fill(session, shown, OutputState.ERROR)
    run = runs.retry_output(session, shown.by, shown.id, failed[4].id)
    (row,) = rows(session, run)
    assert (row.name, row.subject) == ("generate", "c1:1-2")
    column = outputs.columns(session, shown.id)[1]
    tried = outputs.holes(session, column, run.id, (1, 2))
    assert [cell.annotation_id for cell in tried] == [failed[4].annotation_id]
    (held,) = take(session, run)
    runs.finish(session, held, DONE)
    assert names(session, run) == {"generate": 1, "measure": 2}


def test_a_done_cell_is_not_tried_again(session: Session) -> None:
    shown = factories.comparison(session)
    made = fill(session, shown)
    with pytest.raises(NotFound, match="no second try"):
        runs.retry_output(session, shown.by, shown.id, made[0].id)


def test_an_error_cell_of_another_comparison_is_not_tried_here(session: Session) -> None:
    here, there = factories.comparison(session), factories.comparison(session)
    (failed, *_) = fill(session, there, OutputState.ERROR)
    for number in (failed.id, 4711):
        with pytest.raises(NotFound):
            runs.retry_output(session, here.by, here.id, number)


# Cancelling


def test_a_run_is_cancelled_at_once_while_nothing_runs(session: Session) -> None:
    run = start(session, factories.comparison(session, columns=2))
    runs.cancel(session, run.by, run.public_id)
    assert run.state is RunState.CANCELLED
    assert {row.state for row in rows(session, run)} == {StepState.CANCELLED}


def test_a_run_is_cancelled_when_its_last_running_step_stopped(session: Session) -> None:
    run = start(session, factories.comparison(session, columns=2))
    (held,) = take(session, run, "c0:0-24")
    runs.cancel(session, run.by, run.public_id)
    assert run.state is RunState.RUNNING
    assert steps.beat(session, held) is steps.Pulse.CANCELLED
    assert runs.finish(session, held, End(StepState.CANCELLED))
    assert run.state is RunState.CANCELLED
    assert run.ended_at is not None


@pytest.mark.parametrize(
    "how", [DONE, BROKEN, FAILED, End(StepState.PENDING)], ids=["done", "broken", "failed", "again"]
)
def test_however_the_last_step_of_a_cancelled_run_ends_the_run_ends(session: Session, how: End) -> None:
    run = start(session, factories.comparison(session))
    (held,) = take(session, run)
    runs.cancel(session, run.by, run.public_id)
    assert runs.finish(session, held, how)
    assert run.state is RunState.CANCELLED
    assert names(session, run) == {"generate": 1}


def test_a_worker_that_dies_in_a_cancelled_run_does_not_keep_it_open(session: Session) -> None:
    run = start(session, factories.comparison(session))
    take(session, run)
    runs.cancel(session, run.by, run.public_id)
    runs.take_back(session, Watch(), 0, [ME])
    assert session.get_one(Run, run.id).state is RunState.CANCELLED
    assert rows(session, run)[0].state is StepState.CANCELLED


def test_an_ended_run_stays_as_it_ended(session: Session) -> None:
    run = start(session, factories.comparison(session))
    while run.state is RunState.RUNNING:
        end_stage(session, run)
    assert runs.cancel(session, run.by, run.public_id).state is RunState.DONE
    assert run.cancel_at is None


def test_a_run_that_is_not_there_cannot_be_cancelled(session: Session) -> None:
    with pytest.raises(NotFound, match="no such run"):
        runs.cancel(session, factories.person(session).id, "never")


# Taking back


def test_a_dead_workers_step_is_waiting_again_at_once(session: Session) -> None:
    run = start(session, factories.comparison(session))
    (held,) = take(session, run)
    assert runs.take_back(session, Watch(), 0, [ME]) == [held]
    (row,) = rows(session, run)
    assert (row.state, row.attempts) == (StepState.PENDING, 1)
    assert "stopped in the middle" in row.error
    assert not runs.finish(session, held, DONE)


def test_a_step_that_keeps_killing_its_worker_ends_as_error(session: Session) -> None:
    run = start(session, factories.comparison(session))
    for _ in range(STEPS["generate"].attempts):
        assert take(session, run)
        runs.take_back(session, Watch(), 0, [ME])
    (row,) = rows(session, run)
    assert (row.state, row.attempts) == (StepState.ERROR, STEPS["generate"].attempts)
    assert session.get_one(Run, run.id).state is RunState.ERROR
