import time
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.runs import Step
from studio.domain.pipeline import STEPS, WINDOW, pause_s
from studio.domain.vocabulary import StepState
from studio.errors import StudioError
from studio.services import steps
from studio.services.steps import Claim, Due, End, Pulse, Watch, _admit
from tests import factories
from tests.unit.services.stages import FAILED, ME, send_and_claim


def waiting(session: Session, *names: str) -> list[int]:
    """Numbers of pending steps, all of one run."""
    states = [(name, StepState.PENDING) for name in names or ("measure",)]
    run = factories.run(session, *states, of=factories.comparison(session))
    return [row.id for row in session.query(Step).where(Step.run_id == run.id).order_by(Step.id)]


def reloaded(session: Session, step_id: int) -> Step:
    return session.get_one(Step, step_id, populate_existing=True)


def claimed(session: Session, name: str = "measure") -> Claim:
    held = send_and_claim(session, waiting(session, name)[0])
    assert held
    return held


def test_a_message_twice_finds_nothing_to_claim(session: Session) -> None:
    (step_id,) = waiting(session)
    first = send_and_claim(session, step_id)
    assert first is not None
    assert (first.token, first.attempts) == (1, 1)
    assert steps.claim(session, step_id, "there:2:2") is None
    assert steps.close(session, first, End(StepState.DONE))
    assert steps.claim(session, step_id, "there:2:2") is None
    assert reloaded(session, step_id).owner == ME


def test_a_message_about_nothing_finds_nothing(session: Session) -> None:
    assert steps.claim(session, 4711, ME) is None


def test_a_step_of_a_cancelled_run_is_not_claimed(session: Session) -> None:
    run = factories.run(session, ("measure", StepState.SENT), cancelled=True)
    step_id = session.query(Step.id).where(Step.run_id == run.id).scalar()
    assert steps.claim(session, step_id, ME) is None


def test_the_holder_beats_and_learns_of_a_cancelled_run(session: Session) -> None:
    run = factories.run(session, ("measure", StepState.PENDING))
    step_id = session.query(Step.id).where(Step.run_id == run.id).scalar()
    held = send_and_claim(session, step_id)
    assert held
    assert [steps.beat(session, held) for _ in range(3)] == [Pulse.GO] * 3
    assert reloaded(session, step_id).beat == 3
    run.cancel_at = now()
    session.commit()
    assert steps.beat(session, held) is Pulse.CANCELLED


def test_an_old_token_neither_beats_nor_closes(session: Session) -> None:
    old = claimed(session)
    steps.close(session, old, FAILED)
    new = send_and_claim(session, old.step_id, "there:2:2")
    assert new is not None
    assert new.token == old.token + 1
    assert steps.beat(session, old) is Pulse.LOST
    assert not steps.close(session, old, End(StepState.DONE))
    kept = reloaded(session, old.step_id)
    assert (kept.state, kept.owner, kept.beat) == (StepState.RUNNING, "there:2:2", 0)


@pytest.mark.parametrize("state", [StepState.PENDING, StepState.SENT, StepState.DONE, StepState.CANCELLED])
def test_a_step_that_nobody_holds_is_not_closed(session: Session, state: StepState) -> None:
    held = claimed(session)
    reloaded(session, held.step_id).state = state
    assert not steps.close(session, held, End(StepState.DONE))
    assert steps.beat(session, held) is Pulse.LOST


def test_a_failure_that_may_pass_waits_longer_each_time_and_then_is_an_error(session: Session) -> None:
    (step_id,) = waiting(session)
    pauses = []
    for _ in range(STEPS["measure"].attempts):
        held = send_and_claim(session, step_id)
        assert held
        assert steps.close(session, held, FAILED)
        left = reloaded(session, step_id)
        pauses.append(round((left.not_before - now()).total_seconds()))
    assert pauses == [1, 2, 4, 0]
    assert (left.state, left.error, left.ended_at is None) == (StepState.ERROR, FAILED.error, False)


def test_a_failure_that_cannot_pass_is_an_error_at_once(session: Session) -> None:
    held = claimed(session)
    steps.close(
        session, held, End(StepState.ERROR, "No photo.", "Add one.", permanent=True, log_sha="0" * 64)
    )
    left = reloaded(session, held.step_id)
    assert (left.state, left.attempts, left.permanent, left.hint) == (StepState.ERROR, 1, True, "Add one.")


@given(attempts=st.integers(0, 100))
def test_a_pause_doubles_up_to_a_minute(attempts: int) -> None:
    assert pause_s(attempts) <= pause_s(attempts + 1) <= max(1, 2 * pause_s(attempts))
    assert 1 <= pause_s(attempts) <= 60


def test_a_late_message_neither_shortens_a_pause_nor_jumps_the_queue(session: Session) -> None:
    (step_id,) = waiting(session)
    assert steps.claim(session, step_id, ME) is None
    held = send_and_claim(session, step_id)
    assert held
    steps.close(session, held, FAILED)
    assert steps.claim(session, step_id, ME) is None
    assert reloaded(session, step_id).state is StepState.PENDING


def test_what_is_claimed_meanwhile_is_neither_sent_nor_taken_back_from_its_holder(session: Session) -> None:
    held = claimed(session)
    for late in (steps.sent, steps.unsent):
        late(session, held.step_id)
        assert reloaded(session, held.step_id).state is StepState.RUNNING


# The relay's watch. Its times are its own monotonic clock's, so the tests say what time it is.


def test_a_step_whose_beat_stands_still_is_lost_after_its_lease(session: Session) -> None:
    held = claimed(session, "generate")
    lease, watch = STEPS["generate"].lease_s, Watch()
    assert steps.lost(session, watch, 100, []) == []
    assert steps.lost(session, watch, 100 + lease, []) == []
    assert steps.lost(session, watch, 100.1 + lease, []) == [held]


def test_a_beat_in_time_renews_the_lease(session: Session) -> None:
    held = claimed(session, "generate")
    lease, watch = STEPS["generate"].lease_s, Watch()
    for turn in range(10):
        assert steps.lost(session, watch, turn * (lease - 0.1), []) == []
        steps.beat(session, held)


def test_a_new_holder_starts_a_new_lease(session: Session) -> None:
    held = claimed(session, "generate")
    lease, watch = STEPS["generate"].lease_s, Watch()
    steps.lost(session, watch, 0, [])
    steps.close(session, held, FAILED)
    send_and_claim(session, held.step_id, "there:2:2")
    assert steps.lost(session, watch, lease + 1, []) == []


def test_a_relay_that_starts_anew_gives_every_step_a_whole_lease(session: Session) -> None:
    claimed(session, "generate")
    assert steps.lost(session, Watch(), 10_000, []) == []


def test_what_a_dead_owner_held_is_lost_at_once(session: Session) -> None:
    held = claimed(session)
    assert steps.owners(session) == [ME]
    assert steps.lost(session, Watch(), 0, ["there:2:2"]) == []
    assert steps.lost(session, Watch(), 0, [ME]) == [held]


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_jump_of_the_wall_clock_takes_nothing_back_and_holds_nothing_up(
    session: Session, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    held = claimed(session, "generate")
    failing = claimed(session)
    steps.close(session, failing, FAILED)
    session.commit()
    watch = Watch()
    assert steps.lost(session, watch, 0, []) == []
    jumped = now() + timedelta(hours=hours)
    monkeypatch.setattr(steps, "now", lambda: jumped)
    monkeypatch.setattr(time, "time", jumped.timestamp)
    assert steps.lost(session, watch, 1, []) == []
    assert Due(failing.step_id, "measure") in steps.due(session, watch, 1)
    assert steps.beat(session, held) is Pulse.GO


def test_a_lost_message_is_sent_again_after_3_6_12_and_at_most_60_seconds() -> None:
    watch = Watch()
    rung = [tenth / 10 for tenth in range(3_000) if watch.ring_again(1, 1, tenth / 10)]
    gaps = [round(later - earlier) for earlier, later in zip([0.0, *rung], rung, strict=False)]
    assert gaps[:6] == [3, 6, 12, 24, 48, 60]
    assert max(gaps) == 60


def test_a_sent_step_that_nobody_claims_is_rung_for_again(session: Session) -> None:
    (step_id,) = waiting(session)
    watch = Watch()
    steps.sent(session, step_id)
    assert [steps.due(session, watch, at) for at in (0, 2.9, 3)] == [[], [], [Due(step_id, "measure")]]


def test_a_step_that_failed_is_rung_for_without_the_delay_of_its_earlier_messages(session: Session) -> None:
    (step_id,) = waiting(session)
    watch = Watch()
    steps.sent(session, step_id)
    for at in range(0, 30, 4):
        steps.due(session, watch, at)
    held = steps.claim(session, step_id, ME)
    assert held
    steps.close(session, held, End(StepState.PENDING))
    steps.due(session, watch, 30)
    steps.sent(session, step_id)
    assert steps.due(session, watch, 31) == []
    assert steps.due(session, watch, 34) == [Due(step_id, "measure")]


def test_a_step_in_its_pause_is_not_due(session: Session) -> None:
    held = claimed(session)
    steps.close(session, held, FAILED)
    assert steps.due(session, Watch(), 0) == []


def test_a_long_queue_of_one_kind_does_not_hide_the_others(session: Session) -> None:
    waiting(session, *["generate"] * 300)
    (last,) = waiting(session, "measure")
    assert Due(last, "measure") in steps.due(session, Watch(), 0)


names = st.sampled_from(sorted(STEPS))


@given(ready=st.lists(names, max_size=12), flying=st.lists(names, max_size=WINDOW))
def test_what_is_admitted_keeps_to_the_window_and_the_limits_of_its_kind(
    ready: list[str], flying: list[str]
) -> None:
    under_way = Counter(flying)
    queue = [Due(place, name) for place, name in enumerate(ready)]
    admitted = _admit(queue, Counter(under_way))
    together = under_way + Counter(due.name for due in admitted)
    assert [due.step_id for due in admitted] == sorted(due.step_id for due in admitted)
    if admitted:
        assert together.total() <= WINDOW
        assert all(together[due.name] <= STEPS[due.name].at_once for due in admitted)
        alone = [name for name in together if STEPS[name].alone]
        assert not alone or together.total() == 1


@given(ready=st.lists(names, min_size=1, max_size=12))
def test_an_idle_studio_always_admits_the_first_in_the_queue(ready: list[str]) -> None:
    admitted = _admit([Due(place, name) for place, name in enumerate(ready)], Counter())
    assert admitted[0] == Due(0, ready[0])


def test_every_named_error_says_whether_trying_again_can_help() -> None:
    def below(kind: type[StudioError]) -> list[type[StudioError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    assert all(isinstance(kind.permanent, bool) for kind in below(StudioError))
