"""What the home page reads: groups, their newest comparisons, and a few pictures of each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import Output
from studio.db.runs import Run
from studio.db.samples import RevisionItem, SetRevision
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.vocabulary import Lane, OutputState, Precision, RunState

STRIP = 6  # pictures shown of a comparison
NEWEST = 50


@dataclass(frozen=True)
class Entry:
    """One comparison in the list of its group."""

    public_id: str
    name: str
    created_at: datetime
    revision: str
    revision_no: int
    n: int
    columns: tuple[tuple[str, Precision], ...]
    strip: tuple[str, ...]
    running: bool


@dataclass(frozen=True)
class GroupEntry:
    name: str
    slug: str
    brief: str
    lane: Lane
    champion: str
    versions: int
    comparisons: tuple[Entry, ...]


def groups(session: Session) -> tuple[GroupEntry, ...]:
    """All groups with their newest comparisons first, in five statements."""
    found = session.execute(
        select(Group, func.count(Version.id))
        .outerjoin(Version, Version.group_id == Group.id)
        .group_by(Group.id)
        .order_by(Group.name)
    )
    champions = dict(
        session.execute(
            select(Champion.group_id, Version.name)
            .join(Version, Version.id == Champion.version_id)
            .where(Champion.until.is_(None))
        ).all()
    )
    entries = _entries(session)
    return tuple(
        GroupEntry(
            group.name,
            group.slug,
            group.brief,
            group.lane,
            champions.get(group.id, ""),
            versions,
            tuple(entries.get(group.id, ())),
        )
        for group, versions in found
    )


def _entries(session: Session) -> dict[int, list[Entry]]:
    running = (
        select(func.count(Run.id))
        .where(
            Run.comparison_id == Comparison.id,
            Run.state.in_((RunState.PENDING, RunState.RUNNING)),
        )
        .scalar_subquery()
    )
    newest = session.execute(
        select(Comparison, SetRevision, running)
        .join(SetRevision, SetRevision.id == Comparison.revision_id)
        .order_by(Comparison.id.desc())
        .limit(NEWEST)
    ).all()
    ids = [comparison.id for comparison, _, _ in newest]
    columns = _columns(session, ids)
    strips = _strips(session, ids)
    found: dict[int, list[Entry]] = {}
    for comparison, revision, runs in newest:
        entry = Entry(
            comparison.public_id,
            comparison.name,
            comparison.created_at,
            revision.slug,
            revision.no,
            revision.n,
            tuple(columns.get(comparison.id, ())),
            tuple(strips.get(comparison.id, ())),
            runs > 0,
        )
        found.setdefault(comparison.group_id, []).append(entry)
    return found


def _columns(session: Session, ids: list[int]) -> dict[int, list[tuple[str, Precision]]]:
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


def _strips(session: Session, ids: list[int]) -> dict[int, list[str]]:
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
            and_(
                Output.variant_id == ComparisonColumn.variant_id,
                Output.annotation_id == RevisionItem.annotation_id,
                Output.controls_id == ComparisonColumn.controls_id,
                Output.take_id == ComparisonColumn.take_id,
                Output.state == OutputState.DONE,
            ),
        )
        .where(Comparison.id.in_(ids))
        .order_by(Comparison.id, RevisionItem.position)
    ):
        if sha:
            found.setdefault(comparison_id, []).append(sha)
    return found
