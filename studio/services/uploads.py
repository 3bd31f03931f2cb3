"""A photo that a person brings by the browser: kept, here already, or so like another that the person decides."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from studio.db.samples import Sample
from studio.domain.likeness import Misfit, misfit
from studio.errors import UnreadablePhoto
from studio.gateways import photos
from studio.gateways.storage import Storage
from studio.queries import samples as library
from studio.queries.samples import Alike
from studio.services import samples
from studio.services.samples import Photo
from studio.settings import settings

MAX_BYTES = photos.MAX_BYTES


@dataclass(frozen=True)
class Arrival:
    """What became of one file: exactly one of `kept`, `known` and `like` says it, or `error`."""

    name: str
    kept: Sample | None = None
    known: Sample | None = None
    like: tuple[Alike, ...] = ()
    misfit: Misfit | None = None
    grey: bool = False
    error: UnreadablePhoto | None = None


def receive(session: Session, person_id: int, name: str, data: bytes, *, keep_near: bool = False) -> Arrival:
    """Keep a photo unless it is here already, or is nearly another one and nobody said `keep_near`.

    Bytes that are no photo are an Arrival with `error`: one bad file of many stops none of the others.
    """
    name = PurePosixPath(name.replace("\\", "/")).stem.strip() or "photo"
    session.commit()  # decoding takes its time, and on SQLite a started transaction is the only writer
    try:
        normal = photos.normalise(data)
    except UnreadablePhoto as error:
        return Arrival(name, error=error)
    storage = Storage(settings().objects)
    if known := samples.of_content(session, normal.sha):
        return Arrival(name, known=known)
    alike = library.alike(session, normal.phash)
    frames = library.frames(session)
    session.commit()
    if alike and not keep_near:
        return Arrival(name, like=alike)
    kept = samples.keep(session, storage, person_id, Photo(name, b""), normal)
    return Arrival(name, kept=kept, misfit=misfit(normal.width, normal.height, frames), grey=normal.grey)
