"""The picture files the pages show: only what a sample or an output refers to, never a path from outside."""

import secrets
from pathlib import Path

from sqlalchemy.orm import Session

from studio.errors import NotFound
from studio.gateways import photos
from studio.gateways.storage import BlobDamaged, Storage
from studio.queries import pictures
from studio.settings import settings

THUMBNAIL_SIDE = 384  # pixels of the longer side
SIDES = (192, THUMBNAIL_SIDE)  # a tile of the wall, and the same on a screen of twice the density


def full(session: Session, sha: str) -> Path:
    """The stored PNG.

    Raises:
        NotFound: no sample and no output has this content.
        BlobDamaged: a row refers to it, but the file is gone.
    """
    if not pictures.known(session, sha):
        raise NotFound("There is no such picture.", "It may have been erased.")
    path = Storage(settings().objects).path(sha)
    if not path.is_file():
        raise BlobDamaged("The file of this picture is gone.", "Add the photo again, or run again.")
    return path


def thumbnail(session: Session, sha: str, side: int = THUMBNAIL_SIDE) -> Path:
    """A small WebP of it, at most `side` pixels long; made at the first question and kept.

    Raises:
        NotFound: as `full`, or thumbnails of this size are not kept.
    """
    if side not in SIDES:
        raise NotFound("There is no picture of this size.", "Thumbnails have 192 or 384 pixels.")
    return _small(full(session, sha), sha, side)


def prepare(storage: Storage, sha: str) -> None:
    """Make all thumbnails of a stored picture; those that are there stay.

    Raises:
        BlobDamaged: the file is gone.
    """
    path = storage.path(sha)
    if not path.is_file():
        raise BlobDamaged("The file of this picture is gone.", "Add the photo again.")
    for side in SIDES:
        _small(path, sha, side)


def _small(source: Path, sha: str, side: int) -> Path:
    final = settings().root / "thumbs" / sha[:2] / f"{sha}.{side}.webp"
    if not final.exists():
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_suffix(f".{secrets.token_hex(8)}")
        part.write_bytes(photos.thumbnail(source.read_bytes(), side))
        part.rename(final)
    return final
