"""Comparisons in a list: their columns, and a few pictures of each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.nights import Night
from studio.db.outputs import Output, of_cell
from studio.db.runs import Run
from studio.db.samples import RevisionItem, SetRevision
from studio.db.versions import Group, Variant, Version
from studio.domain.vocabulary import OPEN_RUNS, OutputState, Precision, RunState
from studio.queries.strips import STRIP


@dataclass(frozen=True)
class Entry:
    """One comparison in a list. `state` is that of its newest run, None where none ever was."""

    public_id: str
    name: str
    group: str
    group_id: int
    created_at: datetime
    pinned: bool
    revision: str
    revision_no: int
    n: int
    columns: tuple[tuple[str, Precision], ...]
    strip: tuple[str, ...]
    state: RunState | None

    @property
    def running(self) -> bool:
        return self.state in OPEN_RUNS


def entries(session: Session, *which: ColumnElement[bool], most: int = 12) -> tuple[Entry, ...]:
    """Pinned ones first, then the newest, without those that nights made; in three statements."""
    newest_run = (
        select(Run.state)
        .where(Run.comparison_id == Comparison.id)
        .order_by(Run.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Comparison, Group.name, SetRevision, newest_run)
        .join(Group, Group.id == Comparison.group_id)
        .join(SetRevision, SetRevision.id == Comparison.revision_id)
        .where(~select(Night.id).where(Night.comparison_id == Comparison.id).exists(), *which)
        .order_by(Comparison.pinned_at.is_(None), Comparison.pinned_at.desc(), Comparison.id.desc())
        .limit(most)
    ).all()
    ids = [comparison.id for comparison, *_ in rows]
    columns, pictures = _columns(session, ids), _strips(session, ids)
    return tuple(
        Entry(
            public_id=comparison.public_id,
            name=comparison.name,
            group=group,
            group_id=comparison.group_id,
            created_at=comparison.created_at,
            pinned=comparison.pinned_at is not None,
            revision=revision.name or revision.slug,
            revision_no=revision.no,
            n=revision.n,
            columns=tuple(columns.get(comparison.id, ())),
            strip=tuple(pictures.get(comparison.id, ())),
            state=state,
        )
        for comparison, group, revision, state in rows
    )


def of_version(version_id: int) -> ColumnElement[bool]:
    """Comparisons that show a version."""
    return Comparison.id.in_(
        select(ComparisonColumn.comparison_id)
        .join(Variant, Variant.id == ComparisonColumn.variant_id)
        .where(Variant.version_id == version_id)
    )


def of_group(group_id: int) -> ColumnElement[bool]:
    return Comparison.group_id == group_id


def _columns(session: Session, ids: Collection[int]) -> dict[int, list[tuple[str, Precision]]]:
    found: dict[int, list[tuple[str, Precision]]] = {}
    for comparison_id, version, precision in session.execute(
        select(ComparisonColumn.comparison_id, Version.name, Variant.precision)
        .join(Variant, Variant.id == ComparisonColumn.variant_id)
        .join(Version, Version.id == Variant.version_id)
        .where(ComparisonColumn.comparison_id.in_(ids))
        .order_by(ComparisonColumn.comparison_id, ComparisonColumn.position)
    ):
        found.setdefault(comparison_id, []).append((version, precision))
    return found


def _strips(session: Session, ids: Collection[int]) -> dict[int, list[str]]:
    """The first pictures of each comparison's last column."""
    last = (
        select(func.max(ComparisonColumn.position))
        .where(ComparisonColumn.comparison_id == Comparison.id)
        .correlate(Comparison)
        .scalar_subquery()
    )
    found: dict[int, list[str]] = {}
    for comparison_id, sha in session.execute(
        select(Comparison.id, Output.blob_sha)
        .join(
            ComparisonColumn,
            and_(ComparisonColumn.comparison_id == Comparison.id, ComparisonColumn.position == last),
        )
        .join(
            RevisionItem,
            and_(RevisionItem.revision_id == Comparison.revision_id, RevisionItem.position < STRIP),
        )
        .join(
            Output,
            and_(of_cell(ComparisonColumn, RevisionItem.annotation_id), Output.state == OutputState.DONE),
        )
        .where(Comparison.id.in_(ids))
        .order_by(Comparison.id, RevisionItem.position)
    ):
        if sha:
            found.setdefault(comparison_id, []).append(sha)
    return found
