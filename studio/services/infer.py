"""Ask an endpoint for one picture now, because somebody waits for it. The only way from pages and API to the models."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy.orm import Session

from studio.db.versions import Variant
from studio.domain.vocabulary import VariantState
from studio.errors import NotFound, StudioError, Unavailable
from studio.gateways.serving import Answer, Inference, ModelMissing
from studio.gateways.vault import vault
from studio.services import endpoints
from studio.services.endpoints import Standing
from studio.settings import settings

AT_ONCE = 4  # a person's question waits behind three others at most
PATIENCE_S = 10.0
HELD_S = 60  # how long a killed process keeps its place


class TooMany(Unavailable):
    """As many are asking as may at once."""

    status = 429
    retry_s = 1


class NotLoaded(Unavailable):
    """It is being loaded now; `seconds` is what that took the last time."""

    retry_s = 1

    def __init__(self, standing: Standing) -> None:
        super().__init__("The version is being loaded.", "Ask again in a few seconds.")
        self.seconds = standing.seconds


class CannotLoad(StudioError):
    """The endpoint tried to load it and could not."""

    status = 503


def answer(
    session: Session,
    person_id: int,
    variant_id: int,
    controls: Mapping[str, object],
    photo: bytes,
    *,
    again: bool = False,
) -> Answer:
    """What a variant makes of a photo (PNG, JPEG or WebP); nothing of it is kept.

    One that could not be loaded is tried again only if somebody says so: pages ask every second.

    Raises:
        NotFound: no variant with this number can be asked.
        NotLoaded: it is being loaded from now on.
        CannotLoad: that failed.
        TooMany: too many are asking at once.
        EndpointRefused: the model cannot use the photo or the controls.
        Unavailable: the endpoint does not answer.
    """
    variant = session.get(Variant, variant_id)
    if variant is None or variant.state is not VariantState.READY or variant.archive_sha is None:
        raise NotFound("There is no such version to ask.", "Choose another one.")
    sha = variant.archive_sha
    _loaded(session, person_id, sha, again=again)
    session.commit()  # the answer may take seconds, and a transaction would keep others waiting
    with vault(settings().redis_url).turn("infer", AT_ONCE, HELD_S) as mine:
        if not mine:
            raise TooMany("Others are asking now.", "It is your turn in a moment.")
        try:
            return _inference(settings().inference_address).infer(sha[:12], photo, controls)
        except ModelMissing:  # the server restarted, and SQL does not know it yet
            endpoints.load(session, person_id, sha)
            raise NotLoaded(endpoints.standing(session, sha)) from None


def _loaded(session: Session, person_id: int, sha: str, *, again: bool) -> None:
    """Return if the archive can be asked now."""
    known = endpoints.standing(session, sha)
    session.commit()
    if known.error and not again:
        raise CannotLoad("The version could not be loaded.", known.error)
    standing = endpoints.want(session, person_id, sha)
    if not standing.loaded:
        raise NotLoaded(standing)


@lru_cache(maxsize=1)
def _inference(address: str) -> Inference:
    return Inference(address, PATIENCE_S)
