"""One step of work: claimed, beaten and closed by its token, sent and taken back by the relay.

SQL is the queue, a message only a doorbell: a duplicate finds nothing to claim, a lost one is rung again.
No lease holds a wall clock: the relay keeps what it last saw beside its own monotonic time.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.runs import Run, Step
from studio.domain.pipeline import STEPS, WINDOW, pause_s
from studio.domain.vocabulary import StepState

RESEND_S = 3.0
FAR_FUTURE = timedelta(minutes=5)  # no pause is longer: a later time is a clock that jumped


@dataclass(frozen=True)
class Claim:
    step_id: int
    token: int
    run_id: int
    name: str
    subject: str
    attempts: int


@dataclass(frozen=True)
class Due:
    step_id: int
    name: str


class Pulse(Enum):
    GO = auto()
    CANCELLED = auto()
    LOST = auto()


@dataclass(frozen=True)
class End:
    """How a step ended. `again` puts an unfinished one back with a pause."""

    state: StepState
    error: str = ""
    hint: str = ""
    permanent: bool = False
    log_sha: str | None = None


def claim(session: Session, step_id: int, owner: str) -> Claim | None:
    """Take a step that was sent; None if another took it, it waits for its turn again, or its run was cancelled."""
    cancelled = select(Run.id).where(Run.id == Step.run_id, Run.cancel_at.is_not(None)).exists()
    row = session.execute(
        update(Step)
        .where(Step.id == step_id, Step.state == StepState.SENT, ~cancelled)
        .values(
            state=StepState.RUNNING,
            token=Step.token + 1,
            beat=0,
            attempts=Step.attempts + 1,
            owner=owner,
            started_at=now(),
            parts=None,
        )
        .returning(Step.id, Step.token, Step.run_id, Step.name, Step.subject, Step.attempts)
    ).one_or_none()
    session.commit()
    return Claim(*row) if row else None


def beat(session: Session, held: Claim) -> Pulse:
    """Say that the holder lives, and learn whether to go on."""
    found = session.execute(
        update(Step).where(*_holding(held)).values(beat=Step.beat + 1).returning(Step.id)
    ).one_or_none()
    cancel_at = session.scalar(select(Run.cancel_at).where(Run.id == held.run_id))
    session.commit()
    if found is None:
        return Pulse.LOST
    return Pulse.CANCELLED if cancel_at else Pulse.GO


def note_parts(session: Session, held: Claim, parts: list[list[str | float]]) -> None:
    """Remember which parts of a held step ended, each with its seconds."""
    session.execute(update(Step).where(*_holding(held)).values(parts=parts))
    session.commit()


def close(session: Session, held: Claim, end: End) -> bool:
    """End a held step in the caller's transaction; False if it was taken back meanwhile.

    A failure that may pass and has attempts left becomes pending again, after a pause.
    """
    state = end.state
    if state == StepState.ERROR and not end.permanent and held.attempts < STEPS[held.name].attempts:
        state = StepState.PENDING
    pause = timedelta(seconds=pause_s(held.attempts) if state == StepState.PENDING else 0)
    found = session.execute(
        update(Step)
        .where(*_holding(held))
        .values(
            state=state,
            ended_at=now() if state != StepState.PENDING else None,
            not_before=now() + pause,
            permanent=end.permanent,
            error=end.error,
            hint=end.hint,
            log_sha=end.log_sha,
        )
        .returning(Step.id)
    ).one_or_none()
    return found is not None


def sent(session: Session, step_id: int) -> None:
    """Let a step be claimed, just before the doorbell rings for it; one claimed meanwhile stays claimed."""
    session.execute(
        update(Step)
        .where(Step.id == step_id, Step.state == StepState.PENDING)
        .values(state=StepState.SENT, sent_at=now())
    )
    session.commit()


def unsent(session: Session, step_id: int) -> None:
    """The doorbell did not ring: the step waits for the next turn of the relay."""
    session.execute(
        update(Step)
        .where(Step.id == step_id, Step.state == StepState.SENT)
        .values(state=StepState.PENDING, sent_at=None)
    )
    session.commit()


class Watch:
    """What one relay last saw of each step, and when by its own monotonic clock."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[Hashable, float]] = {}
        self._rings: Counter[int] = Counter()

    def still_s(self, step_id: int, what: Hashable, at: float) -> float:
        """Seconds for which `what` has not changed; a change starts at 0."""
        known = self._seen.get(step_id)
        if known is None or known[0] != what:
            self._seen[step_id] = (what, at)
            return 0.0
        return at - known[1]

    def ring_again(self, step_id: int, token: int, at: float) -> bool:
        """Whether a sent step waits so long that its message may be lost: 3, 6, 12 … 60 s."""
        wait = min(60.0, RESEND_S * 2 ** self._rings[step_id])
        if self.still_s(step_id, ("sent", token, self._rings[step_id]), at) < wait:
            return False
        self._rings[step_id] += 1
        return True

    def forget_all_but(self, step_ids: set[int]) -> None:
        for table in (self._seen, self._rings):
            for step_id in table.keys() - step_ids:
                del table[step_id]


def lost(session: Session, watch: Watch, at: float, gone: Sequence[str]) -> list[Claim]:
    """Running steps whose holder is among `gone`, or whose beat stands still longer than its lease."""
    rows = session.execute(
        select(
            Step.id,
            Step.token,
            Step.run_id,
            Step.name,
            Step.subject,
            Step.attempts,
            Step.beat,
            Step.owner,
        ).where(Step.state == StepState.RUNNING)
    )
    found = []
    for step_id, token, run_id, name, subject, attempts, beats, owner in rows:
        silent = watch.still_s(step_id, (token, beats), at)
        if owner in gone or silent > STEPS[name].lease_s:
            found.append(Claim(step_id, token, run_id, name, subject, attempts))
    return found


def owners(session: Session) -> list[str]:
    """The holders of all running steps."""
    return list(session.scalars(select(Step.owner).where(Step.state == StepState.RUNNING).distinct()))


def due(session: Session, watch: Watch, at: float) -> list[Due]:
    """What to ring for now: lost messages again, then waiting steps as far as window and limits allow."""
    flying = session.execute(
        select(Step.id, Step.name, Step.token, Step.state).where(
            Step.state.in_((StepState.SENT, StepState.RUNNING))
        )
    ).all()
    watch.forget_all_but({row.id for row in flying})
    again = [
        Due(row.id, row.name)
        for row in flying
        if row.state == StepState.SENT and watch.ring_again(row.id, row.token, at)
    ]
    under_way = Counter(row.name for row in flying)
    moment = now()
    # Of each kind the first few, so that a thousand steps of one kind do not hide the others.
    place = func.row_number().over(partition_by=Step.name, order_by=Step.id).label("place")
    waiting = (
        select(Step.id, Step.name, place)
        .where(
            Step.state == StepState.PENDING,
            or_(Step.not_before <= moment, Step.not_before >= moment + FAR_FUTURE),
        )
        .subquery()
    )
    ready = session.execute(
        select(waiting.c.id, waiting.c.name).where(waiting.c.place <= WINDOW).order_by(waiting.c.id)
    ).all()
    return again + _admit([Due(row.id, row.name) for row in ready], under_way)


def _admit(ready: Sequence[Due], under_way: Counter[str]) -> list[Due]:
    """The first of `ready` that may start beside what is under way."""
    admitted: list[Due] = []
    for each in ready:
        kind = STEPS[each.name]
        if sum(under_way.values()) >= WINDOW or any(STEPS[name].alone for name in under_way):
            break
        if kind.alone and under_way:
            break  # later ones wait too, else the lonely one would never start
        if under_way[each.name] < kind.at_once:
            under_way[each.name] += 1
            admitted.append(each)
    return admitted


def _holding(held: Claim) -> tuple[ColumnElement[bool], ...]:
    return (Step.id == held.step_id, Step.token == held.token, Step.state == StepState.RUNNING)
