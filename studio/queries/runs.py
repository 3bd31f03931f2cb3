"""What lists and the API read of runs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.runs import Run, Step
from studio.db.versions import Group
from studio.domain.vocabulary import RunKind, RunState, StepState
from studio.errors import NotFound


@dataclass(frozen=True)
class RunEntry:
    public_id: str
    kind: RunKind
    state: RunState
    group: str | None  # its slug
    comparison: str | None  # its public id
    reason: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class StepEntry:
    name: str
    subject: str
    state: StepState
    attempts: int
    started_at: datetime | None
    ended_at: datetime | None
    error: str
    hint: str


@dataclass(frozen=True)
class RunDetail(RunEntry):
    steps: tuple[StepEntry, ...]


_ENTRY = (
    select(
        Run.public_id,
        Run.kind,
        Run.state,
        Group.slug,
        Comparison.public_id,
        Run.reason,
        Run.created_at,
        Run.ended_at,
        Run.id,
    )
    .outerjoin(Group, Group.id == Run.group_id)
    .outerjoin(Comparison, Comparison.id == Run.comparison_id)
)


def listing(session: Session, first: int, n: int) -> tuple[int, tuple[RunEntry, ...]]:
    """How many runs there are, and `n` of them from the `first` on, newest first."""
    total = session.scalar(select(func.count()).select_from(Run)) or 0
    found = session.execute(_ENTRY.order_by(Run.id.desc()).offset(first).limit(n))
    return total, tuple(RunEntry(*row[:-1]) for row in found)


def detail(session: Session, public_id: str) -> RunDetail:
    """One run and its steps in the order of their making.

    Raises:
        NotFound: no run has this id.
    """
    row = session.execute(_ENTRY.where(Run.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such run.", "List the runs to see their ids.")
    steps = session.scalars(select(Step).where(Step.run_id == row[-1]).order_by(Step.id))
    return RunDetail(*row[:-1], steps=tuple(_step(step) for step in steps))


def _step(step: Step) -> StepEntry:
    return StepEntry(
        step.name,
        step.subject,
        step.state,
        step.attempts,
        step.started_at,
        step.ended_at,
        step.error,
        step.hint,
    )
