"""What the desk reads of a comparison: its columns, and how far its pictures are."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import Session

from studio.db.accounts import Person
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.endpoints import Deployment
from studio.db.outputs import Controls, Output, of_cell
from studio.db.runs import Run, Step
from studio.db.samples import RevisionItem, SetRevision
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.desk import Column
from studio.domain.inputs import options
from studio.domain.vocabulary import OPEN_RUNS, OPEN_STEPS, DeploymentState, OutputState, RunState, StepState
from studio.errors import NotFound

LOOKED_AT = 20  # newest runs among which the one at work is sought


@dataclass(frozen=True)
class Desk:
    """A comparison without its pictures."""

    id: int
    public_id: str
    name: str
    note: str
    group: str
    experiment: str
    revision_id: int
    revision: str
    revision_no: int
    n: int
    columns: tuple[Column, ...]
    by: str
    created_at: datetime
    pinned: bool
    group_slug: str
    revision_name: str


@dataclass(frozen=True)
class Made:
    """How far one column is. `changed` is the mean share of the picture that differs from the photo."""

    done: int
    failed: int
    changed: float | None


@dataclass(frozen=True)
class Progress:
    """How far the pictures are, and what the run at work or the newest one does; `run` is empty where none ever was."""

    total: int
    made: Mapping[int, Made]  # by position of the column
    run: str
    alone: bool  # it tries one cell again, and nothing else
    state: RunState | None
    started_at: datetime | None
    ended_at: datetime | None
    stage: str  # the step now under way
    error: str
    hint: str

    @property
    def tag(self) -> str:
        """Equal as long as everything shown is equal."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    @property
    def done(self) -> int:
        return sum(each.done for each in self.made.values())

    @property
    def failed(self) -> int:
        return sum(each.failed for each in self.made.values())

    @property
    def missing(self) -> int:
        return self.total - self.done - self.failed

    def changes(self, columns: Iterable[Column]) -> list[tuple[Column, float]]:
        """Of these columns, those with pictures, and the mean share of the picture each changed."""
        known = [(column, self.made.get(column.position)) for column in columns]
        return [(column, made.changed) for column, made in known if made and made.changed is not None]

    @property
    def running(self) -> bool:
        return self.state in OPEN_RUNS


def desk(session: Session, public_id: str) -> Desk:
    """A comparison and its columns, in two statements.

    Raises:
        NotFound: no comparison has this address.
    """
    found = session.execute(
        select(Comparison, Group, SetRevision, Person.name)
        .join(Group, Group.id == Comparison.group_id)
        .join(SetRevision, SetRevision.id == Comparison.revision_id)
        .join(Person, Person.id == Comparison.by)
        .where(Comparison.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such comparison.", "It may have been removed. Start from the groups.")
    comparison, group, revision, owner = found
    return Desk(
        id=comparison.id,
        public_id=comparison.public_id,
        name=comparison.name,
        note=comparison.note,
        group=group.name,
        experiment=group.mlflow_experiment,
        revision_id=revision.id,
        revision=revision.slug,
        revision_no=revision.no,
        n=revision.n,
        columns=_columns(session, comparison.id, revision.content_sha),
        by=owner,
        created_at=comparison.created_at,
        pinned=comparison.pinned_at is not None,
        group_slug=group.slug,
        revision_name=revision.name or revision.slug,
    )


def _columns(session: Session, comparison_id: int, revision_sha: str) -> tuple[Column, ...]:
    loaded = exists().where(
        Deployment.archive_sha == Variant.archive_sha, Deployment.state == DeploymentState.LOADED
    )
    rows = session.execute(
        select(ComparisonColumn, Variant, Version, Controls, Champion.id, loaded)
        .join(Variant, Variant.id == ComparisonColumn.variant_id)
        .join(Version, Version.id == Variant.version_id)
        .join(Controls, Controls.id == ComparisonColumn.controls_id)
        .outerjoin(Champion, and_(Champion.version_id == Version.id, Champion.until.is_(None)))
        .where(ComparisonColumn.comparison_id == comparison_id)
        .order_by(ComparisonColumn.position)
    )
    return tuple(_column(*row, revision_sha) for row in rows)


def _column(  # noqa: PLR0913, PLR0917 a row of the statement above
    place: ComparisonColumn,
    variant: Variant,
    version: Version,
    controls: Controls,
    champion: int | None,
    loaded: bool,
    revision_sha: str,
) -> Column:
    return Column(
        position=place.position,
        variant_id=variant.id,
        version_id=version.id,
        version=version.name,
        champion=champion is not None,
        candidate=champion is None and version.candidate_at is not None,
        loaded=loaded,
        precision=variant.precision,
        backend=variant.backend,
        calibrated=variant.recipe.get("calibration", {}).get("photos", 0),
        params=version.params,
        archive_sha=variant.archive_sha,
        revision_sha=revision_sha,
        controls=controls.body,
        options=options(version.manifest),
        controls_sha=controls.sha,
        take_id=place.take_id,
    )


def progress(session: Session, desk: Desk) -> Progress:
    """How far the pictures are, in three statements whatever their number."""
    run = _shown_run(session, desk)
    step = session.scalar(
        select(Step)
        .where(
            Step.run_id == (run.id if run else 0),
            Step.state.in_((StepState.ERROR, *OPEN_STEPS)),
        )
        .order_by(case((Step.state == StepState.ERROR, 0), (Step.state == StepState.RUNNING, 1), else_=2))
        .limit(1)
    )
    return Progress(
        total=desk.n * len(desk.columns),
        made=_made(session, desk),
        run=run.public_id if run else "",
        alone=bool(run and run.args.get("only")),
        state=run.state if run else None,
        started_at=run.created_at if run else None,
        ended_at=run.ended_at if run else None,
        stage=step.name if step and run and run.ended_at is None else "",
        error=step.error if step and step.state is StepState.ERROR else "",
        hint=step.hint if step and step.state is StepState.ERROR else "",
    )


def _shown_run(session: Session, desk: Desk) -> Run | None:
    """The run at work on all of it, else the newest: who tries one cell again hides no larger work."""
    newest = session.scalars(
        select(Run).where(Run.comparison_id == desk.id).order_by(Run.id.desc()).limit(LOOKED_AT)
    ).all()
    whole = (run for run in newest if run.ended_at is None and not run.args.get("only"))
    return next(whole, newest[0] if newest else None)


def _made(session: Session, desk: Desk) -> dict[int, Made]:
    """How far each column is."""
    counts = session.execute(
        select(
            ComparisonColumn.position,
            func.count(case((Output.state == OutputState.DONE, 1))),
            func.count(case((Output.state == OutputState.ERROR, 1))),
            func.avg(Output.changed),
        )
        .select_from(ComparisonColumn)
        .join(RevisionItem, RevisionItem.revision_id == desk.revision_id)
        .join(Output, of_cell(ComparisonColumn, RevisionItem.annotation_id))
        .where(ComparisonColumn.comparison_id == desk.id)
        .group_by(ComparisonColumn.position)
    )
    return {position: Made(done, failed, changed) for position, done, failed, changed in counts}
