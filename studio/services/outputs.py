"""Outputs: which cells of a comparison are missing, and how a result enters exactly once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import SHARED_TAKE, CellValue, Controls, Output, of_cell
from studio.db.samples import Annotation, RevisionItem, Sample
from studio.db.session import upsert
from studio.domain.inputs import inputs_sha
from studio.domain.vocabulary import Fill, OutputState
from studio.errors import StudioError


@dataclass(frozen=True)
class Column:
    """One column of a comparison, with all that its cells share."""

    comparison_id: int
    position: int
    revision_id: int
    variant_id: int
    controls_id: int
    take_id: int
    controls: dict[str, object]


@dataclass(frozen=True)
class Cell:
    """One picture to be made: a sample as annotated in the revision."""

    position: int
    annotation_id: int
    photo_sha: str
    inputs_sha: str


@dataclass(frozen=True)
class Picture:
    """What an endpoint gave for a cell. Times in ms; `changed` is the share of visibly changed pixels, 0…1."""

    blob_sha: str
    size: int
    width: int
    height: int
    changed: float
    compute_ms: float
    queue_ms: float


@dataclass(frozen=True)
class Done:
    """A finished cell, for measuring."""

    output_id: int
    position: int
    photo_sha: str
    blob_sha: str
    hair_mask_sha: str | None


def columns(session: Session, comparison_id: int) -> list[Column]:
    rows = session.execute(
        select(
            Comparison.id,
            ComparisonColumn.position,
            Comparison.revision_id,
            ComparisonColumn.variant_id,
            ComparisonColumn.controls_id,
            ComparisonColumn.take_id,
            Controls.body,
        )
        .join(ComparisonColumn, ComparisonColumn.comparison_id == Comparison.id)
        .join(Controls, Controls.id == ComparisonColumn.controls_id)
        .where(Comparison.id == comparison_id)
        .order_by(ComparisonColumn.position)
    )
    return [Column(*row) for row in rows]


def holes(
    session: Session,
    column: Column,
    run_id: int | None = None,
    span: tuple[int, int] | None = None,
    fill: Fill = Fill.ALL,
) -> list[Cell]:
    """Cells of a column without a picture, in order.

    Args:
        run_id: an error of this run is no hole: one run tries a cell once, whoever holds its step.
        span: only positions first ≤ p < last.
        fill: only what failed, or only what was never tried.
    """
    stale_error = and_(
        Output.state == OutputState.ERROR, or_(Output.run_id.is_(None), Output.run_id != run_id)
    )
    missing = Output.id.is_(None)
    wanted = {Fill.ALL: (missing, stale_error), Fill.MISSING: (missing,), Fill.FAILED: (stale_error,)}[fill]
    statement = (
        select(RevisionItem.position, RevisionItem.annotation_id, Sample.content_sha)
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .outerjoin(Output, of_cell(column, RevisionItem.annotation_id))
        .where(RevisionItem.revision_id == column.revision_id, or_(*wanted))
        .order_by(RevisionItem.position)
    )
    if span is not None:
        statement = statement.where(RevisionItem.position >= span[0], RevisionItem.position < span[1])
    return [Cell(*row, inputs_sha=inputs_sha(row[2])) for row in session.execute(statement)]


def failed_at(session: Session, comparison_id: int, output_id: int) -> tuple[int, int] | None:
    """Column and photo of an error cell by their positions in a comparison; None where it is none there."""
    row = session.execute(
        select(ComparisonColumn.position, RevisionItem.position)
        .join(Comparison, Comparison.id == ComparisonColumn.comparison_id)
        .join(RevisionItem, RevisionItem.revision_id == Comparison.revision_id)
        .join(Output, of_cell(ComparisonColumn, RevisionItem.annotation_id))
        .where(Comparison.id == comparison_id, Output.id == output_id, Output.state == OutputState.ERROR)
        .order_by(ComparisonColumn.position)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def reuse(session: Session, column: Column, cells: Sequence[Cell], run_id: int) -> list[Cell]:
    """Fill cells of take 0 from equal inputs computed before; returns those that are left to compute."""
    if column.take_id != SHARED_TAKE or not cells:
        return list(cells)
    known = {
        output.inputs_sha: output
        for output in session.scalars(
            select(Output).where(
                Output.variant_id == column.variant_id,
                Output.controls_id == column.controls_id,
                Output.take_id == SHARED_TAKE,
                Output.state == OutputState.DONE,
                Output.inputs_sha.in_([cell.inputs_sha for cell in cells]),
            )
        )
    }
    for cell in cells:
        if output := known.get(cell.inputs_sha):
            _enter(
                session,
                {
                    **_key(column, cell, run_id),
                    "state": OutputState.DONE,
                    "blob_sha": output.blob_sha,
                    "size": output.size,
                    "width": output.width,
                    "height": output.height,
                    "changed": output.changed,
                    "compute_ms": output.compute_ms,
                    "queue_ms": output.queue_ms,
                    "endpoint_id": output.endpoint_id,
                },
            )
    session.commit()
    return [cell for cell in cells if cell.inputs_sha not in known]


def save(
    session: Session, column: Column, cell: Cell, run_id: int, endpoint_id: int, picture: Picture
) -> None:
    """Commit a picture as the cell's output; a done cell is never replaced, an error cell is healed."""
    _enter(
        session,
        {
            **_key(column, cell, run_id),
            **picture.__dict__,
            "state": OutputState.DONE,
            "endpoint_id": endpoint_id,
        },
    )
    session.commit()


def fail(session: Session, column: Column, cell: Cell, run_id: int, error: StudioError) -> None:
    """Commit why a cell has no picture, in a sentence for the person."""
    _enter(
        session,
        {
            **_key(column, cell, run_id),
            "state": OutputState.ERROR,
            "error_code": type(error).__name__,
            "error_text": f"{error.message} {error.hint}".strip(),
        },
    )
    session.commit()


def done(session: Session, column: Column) -> list[Done]:
    """The finished cells of a column in the order of the revision."""
    rows = session.execute(
        select(
            Output.id,
            RevisionItem.position,
            Sample.content_sha,
            Output.blob_sha,
            Annotation.hair_mask_sha,
        )
        .select_from(RevisionItem)
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .join(Annotation, Annotation.id == RevisionItem.annotation_id)
        .join(Output, of_cell(column, RevisionItem.annotation_id))
        .where(RevisionItem.revision_id == column.revision_id, Output.state == OutputState.DONE)
        .order_by(RevisionItem.position)
    )
    return [
        Done(output_id, position, photo_sha, blob_sha, mask)
        for output_id, position, photo_sha, blob_sha, mask in rows
        if blob_sha is not None
    ]


def measured(session: Session, values: Iterable[tuple[int, str, int | None, float]]) -> None:
    """Keep numbers of outputs; the same number again replaces itself.

    Args:
        values: (output, metric, output compared with or None, value).
    """
    for output_id, metric, against, value in values:
        own = CellValue.against_output_id.is_(None)
        statement = upsert(session, CellValue).values(
            output_id=output_id, metric=metric, against_output_id=against, value=value
        )
        keys = ["output_id", "metric"] + ([] if against is None else ["against_output_id"])
        session.execute(
            statement.on_conflict_do_update(
                index_elements=keys,
                index_where=own if against is None else CellValue.against_output_id.is_not(None),
                set_={"value": statement.excluded.value},
            )
        )
    session.commit()


def _key(column: Column, cell: Cell, run_id: int) -> dict[str, object]:
    return {
        "variant_id": column.variant_id,
        "annotation_id": cell.annotation_id,
        "controls_id": column.controls_id,
        "take_id": column.take_id,
        "inputs_sha": cell.inputs_sha,
        "run_id": run_id,
        "created_at": now(),
        "error_code": "",
        "error_text": "",
    }


def _enter(session: Session, row: dict[str, object]) -> None:
    statement = upsert(session, Output).values(**row)
    healed = {name: statement.excluded[name] for name in row}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["variant_id", "annotation_id", "controls_id", "take_id"],
            set_=healed,
            where=Output.state == OutputState.ERROR,
        )
    )
