import subprocess
import sys

from kombu.exceptions import OperationalError
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.cli import relay
from studio.db.runs import Step
from studio.domain.vocabulary import StepState
from studio.gateways import owner, processes
from studio.services import steps
from studio.services.steps import Watch
from tests import factories


class Bell:
    """A doorbell that notes who rang; the broker dies after `rings` messages."""

    def __init__(self, session: Session, rings: int = 99) -> None:
        self.session = session
        self.rung: list[tuple[str, int]] = []
        self.rings = rings

    def ring(self, name: str, step_id: int) -> None:
        assert not self.session.in_transaction()  # a dead Redis must not lock the database
        if len(self.rung) == self.rings:
            raise OperationalError("Redis is away")
        self.rung.append((name, step_id))


def states(session: Session) -> list[StepState]:
    found = select(Step).order_by(Step.id).execution_options(populate_existing=True)
    return [row.state for row in session.scalars(found)]


def waiting(session: Session, *names: str) -> None:
    factories.run(session, *((name, StepState.PENDING) for name in names))


def test_a_turn_rings_for_what_is_due_and_notes_it(session: Session) -> None:
    waiting(session, "generate", "generate", "generate")
    bell = Bell(session)
    relay.turn(session, bell, Watch())
    assert [name for name, _ in bell.rung] == ["generate", "generate"]
    assert states(session) == [StepState.SENT, StepState.SENT, StepState.PENDING]


def test_a_second_turn_rings_for_nothing_twice(session: Session) -> None:
    waiting(session, "generate")
    bell, watch = Bell(session), Watch()
    for _ in range(3):
        relay.turn(session, bell, watch)
    assert len(bell.rung) == 1


def test_what_the_broker_did_not_take_stays_waiting(session: Session) -> None:
    waiting(session, "generate", "generate")
    relay.turn(session, Bell(session, rings=1), Watch())
    assert states(session) == [StepState.SENT, StepState.PENDING]
    bell = Bell(session)
    relay.turn(session, bell, Watch())
    assert len(bell.rung) == 1


def test_two_relays_ring_twice_and_one_worker_works(session: Session) -> None:
    waiting(session, "generate")
    bell = Bell(session)
    first, second = Watch(), Watch()
    due = steps.due(session, first, 0)
    relay.turn(session, bell, second)
    for each in due:
        steps.sent(session, each.step_id)
        bell.ring(each.name, each.step_id)
    claims = [steps.claim(session, step_id, "here:1:1") for _, step_id in bell.rung]
    assert [claim is not None for claim in claims] == [True, False]


def test_the_step_of_a_killed_worker_is_waiting_again_after_one_turn(session: Session) -> None:
    waiting(session, "measure")
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    found = processes.look(process.pid)
    assert found
    host = owner.me().rsplit(":", 2)[0]
    step_id = session.scalars(select(Step.id)).one()
    steps.sent(session, step_id)
    steps.claim(session, step_id, f"{host}:{found.pid}:{found.started}")
    watch = Watch()
    relay.turn(session, Bell(session), watch)
    assert states(session) == [StepState.RUNNING]
    process.kill()
    process.wait()
    relay.turn(session, Bell(session), watch)
    assert states(session) == [StepState.PENDING]
