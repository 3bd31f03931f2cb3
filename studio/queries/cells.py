"""What the desk reads of the pictures themselves: rows of one photo and its outputs, in windows."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from studio.db.comparisons import ComparisonColumn
from studio.db.outputs import Output
from studio.db.runs import Run, Step
from studio.db.samples import AnnotationTag, RevisionItem, Sample
from studio.domain import pipeline
from studio.domain.vocabulary import OutputState, StepState
from studio.queries.comparisons import Desk

WINDOW = 24  # rows sent at once
UNDER_WAY = frozenset({StepState.PENDING, StepState.SENT, StepState.RUNNING})


@dataclass(frozen=True)
class Cell:
    """The place of one picture. Where it is missing, `step` says how near its work is; None: nobody works on it."""

    column: int
    output_id: int | None
    state: OutputState | None
    blob_sha: str | None
    changed: float | None
    error: str
    step: StepState | None


@dataclass(frozen=True)
class Chunk:
    """A step of the newest run: cells of `column` at positions first ≤ p < last."""

    run_id: int
    column: int
    first: int
    last: int
    state: StepState


@dataclass(frozen=True)
class Line:
    """One photo and what each column made of it."""

    position: int
    name: str
    content_sha: str
    width: int
    height: int
    tags: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Window:
    """Consecutive lines, from position `first` on."""

    first: int
    lines: tuple[Line, ...]

    @property
    def tag(self) -> str:
        """Equal as long as everything shown is equal."""
        return hashlib.sha256(repr(self.lines).encode()).hexdigest()[:16]


def window(session: Session, desk: Desk, first: int = 0, size: int = WINDOW) -> Window:
    """The lines at positions first ≤ p < first + size, in three statements."""
    span = (
        RevisionItem.revision_id == desk.revision_id,
        RevisionItem.position.between(first, first + size - 1),
    )
    rows = session.execute(
        select(RevisionItem, Sample, ComparisonColumn.position, Output)
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .join(ComparisonColumn, ComparisonColumn.comparison_id == desk.id)
        .outerjoin(
            Output,
            and_(
                Output.variant_id == ComparisonColumn.variant_id,
                Output.annotation_id == RevisionItem.annotation_id,
                Output.controls_id == ComparisonColumn.controls_id,
                Output.take_id == ComparisonColumn.take_id,
            ),
        )
        .where(*span)
        .order_by(RevisionItem.position, ComparisonColumn.position)
    )
    found: dict[int, tuple[RevisionItem, Sample, dict[int, Output | None]]] = {}
    for item, sample, column, output in rows:
        found.setdefault(item.position, (item, sample, {}))[2][column] = output
    tags = _tags(session, first, size, desk.revision_id)
    chunks = _chunks(session, desk.id)
    lines = tuple(
        _line(item, sample, outputs, tags.get(item.annotation_id, ()), chunks)
        for item, sample, outputs in found.values()
    )
    return Window(first, lines)


def _line(
    item: RevisionItem,
    sample: Sample,
    outputs: dict[int, Output | None],
    tags: tuple[str, ...],
    chunks: list[Chunk],
) -> Line:
    cells = tuple(
        _cell(column, output, _step(chunks, column, item.position, output))
        for column, output in outputs.items()
    )
    return Line(item.position, sample.name, sample.content_sha, sample.width, sample.height, tags, cells)


def _cell(column: int, output: Output | None, step: StepState | None) -> Cell:
    if output is None:
        return Cell(column, None, None, None, None, "", step)
    return Cell(column, output.id, output.state, output.blob_sha, output.changed, output.error_text, step)


def _tags(session: Session, first: int, size: int, revision_id: int) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for annotation_id, value in session.execute(
        select(AnnotationTag.annotation_id, AnnotationTag.value)
        .join(RevisionItem, RevisionItem.annotation_id == AnnotationTag.annotation_id)
        .where(
            RevisionItem.revision_id == revision_id, RevisionItem.position.between(first, first + size - 1)
        )
        .order_by(AnnotationTag.key, AnnotationTag.value)
    ):
        found[annotation_id] = (*found.get(annotation_id, ()), value)
    return found


def _chunks(session: Session, comparison_id: int) -> list[Chunk]:
    newest = (
        select(Run.id).where(Run.comparison_id == comparison_id).order_by(Run.id.desc()).limit(1)
    ).scalar_subquery()
    return [
        Chunk(run_id, *pipeline.parse_chunk(subject), state)
        for run_id, subject, state in session.execute(
            select(Step.run_id, Step.subject, Step.state).where(
                Step.run_id == newest, Step.name == "generate"
            )
        )
    ]


def _step(chunks: list[Chunk], column: int, position: int, output: Output | None) -> StepState | None:
    """The state of the step that owes this picture; an error is owed only while a later run tries it again."""
    for chunk in chunks:
        if chunk.column == column and chunk.first <= position < chunk.last:
            if output is None:
                return chunk.state
            tried = output.state is OutputState.DONE or output.run_id == chunk.run_id
            return None if tried or chunk.state not in UNDER_WAY else chunk.state
    return None
