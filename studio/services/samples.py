"""The shared library: photos come in once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.domain.vocabulary import SampleKind, TagOrigin
from studio.gateways import photos
from studio.gateways.storage import Storage
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
    data, width, height, phash = photos.normalise(photo.data)
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
