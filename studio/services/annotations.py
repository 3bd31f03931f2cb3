"""What is known of photos: nothing is overwritten, every edit makes the next annotation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.domain import tags
from studio.domain.tags import Tag
from studio.domain.vocabulary import TagOrigin
from studio.errors import NotFound
from studio.services import accounts

Point = tuple[float, float]  # x, y in pixels of the upright photo


@dataclass(frozen=True)
class Known:
    """All that an annotation says of its photo."""

    landmarks: tuple[Point, ...] | None = None
    hair_mask_sha: str | None = None
    eye_mask_sha: str | None = None
    target_sha: str | None = None
    tags: dict[Tag, TagOrigin] = field(default_factory=dict)

    def part(self, name: str) -> Any:
        """A part as the audit writes it: plain JSON."""
        return tags.write(self.tags) if name == "tags" else getattr(self, name)


PARTS = ("landmarks", "hair_mask_sha", "eye_mask_sha", "target_sha", "tags")

Change = Callable[[Known], Known]


def tagged(add: Iterable[Tag] = (), remove: Iterable[Tag] = ()) -> Change:
    """The change that adds some tags and takes others away; who set a tag first stays its origin."""
    added, removed = dict.fromkeys(add, TagOrigin.PERSON), set(remove)

    def change(known: Known) -> Known:
        kept = {tag: origin for tag, origin in (added | known.tags).items() if tag not in removed}
        return replace(known, tags=kept)

    return change


def revise(session: Session, person_id: int, sample_ids: Sequence[int], change: Change) -> int:
    """Give each sample its next annotation; one that the change leaves as it is keeps the current one.

    Returns:
        How many annotations were made. The transaction is committed.

    Raises:
        NotFound: a photo is not in the library, and then none is changed.
    """
    current = _current(session, sample_ids)
    before = _known(session, current)
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


def _known(session: Session, rows: Sequence[Annotation]) -> dict[int, Known]:
    """What these annotations say, by their number."""
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
