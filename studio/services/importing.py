"""A folder of photos comes into the library; a second time only what changed is changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy.orm import Session

from studio.db.samples import Sample
from studio.domain.annotation import Change, Known
from studio.domain.tags import Tag
from studio.domain.vocabulary import TagOrigin
from studio.errors import StudioError, UnreadablePhoto
from studio.gateways import masks, photos
from studio.gateways.folders import BadRow, Entry
from studio.gateways.storage import Storage
from studio.queries import samples as library
from studio.services import annotations, samples
from studio.services.samples import Photo


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    TWICE = "twice"  # the same picture as an earlier file of the folder
    REFUSED = "refused"


@dataclass(frozen=True)
class Imported:
    """What became of one file; `note` is a sentence where there is something to say."""

    name: str
    outcome: Outcome
    sample: int | None = None
    note: str = ""


def bring(
    session: Session, storage: Storage, person_id: int, entries: Iterable[Entry | BadRow]
) -> Iterator[Imported]:
    """Import one after the other; a bad file costs itself only."""
    seen: dict[int, str] = {}
    for entry in entries:
        session.commit()  # decoding takes its time, and on SQLite a started transaction is the only writer
        try:
            if isinstance(entry, BadRow):
                raise entry
            found = _one(session, storage, person_id, entry, seen)
        except StudioError as error:
            found = Imported(entry.name, Outcome.REFUSED, None, f"{error.message} {error.hint}".strip())
        except OSError as error:
            found = Imported(entry.name, Outcome.REFUSED, None, f"The file cannot be read: {error.strerror}.")
        if found.sample is not None:
            seen.setdefault(found.sample, found.name)
        yield found


def _one(session: Session, storage: Storage, person_id: int, entry: Entry, seen: dict[int, str]) -> Imported:
    if entry.file.stat().st_size > photos.MAX_BYTES:
        raise UnreadablePhoto(
            f"The file is larger than {photos.MAX_BYTES >> 20} MB.", "Make it smaller first."
        )
    normal = photos.normalise(entry.file.read_bytes())
    mask = masks.hair(entry.mask.read_bytes(), normal.width, normal.height) if entry.mask else None
    known = samples.of_content(session, normal.sha)
    if known is None:
        like = library.alike(session, normal.phash)
        session.commit()
        photo = Photo(
            entry.name, b"", entry.source or "", entry.licence or "", entry.tags or (), mask,
            entry.consent or "", entry.consent_until,
        )  # fmt: skip
        kept = samples.keep(session, storage, person_id, photo, normal)
        note = f"It looks like “{like[0].name}”; both are kept." if like else ""
        return Imported(entry.name, Outcome.ADDED, kept.id, note)
    if known.id in seen:
        return Imported(entry.name, Outcome.TWICE, known.id, f"It is the same picture as “{seen[known.id]}”.")
    changed = _update(session, storage, person_id, known, entry, mask)
    return Imported(entry.name, Outcome.CHANGED if changed else Outcome.UNCHANGED, known.id)


def _update(
    session: Session, storage: Storage, person_id: int, known: Sample, entry: Entry, mask: bytes | None
) -> bool:
    """Write what the manifest says and the library does not; what the manifest leaves out stays."""
    said = {
        field: value
        for field in ("source", "licence", "consent", "consent_until")
        if (value := getattr(entry, field)) is not None
    }
    described = samples.describe(session, person_id, known.id, replace(samples.about(known), **said))
    renamed = samples.rename(session, person_id, known.id, entry.name)
    mask_sha = storage.put(mask, durable=True) if mask else None
    annotated = annotations.revise(session, person_id, [known.id], _said(entry.tags, mask_sha))
    return described or renamed or annotated > 0


def _said(listed: frozenset[Tag] | None, mask_sha: str | None) -> Change:
    """The change to what a manifest says: of the keys that it names, exactly its values."""

    def change(known: Known) -> Known:
        new = listed or frozenset()
        keys = {key for key, _ in new}
        others = {tag: origin for tag, origin in known.tags.items() if tag[0] not in keys or tag in new}
        return replace(
            known,
            tags=dict.fromkeys(new, TagOrigin.PERSON) | others,
            hair_mask_sha=mask_sha or known.hair_mask_sha,
        )

    return change
