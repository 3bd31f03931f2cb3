"""Whatever is killed in the middle of a run: 48 cells, each once, and nothing left running."""

import logging
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import Output
from studio.db.runs import Run, Step
from studio.db.session import open_engine
from studio.domain.vocabulary import OPEN_RUNS, OutputState, StepState
from studio.services import accounts, runs
from tests.servers.demo import Demo
from tests.servers.studio import Studio

pytestmark = pytest.mark.timeout(600)  # the first test may wait for the whole demo
log = logging.getLogger(__name__)

CELLS = 48
MIDDLE = 6  # pictures that are there when the fault strikes
DONE_S = 60.0


@pytest.fixture(scope="module")
def engine(demo: Demo) -> Iterator[Engine]:
    opened = open_engine(demo.table.database_url).execution_options(reading=True)
    yield opened
    opened.dispose()


class Again:
    """A run of its own take, caught in the middle, and cancelled once its pictures are there."""

    def __init__(self, studio: Studio, engine: Engine) -> None:
        self.studio = studio
        self.writing = engine.execution_options(reading=False)
        self.reading = engine
        with Session(self.writing) as session:
            comparison = session.scalar(select(Comparison.id).order_by(Comparison.id))
            for left in session.scalars(select(Run).where(Run.state.in_(OPEN_RUNS))).all():
                runs.cancel(session, accounts.local_person(session).id, left.public_id)
            assert comparison is not None
            self.wait(lambda: not self.open_runs(), DONE_S)
            run = runs.start_comparison(session, accounts.local_person(session).id, comparison, again=True)
            self.run_id, self.public_id = run.id, run.public_id
            self.take = session.scalar(
                select(ComparisonColumn.take_id).where(ComparisonColumn.comparison_id == comparison).limit(1)
            )
        self.wait(lambda: self.done() >= MIDDLE, DONE_S)

    def wait(self, true: Callable[[], object], seconds: float) -> None:
        self.studio.wait(true, seconds)

    def open_runs(self) -> int:
        with Session(self.reading) as session:
            return session.scalar(select(func.count(Run.id)).where(Run.state.in_(OPEN_RUNS))) or 0

    def done(self) -> int:
        with Session(self.reading) as session:
            return (
                session.scalar(
                    select(func.count(Output.id)).where(
                        Output.take_id == self.take, Output.state == OutputState.DONE
                    )
                )
                or 0
            )

    def steps(self) -> list[tuple[int, str, StepState, int, str]]:
        with Session(self.reading) as session:
            rows = session.execute(
                select(Step.id, Step.name, Step.state, Step.token, Step.owner).where(
                    Step.run_id == self.run_id, Step.name == "generate"
                )
            )
            return [(row.id, row.name, row.state, row.token, row.owner) for row in rows]

    def holders(self) -> list[int]:
        """Pids of the processes that hold a step now."""
        return [
            int(owner.split(":")[1]) for *_, state, _, owner in self.steps() if state == StepState.RUNNING
        ]

    def taken_over_s(self, before: list[tuple[int, str, StepState, int, str]], begun: float) -> float:
        """Seconds until every step that ran before is held under a new token, or done."""
        ran = {step_id: token for step_id, _, state, token, _ in before if state == StepState.RUNNING}
        self.wait(
            lambda: all(
                state == StepState.DONE or (state == StepState.RUNNING and token > ran.get(step_id, -1))
                for step_id, _, state, token, _ in self.steps()
                if step_id in ran
            ),
            DONE_S,
        )
        return time.monotonic() - begun

    def check_complete(self) -> None:
        """48 rows, 48 cells, no step of the pictures left open; then stop measuring."""
        self.wait(lambda: self.done() >= CELLS, DONE_S)
        self.wait(lambda: all(state == StepState.DONE for _, _, state, _, _ in self.steps()), DONE_S)
        with Session(self.writing) as session:
            rows = session.execute(
                select(Output.variant_id, Output.annotation_id, Output.state).where(
                    Output.take_id == self.take
                )
            ).all()
            runs.cancel(session, accounts.local_person(session).id, self.public_id)
        assert len(rows) == CELLS
        assert len({(row.variant_id, row.annotation_id) for row in rows}) == CELLS
        assert {row.state for row in rows} == {OutputState.DONE}
        self.wait(lambda: not self.open_runs(), DONE_S)


@pytest.fixture
def again(demo: Demo, engine: Engine) -> Again:
    return Again(demo.studio, engine)


def _session_of(pid: int) -> list[psutil.Process]:
    leader = psutil.Process(pid)
    return [leader, *leader.children(recursive=True)]


def _signal(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, what)


def _halted(again: Again) -> int:
    """A child stopped with a step, but without SQLite's one lock: with that it would stop everybody."""
    while True:
        pid = again.holders()[0]
        os.kill(pid, signal.SIGSTOP)
        if pid in again.holders() and _writable(again.studio.var / "studio.db"):
            return pid
        os.kill(pid, signal.SIGCONT)


def _writable(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=2, isolation_level=None)) as asking:
        try:
            asking.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


def test_a_killed_worker_is_taken_over(again: Again) -> None:
    before, begun = again.steps(), time.monotonic()
    _signal([each.pid for each in _session_of(again.studio.service("worker")["pid"])], signal.SIGKILL)
    took = again.taken_over_s(before, begun)
    again.check_complete()
    log.info("killed worker: %.1f s", took)


def test_a_killed_child_of_the_worker_is_taken_over(again: Again) -> None:
    before, begun = again.steps(), time.monotonic()
    _signal(again.holders()[:1], signal.SIGKILL)
    took = again.taken_over_s(before, begun)
    again.check_complete()
    log.info("killed child: %.1f s", took)


def test_a_stopped_child_is_taken_over_and_doubles_nothing_when_it_wakes(again: Again) -> None:
    held = _halted(again)
    before, begun = again.steps(), time.monotonic()
    try:
        took = again.taken_over_s([step for step in before if f":{held}:" in step[4]], begun)
    finally:
        os.kill(held, signal.SIGCONT)
    again.check_complete()
    log.info("stopped child: %.1f s", took)


def test_a_worker_that_stands_still_is_replaced(again: Again) -> None:
    before, begun = again.steps(), time.monotonic()
    _signal([each.pid for each in _session_of(again.studio.service("worker")["pid"])], signal.SIGSTOP)
    took = again.taken_over_s(before, begun)
    again.check_complete()
    log.info("stopped worker: %.1f s", took)


def test_killed_redis_and_relay_lose_no_message(again: Again) -> None:
    begun = time.monotonic()
    for name in ("redis", "relay"):
        os.kill(again.studio.service(name)["pid"], signal.SIGKILL)
    again.check_complete()
    log.info("killed redis and relay: complete after %.1f s", time.monotonic() - begun)


def test_a_killed_torchserve_gets_its_models_again(again: Again) -> None:
    begun = time.monotonic()
    _signal([each.pid for each in _session_of(again.studio.service("torchserve")["pid"])], signal.SIGKILL)
    again.check_complete()
    log.info("killed torchserve: complete after %.1f s", time.monotonic() - begun)
