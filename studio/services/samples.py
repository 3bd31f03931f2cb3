"""The shared library: photos come in once, and sets get immutable revisions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, AnnotationTag, RevisionItem, Sample, SetRevision
from studio.domain.vocabulary import Purpose, SampleKind, TagOrigin
from studio.errors import Conflict, StudioError
from studio.gateways import photos
from studio.gateways.storage import BlobDamaged, Storage
from studio.services import accounts


@dataclass(frozen=True)
class Photo:
    """A photo as it comes in."""

    name: str
    data: bytes
    source: str = ""
    licence: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    hair_mask: bytes | None = None  # PNG of the photo's size


def add_photo(session: Session, storage: Storage, person_id: int, photo: Photo) -> Sample:
    """Keep a photo; the same pixels a second time are the same sample.

    Raises:
        UnreadablePhoto: the bytes are no photo, or one over the limits.
    """
    data, width, height = photos.normalise(photo.data)
    phash = photos.perceptual_hash(data)
    mask_sha = storage.put(photo.hair_mask, durable=True) if photo.hair_mask else None
    sha = storage.put(data, durable=True)  # the file before the row: a row never points at nothing
    alive = select(Sample).where(Sample.content_sha == sha, Sample.erased_at.is_(None))
    if known := session.scalar(alive):
        return known
    sample = Sample(
        kind=SampleKind.PHOTO,
        content_sha=sha,
        name=photo.name,
        width=width,
        height=height,
        phash=phash,
        source=photo.source,
        licence=photo.licence,
    )
    session.add(sample)
    try:
        session.flush()
    except IntegrityError:  # somebody else adds it at this moment: the constraint decides
        session.rollback()
        return session.scalars(alive).one()
    annotation = Annotation(sample_id=sample.id, no=1, is_current=True, hair_mask_sha=mask_sha, by=person_id)
    session.add(annotation)
    session.flush()
    for key, value in sorted(photo.tags.items()):
        session.add(AnnotationTag(annotation_id=annotation.id, key=key, value=value, origin=TagOrigin.PERSON))
    accounts.record(session, person_id, "add", ("sample", sample.id), after={"sha": sha, "name": photo.name})
    session.commit()
    return sample


def add_revision(
    session: Session, person_id: int, slug: str, purpose: Purpose, sample_ids: Sequence[int]
) -> SetRevision:
    """Freeze an ordered list of samples with what is known of them now.

    The same list as the newest revision is that revision.

    Raises:
        StudioError: no sample, one twice, or one that is not in the library.
        Conflict: somebody else froze another list at the same moment.
    """
    if not sample_ids or len(set(sample_ids)) != len(sample_ids):
        raise StudioError("A set needs at least one photo, and each only once.", "Remove the repeated ones.")
    current = {
        annotation.sample_id: annotation.id
        for annotation in session.scalars(
            select(Annotation).where(Annotation.is_current, Annotation.sample_id.in_(sample_ids))
        )
    }
    if len(current) != len(sample_ids):
        raise StudioError("A photo of the set is not in the library.", "Reload the page and choose again.")
    items = [(sample_id, current[sample_id]) for sample_id in sample_ids]
    sha = _content_sha(session, items)
    newest = session.scalar(
        select(SetRevision).where(SetRevision.slug == slug).order_by(SetRevision.no.desc()).limit(1)
    )
    if newest is not None and newest.content_sha == sha:
        return newest
    number = (session.scalar(select(func.max(SetRevision.no)).where(SetRevision.slug == slug)) or 0) + 1
    revision = SetRevision(slug=slug, no=number, purpose=purpose, n=len(items), content_sha=sha, by=person_id)
    session.add(revision)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict(
            f"Somebody else changed the set {slug} just now.", "Look at it, then save again."
        ) from None
    for position, (sample_id, annotation_id) in enumerate(items):
        session.add(
            RevisionItem(
                revision_id=revision.id, position=position, sample_id=sample_id, annotation_id=annotation_id
            )
        )
    accounts.record(session, person_id, "freeze", ("set_revision", revision.id), after={"sha": sha})
    session.commit()
    return revision


def revision_photos(session: Session, storage: Storage, revision_id: int) -> list[bytes]:
    """The photos of a revision in their order, as stored PNG bytes."""
    shas = session.scalars(
        select(Sample.content_sha)
        .join(RevisionItem, RevisionItem.sample_id == Sample.id)
        .where(RevisionItem.revision_id == revision_id)
        .order_by(RevisionItem.position)
    ).all()
    return [storage.get(sha) for sha in shas]


def smallest_photo(session: Session, storage: Storage, revision_id: int) -> bytes:
    """The photo of a revision with the fewest pixels, the first of equals: what latency is measured on.

    A damaged file is passed over: one bad photo costs its cell, not the numbers of all.

    Raises:
        BlobDamaged: no photo of the revision can be read.
    """
    shas = session.scalars(
        select(Sample.content_sha)
        .join(RevisionItem, RevisionItem.sample_id == Sample.id)
        .where(RevisionItem.revision_id == revision_id)
        .order_by(Sample.width * Sample.height, RevisionItem.position)
    )
    for sha in shas:
        with suppress(BlobDamaged):
            return storage.get(sha)
    raise BlobDamaged("No photo of the set can be read.", "Add the photos again.")


def _content_sha(session: Session, items: Sequence[tuple[int, int]]) -> str:
    """Hash of the photos and masks in order, so that two databases agree on what a revision is."""
    rows = {
        annotation_id: facts
        for annotation_id, *facts in session.execute(
            select(
                Annotation.id,
                Sample.content_sha,
                Annotation.hair_mask_sha,
                Annotation.eye_mask_sha,
                Annotation.target_sha,
            )
            .join(Sample, Sample.id == Annotation.sample_id)
            .where(Annotation.id.in_([annotation_id for _, annotation_id in items]))
        )
    }
    ordered = [rows[annotation_id] for _, annotation_id in items]
    return hashlib.sha256(json.dumps(ordered).encode()).hexdigest()
