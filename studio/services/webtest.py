"""Web test: a person's own photo on any variants. It and what is made of it live in memory, and die on time."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from secrets import compare_digest, token_urlsafe

from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.versions import Variant, Version
from studio.errors import NotFound, Unavailable
from studio.gateways import photos
from studio.gateways.serving import Answer
from studio.gateways.vault import Vault
from studio.gateways.vault import vault as vault_of
from studio.services import infer
from studio.settings import settings

MAX_BYTES = photos.MAX_BYTES
SIDE = 2048  # pixels of the longer side at most: larger photos are made smaller
SECONDS = 15 * 60
PHOTOS = 12  # held at once, of all people
COLUMNS = 8


class Gone(NotFound):
    """It was forgotten, or it is somebody else's: nobody is told which."""


class Full(Unavailable):
    """As many photos are held as may be."""

    status = 429
    retry_s = 60


@dataclass(frozen=True)
class Held:
    """A photo in memory: its size in pixels, and when it is forgotten."""

    key: str
    width: int
    height: int
    ends_at: datetime


@dataclass(frozen=True)
class Asked:
    """Whose photo, and which."""

    owner: str
    key: str


@dataclass(frozen=True)
class Made:
    """What is known of a picture that a variant made: under which controls, and in how many ms."""

    controls: Mapping[str, str]
    ms: float

    @property
    def mark(self) -> str:
        """Differs where the controls do: the address of a picture that is asked for again."""
        return "-".join(self.controls.values())


def new_owner() -> str:
    """A name for one browser session: 128 random bits."""
    return token_urlsafe(16)


def hold(owner: str, data: bytes) -> str:
    """Hold a photo for its owner; returns its key.

    Raises:
        UnreadablePhoto: it is none, or too large.
        Full: too many are held.
        Unavailable: the memory does not answer, or writes to a disk.
    """
    png, width, height = photos.shrunk(data, SIDE)
    key = token_urlsafe(16)
    parts = {"owner": owner.encode(), "size": f"{width} {height}".encode(), "photo": png}
    if not _vault().put(_place(key), parts, SECONDS, PHOTOS):
        raise Full(
            f"{PHOTOS} photos are being tried already, and more do not fit into memory.",
            "Each is forgotten after 15 minutes. Try again in a moment.",
        )
    return key


def held(owner: str, key: str) -> Held:
    """The owner's photo.

    Raises:
        Gone: it is not held, or not by this owner.
    """
    (size,) = _get(owner, key, "size")
    width, height = map(int, (size or b"").split())
    ends_at = now() + timedelta(seconds=_vault().seconds(_place(key)))
    return Held(key, width, height, ends_at)


def photo(owner: str, key: str) -> bytes:
    """Its PNG.

    Raises:
        Gone: as `held`.
    """
    return _get(owner, key, "photo")[0] or b""


def picture(owner: str, key: str, variant_id: int) -> bytes:
    """The PNG that a variant made last.

    Raises:
        Gone: as `held`, or it made none.
    """
    (made,) = _get(owner, key, f"picture {variant_id}")
    if made is None:
        raise _gone()
    return made


def made(owner: str, key: str, variant_ids: list[int]) -> dict[int, Made]:
    """What is there already, by variant.

    Raises:
        Gone: as `held`.
    """
    found = _get(owner, key, *(f"facts {each}" for each in variant_ids)) if variant_ids else []
    return {each: Made(**json.loads(facts)) for each, facts in zip(variant_ids, found, strict=True) if facts}


def make(
    session: Session,
    person_id: int,
    asked: Asked,
    variant_id: int,
    controls: Mapping[str, str],
    *,
    again: bool = False,
) -> Made:
    """Ask one variant; what it made before is replaced. Controls that it does not have are left out.

    `again` tries also what could not be loaded.

    Raises:
        Gone: as `held`; also where it was forgotten meanwhile.
        StudioError: as `infer.answer`.
    """
    content = photo(asked.owner, asked.key)
    own = _own(session, variant_id, controls)
    answer = infer.answer(session, person_id, variant_id, own, content, again=again)
    facts = Made(dict(controls), answer.decode_ms + answer.model_ms + answer.encode_ms + answer.queue_ms)
    parts = {f"picture {variant_id}": answer.body, f"facts {variant_id}": json.dumps(asdict(facts)).encode()}
    if not _vault().add(_place(asked.key), parts):
        raise _gone()
    return facts


def once(
    session: Session, person_id: int, variant_id: int, controls: Mapping[str, str], data: bytes
) -> Answer:
    """What one variant makes of a photo, without holding either.

    Raises:
        UnreadablePhoto: it is none, or too large.
        StudioError: as `infer.answer`.
    """
    png, _width, _height = photos.shrunk(data, SIDE)
    return infer.answer(session, person_id, variant_id, _own(session, variant_id, controls), png)


def forget(owner: str, key: str) -> None:
    """Drop the photo and all that was made of it, now; what is not there needs nothing."""
    try:
        _get(owner, key, "size")
    except Gone:
        return
    _vault().forget(_place(key))


def _own(session: Session, variant_id: int, controls: Mapping[str, str]) -> dict[str, str]:
    variant = session.get(Variant, variant_id)
    manifest = session.get_one(Version, variant.version_id).manifest if variant else {}
    return {name: value for name, value in controls.items() if name in manifest.get("attributes", {})}


def _get(owner: str, key: str, *names: str) -> list[bytes | None]:
    theirs, *found = _vault().get(_place(key), "owner", *names)
    if theirs is None or not compare_digest(theirs, owner.encode()):
        raise _gone()
    return found


def _gone() -> Gone:
    return Gone("This photo is not in memory any more.", "Choose it again.")


def _place(key: str) -> str:
    return f"webtest {key}"


def _vault() -> Vault:
    return vault_of(settings().redis_url)
