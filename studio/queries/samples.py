"""What the wall of photos reads: a window of tiles, where the windows begin, and the tags with their counts."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.db.versions import Version
from studio.domain.likeness import NEAR_BITS, distance
from studio.domain.tags import Tag, write
from studio.domain.vocabulary import VersionState
from studio.errors import NotFound

Columns = TypeVarTuple("Columns")

MOST_ALIKE = 3
WINDOW = 60  # tiles; whole rows for 2, 3, 4, 5, 6, 10 and 12 columns


@dataclass(frozen=True)
class Filters:
    """What the wall shows: all of the words, and of each key one of the values."""

    words: tuple[str, ...] = ()
    tags: frozenset[Tag] = frozenset()
    retired: bool = False
    faceless: bool = False

    def values(self, key: str) -> set[str]:
        return {value for chosen, value in self.tags if chosen == key}

    @property
    def keys(self) -> list[str]:
        return sorted({key for key, _ in self.tags})


@dataclass(frozen=True)
class Tile:
    id: int
    name: str
    content_sha: str


@dataclass(frozen=True)
class Wall:
    """`starts` are the first photos of all windows, newest first; `tiles` fill window number `shown`."""

    total: int
    starts: tuple[int, ...]
    shown: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Value:
    value: str
    n: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A key and how many of the photos shown have each of its values, the most frequent first."""

    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Counts:
    """Photos of the library, those put aside, and those on which no face was found."""

    all: int
    retired: int
    faceless: int


@dataclass(frozen=True)
class Alike:
    """A photo of the library that nearly looks like another one."""

    id: int
    name: str
    content_sha: str


@dataclass(frozen=True)
class Row:
    """A photo and what is known of it now, as lists and programs read it."""

    id: int
    name: str
    content_sha: str
    width: int
    height: int
    tags: tuple[str, ...]
    annotation: int
    hair_mask: bool
    source: str
    licence: str
    consent: str
    consent_until: date | None
    retired_at: datetime | None
    created_at: datetime


def wall(session: Session, filters: Filters, at: int | None = None) -> Wall:
    """The window that holds photo `at`, or the first one. Two statements."""
    place = (func.row_number().over(order_by=Sample.id.desc()) - 1).label("place")
    numbered = _shown(select(Sample.id, place, func.count().over().label("total")), filters).subquery()
    found = session.execute(
        select(numbered.c.id, numbered.c.total)
        .where(numbered.c.place % WINDOW == 0)
        .order_by(numbered.c.place)
    ).all()
    starts = tuple(start for start, _ in found)
    if not found:
        return Wall(0, (), 0, ())
    shown = 0 if at is None else max(0, bisect_left(starts, -at + 1, key=lambda start: -start) - 1)
    return Wall(found[0].total, starts, shown, window(session, filters, starts[shown]))


def window(session: Session, filters: Filters, first: int) -> tuple[Tile, ...]:
    """Photo `first` and those after it, newest first. One statement."""
    tiles = select(Sample.id, Sample.name, Sample.content_sha).where(Sample.id <= first)
    found = session.execute(_shown(tiles, filters).order_by(Sample.id.desc()).limit(WINDOW))
    return tuple(Tile(*row) for row in found)


def ids(session: Session, filters: Filters) -> list[int]:
    """All photos shown, newest first. One statement."""
    return list(session.scalars(_shown(select(Sample.id), filters).order_by(Sample.id.desc())))


def facets(session: Session, filters: Filters) -> tuple[Facet, ...]:
    """Tags of the photos shown. A key's counts ignore what is chosen of that key: they say what it would bring.

    One statement, and one more for each key of which something is chosen.
    """
    rows = [row for row in _counted(session, filters) if row[0] not in filters.keys]
    for key in filters.keys:
        other = Filters(
            filters.words,
            frozenset(tag for tag in filters.tags if tag[0] != key),
            filters.retired,
            filters.faceless,
        )
        rows += _counted(session, other, key)
        present = {value for of, value, _ in rows if of == key}
        rows += [(key, value, 0) for value in filters.values(key) - present]
    rows.sort(key=lambda row: (row[0], -row[2], row[1]))
    found = [
        Facet(key, tuple(Value(value, n, (key, value) in filters.tags) for _, value, n in group))
        for key, group in groupby(rows, key=lambda row: row[0])
    ]
    return tuple(sorted(found, key=lambda facet: -sum(each.n for each in facet.values)))


def counts(session: Session) -> Counts:
    """One statement over the whole library."""
    aside = Sample.retired_at.is_not(None)
    here = Sample.retired_at.is_(None)
    found = session.execute(
        select(
            func.count().filter(here), func.count().filter(aside), func.count().filter(here, *_faceless())
        ).where(Sample.erased_at.is_(None))
    ).one()
    return Counts(*found)


def alike(session: Session, phash: str) -> tuple[Alike, ...]:
    """The photos that nearly look like this hash, retired ones too, the nearest first. One statement."""
    known = session.execute(
        select(Sample.id, Sample.name, Sample.content_sha, Sample.phash).where(
            Sample.erased_at.is_(None), Sample.phash != ""
        )
    )
    apart = [(distance(of, phash), Alike(number, name, sha)) for number, name, sha, of in known]
    near = sorted((pair for pair in apart if pair[0] <= NEAR_BITS), key=lambda pair: pair[0])
    return tuple(each for _, each in near[:MOST_ALIKE])


def listing(session: Session, filters: Filters, limit: int, before: int | None = None) -> list[Row]:
    """Photos with what is known of them, newest first, those older than photo `before`. Two statements."""
    chosen = _shown(select(Sample), filters).order_by(Sample.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(Sample.id < before)
    return _rows(session, session.scalars(chosen).all())


def row(session: Session, sample_id: int) -> Row:
    """One photo, also a retired one. Two statements.

    Raises:
        NotFound: it is not in the library.
    """
    sample = session.scalars(select(Sample).where(Sample.id == sample_id, Sample.erased_at.is_(None))).all()
    if not sample:
        raise NotFound("The photo is not in the library.", "Look for it with `studio samples list`.")
    return _rows(session, sample)[0]


def _rows(session: Session, samples: Sequence[Sample]) -> list[Row]:
    known = session.execute(
        select(Annotation, AnnotationTag.key, AnnotationTag.value)
        .outerjoin(AnnotationTag, AnnotationTag.annotation_id == Annotation.id)
        .where(Annotation.sample_id.in_([each.id for each in samples]), Annotation.is_current)
    ).all()
    current = {annotation.sample_id: annotation for annotation, _, _ in known}
    tags: dict[int, list[Tag]] = {}
    for annotation, key, value in known:
        if key is not None:
            tags.setdefault(annotation.sample_id, []).append((key, value))
    return [
        Row(
            each.id,
            each.name,
            each.content_sha,
            each.width,
            each.height,
            tuple(write(tags.get(each.id, ()))),
            current[each.id].no,
            current[each.id].hair_mask_sha is not None,
            each.source,
            each.licence,
            each.consent,
            each.consent_until,
            each.retired_at,
            each.created_at,
        )
        for each in samples
    ]


def frames(session: Session) -> set[tuple[int, int]]:
    """Width and height of the pictures that the versions in use work on. One statement."""
    width, height = (Version.manifest[side].as_integer() for side in ("width", "height"))
    found = session.execute(
        select(width, height).where(Version.state != VersionState.RETIRED, width.is_not(None)).distinct()
    )
    return {(across, down) for across, down in found}


def _counted(session: Session, filters: Filters, key: str | None = None) -> list[tuple[str, str, int]]:
    """Key, value and number of photos shown that have it."""
    counted = (
        select(AnnotationTag.key, AnnotationTag.value, func.count())
        .join(Annotation, and_(Annotation.id == AnnotationTag.annotation_id, Annotation.is_current))
        .join(Sample, Sample.id == Annotation.sample_id)
        .group_by(AnnotationTag.key, AnnotationTag.value)
    )
    if key is not None:
        counted = counted.where(AnnotationTag.key == key)
    return [(of, value, n) for of, value, n in session.execute(_shown(counted, filters))]


def _shown(rows: "Select[*Columns]", filters: Filters) -> "Select[*Columns]":
    """Only the photos that the filters let through."""
    rows = rows.where(Sample.erased_at.is_(None))
    rows = rows.where(Sample.retired_at.is_not(None) if filters.retired else Sample.retired_at.is_(None))
    if filters.faceless:
        rows = rows.where(*_faceless())
    for key in filters.keys:
        rows = rows.where(
            _tagged(AnnotationTag.key == key, AnnotationTag.value.in_(sorted(filters.values(key))))
        )
    for word in filters.words:
        text = AnnotationTag.key + ":" + AnnotationTag.value
        rows = rows.where(
            or_(Sample.name.icontains(word, autoescape=True), _tagged(text.icontains(word, autoescape=True)))
        )
    return rows


def _tagged(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of a tag with these conditions. Not as EXISTS for each photo: SQLite then looks through all of the key."""
    return Sample.id.in_(
        select(Annotation.sample_id)
        .join(AnnotationTag, AnnotationTag.annotation_id == Annotation.id)
        .where(Annotation.is_current, *conditions)
    )


def _faceless() -> Sequence[ColumnElement[bool]]:
    return Sample.prepared_at.is_not(None), Sample.landmarks_guess.is_(None)
