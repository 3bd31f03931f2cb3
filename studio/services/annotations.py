"""What is known of photos: nothing is overwritten, every edit makes the next annotation."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.domain.annotation import LANDMARKS, PARTS, Change, Known, Point
from studio.errors import NotFound, StudioError, UnreadablePhoto
from studio.gateways import masks, photos
from studio.gateways.storage import BlobDamaged, Storage
from studio.queries import annotations as reading
from studio.services import accounts
from studio.settings import settings

LEAST_APART = 4.0  # pixels between the eyes; less is a double click

CLEARED: dict[str, Change] = {
    "hair_mask": lambda known: replace(known, hair_mask_sha=None),
    "target": lambda known: replace(known, target_sha=None),
    "landmarks": lambda known: replace(known, landmarks=None, eye_mask_sha=None),
}


def revise(session: Session, person_id: int, sample_ids: Sequence[int], change: Change) -> int:
    """Give each sample its next annotation; one that the change leaves as it is keeps the current one.

    Returns:
        How many annotations were made. The transaction is committed.

    Raises:
        NotFound: a photo is not in the library, and then none is changed.
    """
    current = _current(session, sample_ids)
    before = reading.known(session, current)
    after = {row.id: change(before[row.id]) for row in current}
    changed = [row for row in current if after[row.id] != before[row.id]]
    session.execute(
        update(Annotation).where(Annotation.id.in_([row.id for row in changed])).values(is_current=False)
    )
    made = [(_next(row, after[row.id], person_id), after[row.id].tags) for row in changed]
    session.add_all([annotation for annotation, _ in made])
    session.flush()
    for annotation, kept in made:
        for (key, value), origin in kept.items():
            session.add(AnnotationTag(annotation_id=annotation.id, key=key, value=value, origin=origin))
    for row in changed:
        _record(session, person_id, row.sample_id, before[row.id], after[row.id])
    session.commit()
    return len(made)


def set_hair_mask(session: Session, person_id: int, sample_id: int, data: bytes) -> None:
    """Keep a hair mask: any picture, white on hair and black elsewhere.

    Raises:
        NotFound: the photo is not in the library.
        UnreadablePhoto: it is no mask of this photo.
    """
    sha = _storage().put(masks.hair(data, *_size(session, sample_id)), durable=True)
    revise(session, person_id, [sample_id], lambda known: replace(known, hair_mask_sha=sha))


def set_target(session: Session, person_id: int, sample_id: int, data: bytes) -> None:
    """Keep the picture that a generator should come to, of the photo's own size.

    Raises:
        NotFound: the photo is not in the library.
        UnreadablePhoto: it is no picture, or one of another size.
    """
    size = _size(session, sample_id)
    target = photos.normalise(data)
    if (target.width, target.height) != size:
        raise UnreadablePhoto(
            f"The target is {target.width} × {target.height} pixels, the photo {size[0]} × {size[1]}.",
            "Export the target at the size of the photo.",
        )
    sha = _storage().put(target.png, durable=True)
    revise(session, person_id, [sample_id], lambda known: replace(known, target_sha=sha))


def set_landmarks(session: Session, person_id: int, sample_id: int, points: Sequence[Point]) -> None:
    """Keep five points, in the order of `LANDMARKS`, and the eye mask that is drawn from them.

    Raises:
        NotFound: the photo is not in the library.
        StudioError: not five, one outside the photo, or the eyes too near to each other.
    """
    width, height = _size(session, sample_id)
    if len(points) != len(LANDMARKS):
        raise StudioError(
            "A face has five points: two eyes, the nose, two corners of the mouth.", "Set all five."
        )
    if not all(0 <= x <= width and 0 <= y <= height for x, y in points):
        raise StudioError("A point lies outside the photo.", "Set it again.")
    if math.dist(points[0], points[1]) < LEAST_APART:
        raise StudioError("The two eyes lie on one point.", "Set the left eye and the right eye apart.")
    placed = tuple((round(x, 1), round(y, 1)) for x, y in points)
    sha = _storage().put(masks.eyes(placed[0], placed[1], width, height), durable=True)
    revise(session, person_id, [sample_id], lambda known: replace(known, landmarks=placed, eye_mask_sha=sha))


def clear(session: Session, person_id: int, sample_id: int, part: str) -> None:
    """Take one of `CLEARED` away.

    Raises:
        NotFound: the photo is not in the library.
    """
    revise(session, person_id, [sample_id], CLEARED[part])


def file(session: Session, sample_id: int, no: int, part: str) -> Path:
    """Where a mask or the target of an annotation lies; `part` is its column.

    Raises:
        NotFound: there is none.
        BlobDamaged: the file is gone.
    """
    path = _storage().path(reading.file_sha(session, sample_id, no, part))
    if not path.is_file():
        raise BlobDamaged("The file of this picture is gone.", "Add it again.")
    return path


def _storage() -> Storage:
    return Storage(settings().objects)


def _size(session: Session, sample_id: int) -> tuple[int, int]:
    """Width and height. Ends the transaction: decoding takes its time, and on SQLite nobody else could write."""
    sample = session.get(Sample, sample_id)
    session.commit()
    if sample is None or sample.erased_at is not None:
        raise NotFound("The photo is not in the library.", "Reload the page and choose again.")
    return sample.width, sample.height


def _current(session: Session, sample_ids: Sequence[int]) -> list[Annotation]:
    """The current annotations of these samples, whose rows are held until the end of the transaction.

    Holding the sample and not the annotation: a second editor waits, and then reads the newest one.
    """
    wanted = set(sample_ids)
    held = session.scalars(
        select(Sample.id)
        .where(Sample.id.in_(wanted), Sample.erased_at.is_(None))
        .order_by(Sample.id)
        .with_for_update(key_share=True)
    ).all()
    if len(held) != len(wanted):
        session.rollback()
        raise NotFound("A photo is not in the library.", "Reload the page and choose again.")
    current = select(Annotation).where(Annotation.sample_id.in_(wanted), Annotation.is_current)
    return list(session.scalars(current.execution_options(populate_existing=True)))


def _next(row: Annotation, known: Known, person_id: int) -> Annotation:
    return Annotation(
        sample_id=row.sample_id,
        no=row.no + 1,
        is_current=True,
        landmarks=[list(point) for point in known.landmarks] if known.landmarks else None,
        hair_mask_sha=known.hair_mask_sha,
        eye_mask_sha=known.eye_mask_sha,
        target_sha=known.target_sha,
        by=person_id,
    )


def _record(session: Session, person_id: int, sample_id: int, before: Known, after: Known) -> None:
    differing = [name for name in PARTS if before.part(name) != after.part(name)]
    accounts.record(
        session,
        person_id,
        "annotate",
        ("sample", sample_id),
        before={name: before.part(name) for name in differing},
        after={name: after.part(name) for name in differing},
    )
