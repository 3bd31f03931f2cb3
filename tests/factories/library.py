"""People, photos and sets."""

import hashlib
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Person
from studio.db.base import now
from studio.db.samples import Annotation, AnnotationTag, RevisionItem, Sample, SetRevision
from studio.domain.vocabulary import Purpose, Role, SampleKind, TagOrigin
from tests.factories.rows import added, number


def sha(of: object) -> str:
    return hashlib.sha256(str(of).encode()).hexdigest()


def png(seed: int = 0, width: int = 64, height: int = 64) -> bytes:
    """A small photo of noise; equal seeds give equal bytes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def mask(width: int = 64, height: int = 64) -> bytes:
    """A hair mask: the upper half."""
    drawn = Image.new("L", (width, height), 0)
    drawn.paste(255, (0, 0, width, height // 2))
    buffer = BytesIO()
    drawn.save(buffer, "PNG")
    return buffer.getvalue()


def person(session: Session, role: Role = Role.ADMIN) -> Person:
    found = Person(login=f"person-{number()}", name="Mina", role=role)
    return added(session, found)


def sample(session: Session, *, tags: Sequence[tuple[str, str]] = (), erased: bool = False) -> Sample:
    """A photo that the library knows, without its file."""
    serial = number()
    found = added(
        session,
        Sample(
            kind=SampleKind.PHOTO,
            content_sha=sha(f"photo {serial}"),
            name=f"photo {serial}",
            width=64,
            height=64,
            erased_at=now() if erased else None,
        ),
    )
    known = added(session, Annotation(sample_id=found.id, no=1, is_current=True, by=person(session).id))
    for key, value in tags:
        session.add(AnnotationTag(annotation_id=known.id, key=key, value=value, origin=TagOrigin.PERSON))
    return found


def annotate(session: Session, known: Sample) -> Annotation:
    """The next annotation of a sample."""
    current = session.scalars(
        select(Annotation).where(Annotation.sample_id == known.id, Annotation.is_current)
    ).one()
    current.is_current = False
    session.flush()
    return added(
        session, Annotation(sample_id=known.id, no=current.no + 1, is_current=True, by=person(session).id)
    )


def revision(
    session: Session, photos: int | Sequence[Sample] = 3, *, purpose: Purpose = Purpose.COMPARE
) -> SetRevision:
    """A set of so many new photos, or of these."""
    members = [sample(session) for _ in range(photos)] if isinstance(photos, int) else photos
    serial = number()
    found = added(
        session,
        SetRevision(
            slug=f"set-{serial}",
            no=1,
            purpose=purpose,
            n=len(members),
            content_sha=sha(f"set {serial}"),
            by=person(session).id,
        ),
    )
    for position, member in enumerate(members):
        known = session.scalars(
            select(Annotation.id).where(Annotation.sample_id == member.id, Annotation.is_current)
        ).one()
        session.add(
            RevisionItem(revision_id=found.id, position=position, sample_id=member.id, annotation_id=known)
        )
    return found
