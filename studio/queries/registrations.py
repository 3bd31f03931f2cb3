"""How far the newest registration of each version is, and why it stopped."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.runs import Run, Step
from studio.db.versions import Version
from studio.domain.vocabulary import OPEN_RUNS, RunKind, RunState, StepState, VersionState


@dataclass(frozen=True)
class Registration:
    """The newest run that registers a version; `error` is the sentence of its failed step, or empty."""

    version_id: int
    version: str
    group_id: int
    state: RunState
    since: datetime
    error: str

    @property
    def running(self) -> bool:
        return self.state in OPEN_RUNS

    @property
    def failed(self) -> bool:
        return self.state is RunState.ERROR


def registrations(session: Session, group_ids: Collection[int]) -> dict[int, Registration]:
    """By version, in two statements; of retired and withdrawn ones nobody asks any more."""
    version_id = Run.args["version"].as_integer()
    newest = (
        select(func.max(Run.id))
        .where(Run.kind == RunKind.REGISTER, Run.group_id.in_(group_ids))
        .group_by(version_id)
    )
    runs = session.execute(
        select(Run.id, Run.state, Run.created_at, Version.id, Version.name, Version.group_id)
        .join(Version, Version.id == version_id)
        .where(Run.id.in_(newest), Version.state != VersionState.RETIRED)
        .order_by(Run.id.desc())
    ).all()
    failed = [row[0] for row in runs if row[1] is RunState.ERROR]
    errors = dict(
        session.execute(
            select(Step.run_id, Step.error)
            .where(Step.run_id.in_(failed), Step.state == StepState.ERROR)
            .order_by(Step.id.desc())
        ).all()
    )
    return {
        version: Registration(version, name, group_id, state, since, errors.get(run_id, ""))
        for run_id, state, since, version, name, group_id in runs
    }
