"""The shared library: photos come in once, are named and described, retired and brought back."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.domain.annotation import Point
from studio.domain.tags import Tag
from studio.domain.vocabulary import SampleKind, TagOrigin
from studio.errors import NotFound, StudioError
from studio.gateways import photos
from studio.gateways.photos import Normal
from studio.gateways.storage import Storage
from studio.services import accounts

LONGEST_NAME = 120
NO_COLOUR = ("colour", "none")


@dataclass(frozen=True)
class Photo:
    """A photo as it comes in."""

    name: str
    data: bytes
    source: str = ""
    licence: str = ""
    tags: Collection[Tag] = ()
    hair_mask: bytes | None = None  # PNG of the photo's size
    consent: str = ""
    consent_until: date | None = None


@dataclass(frozen=True)
class About:
    """Where a photo comes from and what it may be used for."""

    source: str = ""
    licence: str = ""
    consent: str = ""
    consent_until: date | None = None

    def plain(self) -> dict[str, Any]:
        """As the audit writes it."""
        return asdict(self) | {"consent_until": self.consent_until and self.consent_until.isoformat()}


def about(sample: Sample) -> About:
    return About(sample.source, sample.licence, sample.consent, sample.consent_until)


def add_photo(session: Session, storage: Storage, person_id: int, photo: Photo) -> Sample:
    """Keep a photo; the same pixels a second time are the same sample.

    Raises:
        UnreadablePhoto: the bytes are no photo, or one over the limits.
    """
    return keep(session, storage, person_id, photo, photos.normalise(photo.data))


def keep(session: Session, storage: Storage, person_id: int, photo: Photo, normal: Normal) -> Sample:
    """As `add_photo`, for a photo that is decoded already."""
    mask_sha = storage.put(photo.hair_mask, durable=True) if photo.hair_mask else None
    sha = storage.put(normal.png, durable=True)  # the file before the row: a row never points at nothing
    if known := of_content(session, sha):
        return known
    sample = Sample(
        kind=SampleKind.PHOTO,
        content_sha=sha,
        name=_name(photo.name),
        width=normal.width,
        height=normal.height,
        phash=normal.phash,
        source=photo.source,
        licence=photo.licence,
        consent=photo.consent,
        consent_until=photo.consent_until,
    )
    session.add(sample)
    try:
        session.flush()
    except IntegrityError:  # somebody else adds it at this moment: the constraint decides
        session.rollback()
        return session.scalars(_alive(sha)).one()
    annotation = Annotation(sample_id=sample.id, no=1, is_current=True, hair_mask_sha=mask_sha, by=person_id)
    session.add(annotation)
    session.flush()
    _tag(session, annotation.id, photo.tags, normal)
    accounts.record(session, person_id, "add", ("sample", sample.id), after={"sha": sha, "name": sample.name})
    session.commit()
    return sample


def of_content(session: Session, sha: str) -> Sample | None:
    """The sample that has this content and is not erased."""
    return session.scalar(_alive(sha))


def rename(session: Session, person_id: int, sample_id: int, name: str) -> bool:
    """Give a photo another name, which need not be unique; whether it changed.

    Raises:
        NotFound: it is not in the library.
        StudioError: the name is empty.
    """
    sample, name = _get(session, sample_id), _name(name)
    if name == sample.name:
        return False
    accounts.record(
        session,
        person_id,
        "rename",
        ("sample", sample_id),
        before={"name": sample.name},
        after={"name": name},
    )
    sample.name = name
    session.commit()
    return True


def describe(session: Session, person_id: int, sample_id: int, new: About) -> bool:
    """Write source, licence and consent of a photo; whether anything changed.

    Raises:
        NotFound: it is not in the library.
    """
    sample = _get(session, sample_id)
    before = about(sample)
    if before == new:
        return False
    for field, value in vars(new).items():
        setattr(sample, field, value)
    noun = ("sample", sample_id)
    accounts.record(session, person_id, "describe", noun, before=before.plain(), after=new.plain())
    session.commit()
    return True


def retire(session: Session, person_id: int, sample_ids: Sequence[int], *, back: bool = False) -> int:
    """Take photos out of the wall, or bring them back; sets and outputs keep them. Returns how many changed."""
    chosen = select(Sample).where(Sample.id.in_(set(sample_ids)), Sample.erased_at.is_(None))
    chosen = chosen.where(Sample.retired_at.is_not(None) if back else Sample.retired_at.is_(None))
    found = session.scalars(chosen).all()
    for sample in found:
        sample.retired_at = None if back else now()
        accounts.record(session, person_id, "restore" if back else "retire", ("sample", sample.id))
    session.commit()
    return len(found)


def prepared(session: Session, sample_id: int, guess: Sequence[Point] | None) -> None:
    """Note that a worker has seen a photo, and where it guesses the landmarks; None: no face."""
    sample = session.get_one(Sample, sample_id)
    sample.landmarks_guess = [list(point) for point in guess] if guess else None
    sample.prepared_at = now()
    session.commit()


def _alive(sha: str) -> Select[Sample]:
    return select(Sample).where(Sample.content_sha == sha, Sample.erased_at.is_(None))


def _get(session: Session, sample_id: int) -> Sample:
    sample = session.get(Sample, sample_id)
    if sample is None or sample.erased_at is not None:
        raise NotFound("The photo is not in the library.", "Reload the page and choose again.")
    return sample


def _name(text: str) -> str:
    """One line without control characters.

    Raises:
        StudioError: nothing is left.
    """
    name = " ".join("".join(each if each.isprintable() else " " for each in text).split())[:LONGEST_NAME]
    if not name:
        raise StudioError("A photo needs a name.", "Write at least one letter.")
    return name


def _tag(session: Session, annotation_id: int, given: Collection[Tag], normal: Normal) -> None:
    origins = {NO_COLOUR: TagOrigin.RULE} if normal.grey else {}
    for key, value in sorted({*given, *origins}):
        origin = TagOrigin.PERSON if (key, value) in given else TagOrigin.RULE
        session.add(AnnotationTag(annotation_id=annotation_id, key=key, value=value, origin=origin))
