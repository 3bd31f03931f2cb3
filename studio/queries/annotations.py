"""What the page of one photo reads: what is known of it now and was before, and where it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.accounts import Person
from studio.db.comparisons import Comparison
from studio.db.samples import Annotation, AnnotationTag, RevisionItem, Sample, SetRevision
from studio.domain import tags
from studio.domain.annotation import Edit, Known, Point, edits
from studio.domain.tags import Tag
from studio.domain.vocabulary import Purpose, TagOrigin
from studio.errors import NotFound

MOST_PLACES = 24  # revisions and comparisons listed; the rest is a number
MOST_TAGS = 200  # offered while one types


@dataclass(frozen=True)
class Note:
    """One annotation, and what it changed of the one before."""

    no: int
    at: datetime
    by: str
    known: Known
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Place:
    """A revision that holds the photo, with the annotation it froze."""

    slug: str
    name: str
    no: int
    purpose: Purpose
    annotation: int
    retired: bool


@dataclass(frozen=True)
class Shown:
    """A comparison that shows the photo."""

    public_id: str
    name: str


@dataclass(frozen=True)
class Neighbours:
    older: int | None
    newer: int | None


@dataclass(frozen=True)
class Photo:
    """A photo with its annotations, newest first."""

    id: int
    name: str
    content_sha: str
    width: int
    height: int
    source: str
    licence: str
    consent: str
    consent_until: date | None
    guess: tuple[Point, ...]
    created_at: datetime
    retired: bool
    notes: tuple[Note, ...]

    @property
    def by(self) -> str:
        """Who brought it."""
        return self.notes[-1].by

    def note(self, no: int | None) -> Note:
        """The annotation of this number, or the current one.

        Raises:
            NotFound: there is none.
        """
        found = next((note for note in self.notes if no in {None, note.no}), None)
        if found is None:
            raise NotFound("The photo has no such annotation.", "Look at its newest one.")
        return found


def photo(session: Session, sample_id: int) -> Photo:
    """A photo and its history, in three statements.

    Raises:
        NotFound: it is not in the library.
    """
    sample = session.get(Sample, sample_id)
    if sample is None or sample.erased_at is not None:
        raise NotFound("There is no such photo.", "It may have been erased. Start from the samples.")
    return Photo(
        id=sample.id,
        name=sample.name,
        content_sha=sample.content_sha,
        width=sample.width,
        height=sample.height,
        source=sample.source,
        licence=sample.licence,
        consent=sample.consent,
        consent_until=sample.consent_until,
        guess=tuple((x, y) for x, y in sample.landmarks_guess or ()),
        created_at=sample.created_at,
        retired=sample.retired_at is not None,
        notes=_notes(session, sample_id),
    )


def known(session: Session, rows: Sequence[Annotation]) -> dict[int, Known]:
    """What these annotations say, by their number. One statement."""
    kept: dict[int, dict[Tag, TagOrigin]] = {row.id: {} for row in rows}
    for tag in session.scalars(select(AnnotationTag).where(AnnotationTag.annotation_id.in_(kept))):
        kept[tag.annotation_id][tag.key, tag.value] = tag.origin
    return {
        row.id: Known(
            tuple((x, y) for x, y in row.landmarks) if row.landmarks else None,
            row.hair_mask_sha,
            row.eye_mask_sha,
            row.target_sha,
            kept[row.id],
        )
        for row in rows
    }


def places(session: Session, sample_id: int) -> tuple[list[Place], list[Shown]]:
    """Revisions and comparisons that hold the photo, newest first. Two statements."""
    revisions = session.execute(
        select(
            SetRevision.slug,
            SetRevision.name,
            SetRevision.no,
            SetRevision.purpose,
            Annotation.no,
            SetRevision.retired_at.is_not(None),
        )
        .join(RevisionItem, RevisionItem.revision_id == SetRevision.id)
        .join(Annotation, Annotation.id == RevisionItem.annotation_id)
        .where(RevisionItem.sample_id == sample_id)
        .order_by(SetRevision.id.desc())
    )
    comparisons = session.execute(
        select(Comparison.public_id, Comparison.name)
        .join(RevisionItem, RevisionItem.revision_id == Comparison.revision_id)
        .where(RevisionItem.sample_id == sample_id)
        .order_by(Comparison.id.desc())
    )
    return [Place(*row) for row in revisions], [Shown(*row) for row in comparisons]


def neighbours(session: Session, sample_id: int) -> Neighbours:
    """The photos that came before and after it, without retired ones. One statement."""
    on_wall = Sample.erased_at.is_(None) & Sample.retired_at.is_(None)
    older = select(func.max(Sample.id)).where(Sample.id < sample_id, on_wall).scalar_subquery()
    newer = select(func.min(Sample.id)).where(Sample.id > sample_id, on_wall).scalar_subquery()
    return Neighbours(*session.execute(select(older, newer)).one())


def neighbours_in(session: Session, sample_id: int, revision_id: int) -> Neighbours:
    """The photos before and after it in a revision. Two statements."""
    of_revision = select(RevisionItem.position, RevisionItem.sample_id).where(
        RevisionItem.revision_id == revision_id
    )
    at = session.scalar(of_revision.where(RevisionItem.sample_id == sample_id))
    if at is None:
        return Neighbours(None, None)
    around = session.execute(of_revision.where(RevisionItem.position.in_((at - 1, at + 1))))
    beside = {row.position: row.sample_id for row in around}
    return Neighbours(older=beside.get(at + 1), newer=beside.get(at - 1))


def file_sha(session: Session, sample_id: int, no: int, part: str) -> str:
    """Hash of a file of an annotation; `part` is its column. One statement.

    Raises:
        NotFound: the photo is erased, or the annotation has no such file.
    """
    sha = session.scalar(
        select(getattr(Annotation, part))
        .join(Sample, Sample.id == Annotation.sample_id)
        .where(Annotation.sample_id == sample_id, Annotation.no == no, Sample.erased_at.is_(None))
    )
    if sha is None:
        raise NotFound("There is no such picture.", "It may have been erased.")
    return str(sha)


def _notes(session: Session, sample_id: int) -> tuple[Note, ...]:
    rows = session.execute(
        select(Annotation, Person.name)
        .join(Person, Person.id == Annotation.by)
        .where(Annotation.sample_id == sample_id)
        .order_by(Annotation.no)
    ).all()
    said = known(session, [row for row, _ in rows])
    before = Known()
    notes = []
    for row, by in rows:
        notes.append(Note(row.no, row.at, by, said[row.id], edits(before, said[row.id])))
        before = said[row.id]
    return tuple(reversed(notes))


def tags_in_use(session: Session) -> list[str]:
    """All tags of the library as people read them, the most frequent first. One statement."""
    counted = (
        select(AnnotationTag.key, AnnotationTag.value)
        .join(Annotation, Annotation.id == AnnotationTag.annotation_id)
        .where(Annotation.is_current)
        .group_by(AnnotationTag.key, AnnotationTag.value)
        .order_by(func.count().desc(), AnnotationTag.key, AnnotationTag.value)
        .limit(MOST_TAGS)
    )
    return [text for key, value in session.execute(counted) for text in tags.write([(key, value)])]
