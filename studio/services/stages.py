"""Stages of a run: which are left, and which steps the next one has."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.measurements import Measurement
from studio.db.runs import Run, Step
from studio.db.versions import Variant
from studio.domain.pipeline import CHUNK, STAGES, chunk_subject, column_subject
from studio.domain.vocabulary import Fill, Precision, RunKind, StepState
from studio.services import outputs, publishing


def left(session: Session, run: Run) -> tuple[str, ...]:
    """The stages after the last one that has steps."""
    stages = STAGES[run.kind]
    begun = set(session.scalars(select(Step.name).where(Step.run_id == run.id).distinct()))
    last = max((stages.index(name) for name in begun), default=-1)
    return stages[last + 1 :]


def subjects(session: Session, run: Run, stage: str) -> list[str]:
    """What the steps of a stage are about; none where the stage has nothing to do."""
    if run.kind == RunKind.REGISTER:
        return _register_subjects(session, run, stage)
    if run.kind == RunKind.LOAD:
        return [run.args["archive"]]
    assert run.comparison_id is not None  # noqa: S101 such a run is made with one
    columns = outputs.columns(session, run.comparison_id)
    if stage == "generate":
        return _chunks(session, run, columns)
    if stage == "night":
        return ["all"]
    if stage == "bench":
        return [] if all(_timed(session, column) for column in columns) else ["all"]
    return [column_subject(column.position) for column in columns]


def _timed(session: Session, column: outputs.Column) -> bool:
    """Whether this column's latency is known; filling one hole measures no latency again."""
    return (
        session.scalar(
            select(Measurement.id)
            .where(*publishing.of_column(column), Measurement.metric == "latency_p50_ms")
            .limit(1)
        )
        is not None
    )


def _register_subjects(session: Session, run: Run, stage: str) -> list[str]:
    version_id = run.args["version"]
    if stage == "validate":
        return [f"version:{version_id}"]
    succeeded = set(
        session.scalars(select(Step.subject).where(Step.run_id == run.id, Step.state == StepState.DONE))
    )
    if stage == "package":
        return [precision.value for precision in Precision] if succeeded else []
    variants = session.scalars(select(Variant).where(Variant.version_id == version_id).order_by(Variant.id))
    return [f"variant:{variant.id}" for variant in variants if variant.precision.value in succeeded]


def _chunks(session: Session, run: Run, columns: list[outputs.Column]) -> list[str]:
    if only := run.args.get("only"):
        return [only]
    fill = Fill(run.args.get("fill", ""))
    found = []
    for column in columns:
        positions = [cell.position for cell in outputs.holes(session, column, run.id, fill=fill)]
        firsts = sorted({position - position % CHUNK for position in positions})
        found += [chunk_subject(column.position, first, first + CHUNK) for first in firsts]
    return found
