import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.runs import Run, Step
from studio.domain.vocabulary import RunState, StepState
from studio.errors import BadCheckpoint, EndpointBusy, EndpointRefused
from studio.gateways import owner
from studio.services import runs, steps
from studio.services.steps import Claim, Pulse, Watch
from tests import factories
from workers import context
from workers import step as subject
from workers.step import TASKS, Work, step

PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "BEAT_S", 0.02)
    monkeypatch.setattr(subject, "TASKS", dict(TASKS))


@pytest.fixture
def step_id(session: Session) -> int:
    """A measure step that waits, alone in its run."""
    run = factories.run(session, ("measure", StepState.SENT))
    found = session.scalars(select(Step.id).where(Step.run_id == run.id)).one()
    session.commit()
    return found


def work_with(task: Callable[[Work], None], step_id: int) -> None:
    """The message of a step reaches a worker whose work it is."""
    step("measure")(task)
    subject.TASKS["measure"](step_id)


def row(session: Session, step_id: int) -> Step:
    found = session.get_one(Step, step_id, populate_existing=True)
    session.commit()  # an open transaction would lock the worker out of SQLite
    return found


def run_of(session: Session, step_id: int) -> Run:
    found = session.get_one(Run, row(session, step_id).run_id, populate_existing=True)
    session.commit()
    return found


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_done_work_closes_its_step_and_begins_the_next_stage(session: Session, step_id: int) -> None:
    seen: list[Claim] = []
    work_with(lambda work: seen.append(work.held), step_id)
    (held,) = seen
    assert (held.name, held.subject, held.token) == ("measure", "c0", 1)
    assert row(session, step_id).state is StepState.DONE
    assert row(session, step_id).owner == owner.me()
    names = session.scalars(select(Step.name).where(Step.run_id == held.run_id).order_by(Step.id)).all()
    assert names == ["measure", "bench"]


def test_a_message_heard_twice_is_worked_on_once(session: Session, step_id: int) -> None:
    seen: list[int] = []
    for _ in range(2):
        work_with(lambda work: seen.append(work.held.token), step_id)
    assert seen == [1]
    assert row(session, step_id).attempts == 1


def test_a_named_error_that_cannot_pass_ends_the_step_with_its_sentence(
    session: Session, step_id: int
) -> None:
    def refuse(work: Work) -> None:
        raise EndpointRefused("The photo has no face.", "Choose another one.")

    work_with(refuse, step_id)
    left = row(session, step_id)
    assert (left.state, left.permanent) == (StepState.ERROR, True)
    assert (left.error, left.hint) == ("The photo has no face.", "Choose another one.")
    assert "in refuse" in context.storage().get(left.log_sha or "").decode()
    assert run_of(session, step_id).state is RunState.ERROR


def test_a_named_error_that_may_pass_puts_the_step_back(session: Session, step_id: int) -> None:
    def busy(work: Work) -> None:
        raise EndpointBusy("The endpoint answered 503.", "It is tried again.")

    work_with(busy, step_id)
    left = row(session, step_id)
    assert (left.state, left.error) == (StepState.PENDING, "The endpoint answered 503.")
    assert run_of(session, step_id).state is RunState.RUNNING


def test_a_fault_of_ours_is_a_sentence_too_and_is_tried_again(session: Session, step_id: int) -> None:
    def broken(work: Work) -> None:
        raise KeyError("colour")

    for attempt in range(1, 5):
        steps.sent(session, step_id)
        work_with(broken, step_id)
        left = row(session, step_id)
        assert left.attempts == attempt
    assert left.state is StepState.ERROR
    assert left.error == "The step broke: KeyError: 'colour'"
    assert "KeyError" in context.storage().get(left.log_sha or "").decode()


def test_the_log_is_the_childs_where_a_child_failed(session: Session, step_id: int) -> None:
    def refuse(work: Work) -> None:
        raise BadCheckpoint("The weights have a wrong shape.", "Export again.", log="child: size mismatch")

    work_with(refuse, step_id)
    assert context.storage().get(row(session, step_id).log_sha or "") == b"child: size mismatch"


def test_long_work_beats_while_it_runs(session: Session, step_id: int) -> None:
    def long(work: Work) -> None:
        until(lambda: _beats(step_id) >= 3)
        work.check()

    work_with(long, step_id)
    assert row(session, step_id).state is StepState.DONE


def _beats(step_id: int) -> int:
    with context.session() as session:
        return session.get_one(Step, step_id).beat


def test_a_beat_that_the_database_refuses_is_tried_again(
    session: Session, step_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = iter([ConnectionError("the database restarts")])
    real = steps.beat

    def beat(opened: Session, held: Claim) -> Pulse:
        for error in said:
            raise error
        return real(opened, held)

    monkeypatch.setattr(steps, "beat", beat)
    work_with(lambda work: until(lambda: _beats(step_id) >= 1), step_id)
    assert row(session, step_id).state is StepState.DONE


def test_work_stops_at_its_next_item_when_its_run_is_cancelled(session: Session, step_id: int) -> None:
    items: list[int] = []

    def endless(work: Work) -> None:
        while True:
            work.check()
            items.append(1)
            if len(items) == 1:
                with context.session() as other:
                    run = other.get_one(Run, work.run_id)
                    runs.cancel(other, run.by, run.public_id)
            time.sleep(0.01)

    work_with(endless, step_id)
    assert items
    assert row(session, step_id).state is StepState.CANCELLED
    assert run_of(session, step_id).state is RunState.CANCELLED


def test_work_that_was_taken_back_stops_and_leaves_the_row_to_the_new_holder(
    session: Session, step_id: int
) -> None:
    def slow(work: Work) -> None:
        with context.session() as other:
            runs.take_back(other, Watch(), 0, [owner.me()])
            steps.sent(other, step_id)
            taken = steps.claim(other, step_id, "there:2:2")
            assert taken is not None
        while True:
            work.check()
            time.sleep(0.01)

    work_with(slow, step_id)
    left = row(session, step_id)
    assert (left.state, left.owner, left.token) == (StepState.RUNNING, "there:2:2", 2)


def test_work_that_ends_after_it_was_taken_back_changes_nothing(session: Session, step_id: int) -> None:
    def deaf(work: Work) -> None:
        with context.session() as other:
            runs.take_back(other, Watch(), 0, [owner.me()])

    work_with(deaf, step_id)
    left = row(session, step_id)
    assert left.state is StepState.PENDING
    assert "stopped in the middle" in left.error


def test_no_thread_is_left_behind(step_id: int) -> None:
    before = threading.active_count()
    work_with(lambda work: None, step_id)
    assert threading.active_count() == before
