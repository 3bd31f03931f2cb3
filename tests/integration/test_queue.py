import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.cli import relay
from studio.db.runs import Run, Step
from studio.domain.vocabulary import OPEN_RUNS, RunKind, RunState, StepState
from studio.gateways.queue import CeleryDoorbell
from studio.services import runs
from studio.services.steps import Watch
from tests import factories
from tests.servers.redis import redis_server

HOME = Path(__file__).parents[2]

# The tests of the whole studio run on SQLite.
pytestmark = pytest.mark.parametrize("module_database", ["postgresql"], indirect=True, scope="module")


@pytest.fixture
def bell(database_url: str, studio_var: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CeleryDoorbell]:
    """A doorbell that a real Celery worker of one child hears, in a session of its own."""
    with redis_server() as socket:
        broker = f"redis+socket://{socket}?virtual_host=0"
        monkeypatch.setenv("STUDIO_BROKER", broker)
        words = ["-m", "celery", "-A", "workers.celery_app", "worker", "--concurrency", "1", "-Q", "work"]
        with (studio_var.parent / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, *words, "--without-gossip", "--without-mingle", "--disable-prefetch"],
                cwd=HOME,
                env={**os.environ, "STUDIO_DATABASE": database_url},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield CeleryDoorbell(broker)
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def turn_until(session: Session, bell: CeleryDoorbell, true: Callable[[], bool], seconds: float = 60) -> None:
    watch, deadline = Watch(), time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        relay.turn(session, bell, watch)
        session.rollback()
        time.sleep(0.1)


def test_a_run_goes_through_relay_redis_and_worker_to_its_end(session: Session, bell: CeleryDoorbell) -> None:
    made = factories.version(session)
    run = runs.start(session, made.by, RunKind.REGISTER, {"version": made.id}, group_id=made.group_id)
    session.commit()
    state = select(Run.state).where(Run.id == run.id)
    turn_until(session, bell, lambda: session.scalar(state) not in OPEN_RUNS)
    step = session.scalars(select(Step)).one()
    assert session.scalar(state) is RunState.ERROR
    assert (step.state, step.permanent, step.attempts, step.token) == (StepState.ERROR, True, 1, 1)
    assert "weights file is gone" in step.error
    assert step.log_sha
