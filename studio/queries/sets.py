"""What the pages of sets read: the list, a set with its revisions, the pictures of one, and how two differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from studio.db.accounts import Person
from studio.db.comparisons import Comparison
from studio.db.nights import Night
from studio.db.samples import Annotation, RevisionItem, Sample, SetRevision
from studio.db.versions import Group, Variant, Version
from studio.domain.annotation import Edit, edits
from studio.domain.vocabulary import Purpose, VariantState
from studio.errors import NotFound
from studio.queries import annotations
from studio.queries.groups import REVISION_OF

STRIP = 6  # pictures of a set in the list


@dataclass(frozen=True)
class Revision:
    id: int
    slug: str
    name: str
    no: int
    purpose: Purpose
    n: int
    retired: bool
    at: datetime
    by: str

    @property
    def title(self) -> str:
        """What people read: the display name, or the address where none was given."""
        return self.name or self.slug


@dataclass(frozen=True)
class Entry:
    """A set in the list: its newest revision, and the hashes of its first photos."""

    newest: Revision
    strip: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A photo as a revision froze it."""

    sample_id: int
    annotation_id: int
    annotation_no: int
    name: str
    content_sha: str
    newer: bool  # the photo has a newer annotation now
    retired: bool


@dataclass(frozen=True)
class Changed:
    item: Item
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Difference:
    """What one had to do to get from a revision to another."""

    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    changed: tuple[Changed, ...]
    moved: bool  # the photos that both hold stand in another order


@dataclass(frozen=True)
class Use:
    """A group whose default for a purpose this revision is."""

    slug: str
    name: str
    purpose: Purpose


@dataclass(frozen=True)
class Uses:
    """What points at a revision. `overlap` names groups that calibrate with photos it compares, and how many."""

    groups: tuple[Use, ...]
    comparisons: tuple[tuple[str, str], ...]  # public id, name
    nights: int
    overlap: tuple[tuple[str, int], ...]


def entries(session: Session, *, retired: bool = False) -> list[Entry]:
    """The sets, the one changed last first. Two statements."""
    newest = select(func.max(SetRevision.id)).group_by(SetRevision.slug)
    hidden = SetRevision.retired_at.is_not(None) if retired else SetRevision.retired_at.is_(None)
    rows = _revisions(session, SetRevision.id.in_(newest) & hidden)
    firsts = session.execute(
        select(RevisionItem.revision_id, Sample.content_sha)
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .where(
            RevisionItem.revision_id.in_([row.id for row in rows]),
            RevisionItem.position < STRIP,
            Sample.erased_at.is_(None),
        )
        .order_by(RevisionItem.position)
    ).all()
    return [Entry(row, tuple(sha for of, sha in firsts if of == row.id)) for row in rows]


def revisions(session: Session, slug: str) -> list[Revision]:
    """All revisions of a set, newest first. One statement.

    Raises:
        NotFound: there is no such set.
    """
    rows = _revisions(session, SetRevision.slug == slug)
    if not rows:
        raise NotFound("There is no such set.", "Start from the list of sets.")
    return rows


def numbered(revisions: Sequence[Revision], no: int | None) -> Revision:
    """The revision of this number, or the newest.

    Raises:
        NotFound: the set does not have it.
    """
    found = next((each for each in revisions if no in {None, each.no}), None)
    if found is None:
        raise NotFound("The set has no such revision.", "Look at its newest one.")
    return found


def find(session: Session, slug: str, no: int) -> Revision | None:
    """One revision. One statement."""
    return next((each for each in _revisions(session, SetRevision.slug == slug) if each.no == no), None)


def items(session: Session, revision_id: int) -> list[Item]:
    """The photos of a revision in their order, without erased ones. One statement."""
    current = Annotation.is_current.is_(False).label("newer")
    rows = session.execute(
        select(
            Sample.id,
            Annotation.id,
            Annotation.no,
            Sample.name,
            Sample.content_sha,
            current,
            Sample.retired_at.is_not(None),
        )
        .join(RevisionItem, RevisionItem.sample_id == Sample.id)
        .join(Annotation, Annotation.id == RevisionItem.annotation_id)
        .where(RevisionItem.revision_id == revision_id, Sample.erased_at.is_(None))
        .order_by(RevisionItem.position)
    )
    return [Item(*row) for row in rows]


def difference(session: Session, before: Sequence[Item], after: Sequence[Item]) -> Difference:
    """How the second list of photos differs from the first. Two statements at most."""
    old = {item.sample_id: item for item in before}
    new = {item.sample_id: item for item in after}
    both = [item for item in after if item.sample_id in old]
    again = [item for item in both if item.annotation_id != old[item.sample_id].annotation_id]
    pairs = [each for item in again for each in (item.annotation_id, old[item.sample_id].annotation_id)]
    rows = session.scalars(select(Annotation).where(Annotation.id.in_(pairs))).all() if pairs else []
    known = annotations.known(session, rows) if rows else {}
    return Difference(
        added=tuple(item for item in after if item.sample_id not in old),
        removed=tuple(item for item in before if item.sample_id not in new),
        changed=tuple(
            Changed(item, edits(known[old[item.sample_id].annotation_id], known[item.annotation_id]))
            for item in again
        ),
        moved=[item.sample_id for item in both]
        != [item.sample_id for item in before if item.sample_id in new],
    )


def uses(session: Session, revision: Revision) -> Uses:
    """What points at a revision. Four statements."""
    groups = [
        Use(group.slug, group.name, purpose)
        for group in session.scalars(select(Group).order_by(Group.name))
        for purpose, column in REVISION_OF.items()
        if getattr(group, column) == revision.id
    ]
    comparisons = session.execute(
        select(Comparison.public_id, Comparison.name)
        .where(Comparison.revision_id == revision.id)
        .order_by(Comparison.id.desc())
    )
    nights = select(func.count(Night.id)).join(Comparison, Comparison.id == Night.comparison_id)
    return Uses(
        tuple(groups),
        tuple((public_id, name) for public_id, name in comparisons),
        session.scalar(nights.where(Comparison.revision_id == revision.id)) or 0,
        _overlap(session, revision),
    )


def comparing(session: Session) -> list[tuple[str, str]]:
    """Address and name of the groups that have something to compare."""
    ready = select(Version.group_id).join(Variant).where(Variant.state == VariantState.READY)
    rows = session.execute(select(Group.slug, Group.name).where(Group.id.in_(ready)).order_by(Group.name))
    return [(slug, name) for slug, name in rows]


def _overlap(session: Session, revision: Revision) -> tuple[tuple[str, int], ...]:
    """INT8 on a photo that set its ranges looks better than it is: the page of what is compared says so."""
    if revision.purpose not in {Purpose.COMPARE, Purpose.NIGHT}:
        return ()
    mine = select(RevisionItem.sample_id).where(RevisionItem.revision_id == revision.id)
    rows = session.execute(
        select(Group.name, func.count())
        .join(RevisionItem, RevisionItem.revision_id == Group.calibrate_revision_id)
        .where(RevisionItem.sample_id.in_(mine))
        .group_by(Group.name)
        .order_by(Group.name)
    )
    return tuple((name, count) for name, count in rows)


def _revisions(session: Session, where: ColumnElement[bool]) -> list[Revision]:
    rows = session.execute(
        select(
            SetRevision.id,
            SetRevision.slug,
            SetRevision.name,
            SetRevision.no,
            SetRevision.purpose,
            SetRevision.n,
            SetRevision.retired_at.is_not(None),
            SetRevision.at,
            Person.name,
        )
        .join(Person, Person.id == SetRevision.by)
        .where(where)
        .order_by(SetRevision.id.desc())
    )
    return [Revision(*row) for row in rows]
