"""What the page of one picture reads, and what a download of many needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.comparisons import ComparisonColumn
from studio.db.endpoints import Endpoint
from studio.db.outputs import CellValue, Controls, Output, of_cell
from studio.db.samples import Annotation, RevisionItem, Sample
from studio.db.versions import Variant
from studio.domain.vocabulary import OutputState
from studio.errors import NotFound
from studio.queries.comparisons import Desk


@dataclass(frozen=True)
class Origin:
    """An output and everything that made it; `values` are its numbers to the photo, by metric."""

    output_id: int
    variant_id: int
    archive_sha: str
    controls: Mapping[str, Any]
    annotation_id: int
    take_id: int
    photo: str
    photo_sha: str
    state: OutputState
    blob_sha: str
    width: int
    height: int
    size: int
    changed: float | None
    compute_ms: float | None
    queue_ms: float | None
    endpoint: str
    inference_url: str
    error: str
    created_at: datetime
    values: Mapping[str, float]


@dataclass(frozen=True)
class Picture:
    """A cell of a download."""

    position: int
    photo: str
    photo_sha: str
    column: int
    blob_sha: str | None
    changed: float | None
    compute_ms: float | None
    error: str


def origin(session: Session, output_id: int) -> Origin:
    """In two statements.

    Raises:
        NotFound: no output has this number.
    """
    row = session.execute(
        select(Output, Variant.archive_sha, Controls.body, Sample, Endpoint)
        .join(Variant, Variant.id == Output.variant_id)
        .join(Controls, Controls.id == Output.controls_id)
        .join(Annotation, Annotation.id == Output.annotation_id)
        .join(Sample, Sample.id == Annotation.sample_id)
        .outerjoin(Endpoint, Endpoint.id == Output.endpoint_id)
        .where(Output.id == output_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such picture.", "Open it from its comparison.")
    own = select(CellValue.metric, CellValue.value).where(
        CellValue.output_id == output_id, CellValue.against_output_id.is_(None)
    )
    return _origin(*row, values=dict(session.execute(own).all()))


def _origin(
    output: Output,
    archive_sha: str | None,
    controls: Mapping[str, Any],
    sample: Sample,
    endpoint: Endpoint | None,
    *,
    values: Mapping[str, float],
) -> Origin:
    return Origin(
        output_id=output.id,
        variant_id=output.variant_id,
        archive_sha=archive_sha or "",
        controls=controls,
        annotation_id=output.annotation_id,
        take_id=output.take_id,
        photo=sample.name,
        photo_sha=sample.content_sha,
        state=output.state,
        blob_sha=output.blob_sha or "",
        width=output.width or 0,
        height=output.height or 0,
        size=output.size or 0,
        changed=output.changed,
        compute_ms=output.compute_ms,
        queue_ms=output.queue_ms,
        endpoint=endpoint.name if endpoint else "",
        inference_url=endpoint.inference_url if endpoint else "",
        error=output.error_text,
        created_at=output.created_at,
        values=values,
    )


def place(session: Session, desk: Desk, found: Origin) -> tuple[int, int]:
    """Position of the photo and of the column that an output has in a comparison. One statement.

    Raises:
        NotFound: it is not shown there.
    """
    position = session.scalar(
        select(RevisionItem.position).where(
            RevisionItem.revision_id == desk.revision_id, RevisionItem.annotation_id == found.annotation_id
        )
    )
    for column in desk.columns:
        key = (column.variant_id, column.controls, column.take_id)
        if position is not None and key == (found.variant_id, found.controls, found.take_id):
            return position, column.position
    raise NotFound("This picture is not in this comparison.", "It may have been made anew since.")


def pictures(session: Session, desk: Desk, places: Sequence[int]) -> list[Picture]:
    """Every cell of these positions of the set, row by row; one statement."""
    rows = session.execute(
        select(
            RevisionItem.position,
            Sample.name,
            Sample.content_sha,
            ComparisonColumn.position,
            Output.blob_sha,
            Output.changed,
            Output.compute_ms,
            Output.error_text,
        )
        .select_from(RevisionItem)
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .join(ComparisonColumn, ComparisonColumn.comparison_id == desk.id)
        .outerjoin(Output, of_cell(ComparisonColumn, RevisionItem.annotation_id))
        .where(RevisionItem.revision_id == desk.revision_id, RevisionItem.position.in_(places))
        .order_by(RevisionItem.position, ComparisonColumn.position)
    )
    return [Picture(*row[:-1], row[-1] or "") for row in rows]
