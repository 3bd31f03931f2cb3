"""What the desk reads of the pictures themselves: rows of one photo and its outputs, in windows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from studio.db.comparisons import ComparisonColumn
from studio.db.outputs import Output, of_cell
from studio.db.runs import Run, Step
from studio.db.samples import AnnotationTag, RevisionItem, Sample
from studio.domain.pipeline import parse_chunk
from studio.domain.vocabulary import OPEN_RUNS, OPEN_STEPS, OutputState, StepState
from studio.queries.comparisons import Desk

WINDOW = 24  # rows sent at once


@dataclass(frozen=True)
class Cell:
    """The place of one picture. Where it is missing, `step` says how near its work is; None: nobody works on it.

    loading: the work waits for the model to come into the endpoint's memory.
    """

    column: int
    output_id: int | None
    state: OutputState | None
    blob_sha: str | None
    width: int | None
    height: int | None
    changed: float | None
    error: str
    step: StepState | None
    loading: bool


@dataclass(frozen=True)
class Line:
    """One photo and what each column made of it. `row` counts in the view, `position` in the set."""

    row: int
    position: int
    name: str
    content_sha: str
    width: int
    height: int
    tags: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Window:
    """Consecutive lines of a view of `n` photos, from row `first` on."""

    first: int
    n: int
    lines: tuple[Line, ...]

    @property
    def tag(self) -> str:
        """Equal as long as everything shown is equal."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Owed:
    """The step that owes a picture, and its run."""

    run_id: int
    state: StepState


def window(session: Session, desk: Desk, places: Sequence[int], first: int = 0, size: int = WINDOW) -> Window:
    """The lines of rows first ≤ r < first + size of a view, in three statements."""
    shown = places[first : first + size]
    here = and_(RevisionItem.revision_id == desk.revision_id, RevisionItem.position.in_(shown))
    tags = _tags(session, here)
    owed = _owed(session, desk, shown)
    loaded = {column.position: column.loaded for column in desk.columns}
    found: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in session.execute(_photos_and_outputs(desk).where(here)):
        found.setdefault(row.position, []).append(row)
    lines = []
    for number, position in enumerate(shown, first):
        photo = found[position][0]
        cells = tuple(
            _cell(row, owed.get((row.column, position)), loaded[row.column]) for row in found[position]
        )
        about = (photo.name, photo.content_sha, photo.photo_width, photo.photo_height)
        lines.append(Line(number, position, *about, tags.get(position, ()), cells))
    return Window(first, len(places), tuple(lines))


def _photos_and_outputs(desk: Desk) -> Select[*tuple[Any, ...]]:
    """Plain columns: making objects of tables takes longer than the reading."""
    return (
        select(
            RevisionItem.position,
            Sample.name,
            Sample.content_sha,
            Sample.width.label("photo_width"),
            Sample.height.label("photo_height"),
            ComparisonColumn.position.label("column"),
            Output.id,
            Output.state,
            Output.blob_sha,
            Output.width,
            Output.height,
            Output.changed,
            Output.error_text,
            Output.run_id,
        )
        .select_from(RevisionItem)
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .join(ComparisonColumn, ComparisonColumn.comparison_id == desk.id)
        .outerjoin(Output, of_cell(ComparisonColumn, RevisionItem.annotation_id))
        .order_by(RevisionItem.position, ComparisonColumn.position)
    )


def _cell(row: Row[*tuple[Any, ...]], owed: Owed | None, loaded: bool) -> Cell:
    step = _step(row, owed)
    return Cell(
        column=row.column,
        output_id=row.id,
        state=row.state,
        blob_sha=row.blob_sha,
        width=row.width,
        height=row.height,
        changed=row.changed,
        error=row.error_text or "",
        step=step,
        loading=step is StepState.RUNNING and not loaded,
    )


def _tags(session: Session, here: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for position, value in session.execute(
        select(RevisionItem.position, AnnotationTag.value)
        .join(AnnotationTag, AnnotationTag.annotation_id == RevisionItem.annotation_id)
        .where(here)
        .order_by(AnnotationTag.key, AnnotationTag.value)
    ):
        found[position] = (*found.get(position, ()), value)
    return found


def _owed(session: Session, desk: Desk, shown: Sequence[int]) -> dict[tuple[int, int], Owed]:
    """The newest step for each place (column, position) of the newest run and of all that are under way."""
    newest = select(func.max(Run.id)).where(Run.comparison_id == desk.id).scalar_subquery()
    rows = session.execute(
        select(Step.run_id, Step.subject, Step.state)
        .join(Run, Run.id == Step.run_id)
        .where(
            Run.comparison_id == desk.id,
            or_(Run.id == newest, Run.state.in_(OPEN_RUNS)),
            Step.name == "generate",
        )
        .order_by(Step.id)
    )
    found = {}
    for run_id, subject, state in rows:
        column, first, last = parse_chunk(subject)
        for position in shown:
            if first <= position < last:
                found[column, position] = Owed(run_id, state)
    return found


def _step(row: Row[*tuple[Any, ...]], owed: Owed | None) -> StepState | None:
    """The state of the step that owes this picture; an error is owed only while a later run tries it again."""
    if owed is None or row.id is None:
        return owed.state if owed else None
    tried = row.state is OutputState.DONE or row.run_id == owed.run_id
    return None if tried or owed.state not in OPEN_STEPS else owed.state
