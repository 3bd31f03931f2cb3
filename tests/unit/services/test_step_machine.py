from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.runs import Run, Step
from studio.db.session import engine
from studio.domain.vocabulary import OPEN_RUNS, OPEN_STEPS, RunState, StepState
from studio.services import runs, steps
from studio.services.steps import Claim, End, Pulse, Watch
from tests import factories
from tests.servers.databases import empty

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENDS = (
    End(StepState.DONE),
    End(StepState.ERROR, "The endpoint answered 503."),
    End(StepState.ERROR, "No photo.", permanent=True),
)
any_place = st.integers(0, 1_000)


class Studio(RuleBasedStateMachine):
    """A relay and many workers in one thread, any of which may die, sleep, or hear a message twice."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(engine(self.url), expire_on_commit=False)
        self.runs, self.clock, self.wall = 0, 0.0, NOON
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(steps, "now", lambda: self.wall)
        self.watch = Watch()
        self.messages: list[int] = []
        self.holders: list[Claim] = []  # workers that believe they hold a step, rightly or not
        self.dead: set[str] = set()
        self.claimed: set[tuple[int, int]] = set()

    def owner(self, held: Claim) -> str:
        return f"here:{held.step_id}:{held.token}"

    @initialize()
    def begin(self) -> None:
        self.start(2, 3)
        self.relay_turn()
        self.hear_a_message(0, again=True)

    @precondition(lambda self: self.runs < 3)
    @rule(columns=st.integers(1, 3), photos=st.integers(1, 30))
    def start(self, columns: int, photos: int) -> None:
        self.runs += 1
        shown = factories.comparison(self.session, columns=columns, photos=photos)
        runs.start_comparison(self.session, shown.by, shown.id)

    @rule()
    def relay_turn(self) -> None:
        runs.take_back(self.session, self.watch, self.clock, sorted(self.dead))
        rung = [due.step_id for due in steps.due(self.session, self.watch, self.clock)]
        for step_id in rung:
            steps.sent(self.session, step_id)
        self.messages += rung

    @rule(seconds=st.sampled_from([0.25, 2, 10, 70]), jump=st.sampled_from([0, 0, -7_200, 7_200]))
    def time_passes(self, seconds: float, jump: int) -> None:
        self.clock += seconds
        self.wall += timedelta(seconds=seconds + jump)

    @precondition(lambda self: self.messages)
    @rule(place=any_place, again=st.booleans())
    def hear_a_message(self, place: int, again: bool) -> None:
        index = place % len(self.messages)
        step_id = self.messages[index] if again else self.messages.pop(index)
        token = self.session.get_one(Step, step_id, populate_existing=True).token + 1
        held = steps.claim(self.session, step_id, f"here:{step_id}:{token}")
        if held is not None:
            assert (held.step_id, held.token) not in self.claimed
            self.claimed.add((held.step_id, held.token))
            self.holders.append(held)

    @precondition(lambda self: self.holders)
    @rule(place=any_place)
    def beat(self, place: int) -> None:
        held = self.holders[place % len(self.holders)]
        pulse = steps.beat(self.session, held)
        if pulse is Pulse.LOST:
            self.holders.remove(held)
        if pulse is Pulse.CANCELLED:
            self.holders.remove(held)
            runs.finish(self.session, held, End(StepState.CANCELLED))

    @precondition(lambda self: self.holders)
    @rule(place=any_place, how=st.sampled_from(ENDS))
    def finish(self, place: int, how: End) -> None:
        held = self.holders.pop(place % len(self.holders))
        before = self.session.get_one(Step, held.step_id, populate_existing=True)
        mine = before.state is StepState.RUNNING and before.token == held.token
        assert runs.finish(self.session, held, how) == mine

    @precondition(lambda self: self.holders)
    @rule(place=any_place)
    def die(self, place: int) -> None:
        self.dead.add(self.owner(self.holders.pop(place % len(self.holders))))

    @rule(place=any_place)
    def cancel(self, place: int) -> None:
        found = self.session.scalars(select(Run).order_by(Run.id)).all()
        if found:
            chosen = found[place % len(found)]
            runs.cancel(self.session, chosen.by, chosen.public_id)

    @invariant()
    def an_ended_run_has_no_open_step(self) -> None:
        opened = select(Step.id).join(Run, Run.id == Step.run_id).where(Step.state.in_(OPEN_STEPS))
        assert self.session.scalars(opened.where(Run.state.not_in(OPEN_RUNS))).all() == []
        self.session.rollback()

    @invariant()
    def an_open_run_has_an_open_step(self) -> None:
        waiting = select(Step.run_id).where(Step.state.in_(OPEN_STEPS))
        found = select(Run.id).where(Run.state.in_(OPEN_RUNS), Run.id.not_in(waiting))
        assert self.session.scalars(found).all() == []
        self.session.rollback()

    @invariant()
    def a_running_step_was_claimed_with_its_token(self) -> None:
        running = select(Step.id, Step.token).where(Step.state == StepState.RUNNING)
        assert {tuple(row) for row in self.session.execute(running)} <= self.claimed
        self.session.rollback()

    def teardown(self) -> None:
        """Whatever happened, workers that live and do their work bring every run to its end."""
        self.dead |= {self.owner(held) for held in self.holders}
        left = select(Run.id).where(Run.state.in_((RunState.PENDING, RunState.RUNNING)))
        for _ in range(60):
            if not self.session.scalars(left).all():
                break
            self.time_passes(70, 0)
            self.messages = []
            self.relay_turn()
            for step_id in self.messages:
                held = steps.claim(self.session, step_id, f"alive:{step_id}")
                if held:
                    runs.finish(self.session, held, End(StepState.DONE))
        try:
            assert self.session.scalars(left).all() == []
        finally:
            self.session.close()
            self.patch.undo()
            empty(self.url)


def test_whatever_happens_no_token_has_two_holders_and_every_run_ends(database_url: str) -> None:
    machine = type("Machine", (Studio,), {"url": database_url})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=12, stateful_step_count=30, phases=(Phase.generate,))
    )
