"""What a task needs of the world, made once a process and only when it is first asked for."""

import os
import time
from contextlib import AbstractContextManager
from functools import lru_cache

import structlog
from sqlalchemy.orm import Session

from studio.db import session as db
from studio.db.endpoints import Endpoint
from studio.db.versions import Variant
from studio.domain.vocabulary import DeploymentState
from studio.errors import StudioError
from studio.gateways.storage import Storage
from studio.services import endpoints
from studio.settings import settings
from workers.serving.base import Serving
from workers.serving.torchserve import TorchServe

log = structlog.get_logger()


def session() -> AbstractContextManager[Session]:
    """A database session of this process; Celery forks, and a child must not share its parent's connection."""
    return _session_of(os.getpid())


def storage() -> Storage:
    return Storage(settings().objects)


@lru_cache(maxsize=1)
def serving() -> Serving:
    return TorchServe(settings().inference_address, settings().management_address)


def endpoint() -> Endpoint:
    with session() as opened:
        return endpoints.local(opened, settings().inference_address, settings().management_address)


def use(variant: Variant) -> None:
    """Have an archive on the endpoint for work that begins now."""
    assert variant.archive_sha is not None  # noqa: S101 a built variant has one
    with session() as opened:
        loaded = endpoints.use(opened, variant.archive_sha)
    if not loaded:
        load(variant)


def load(variant: Variant) -> None:
    """Have an archive on the endpoint and remember it; others leave where memory is short. Loaded already is fine."""
    assert variant.archive_sha is not None  # noqa: S101 a built variant has one
    here, name, sha = endpoint(), variant.archive_sha[:12], variant.archive_sha
    make_room(here, sha)
    try:
        fresh, begun = not serving().loaded(name), time.monotonic()
        serving().deploy(name, settings().archives / f"{name}.mar")
        rss = serving().memory(name)
        facts: dict[str, float] = {"rss": rss} if rss else {}  # a worker that has just started says 0
        if fresh:
            facts["load_seconds"] = round(time.monotonic() - begun, 2)
    except StudioError as error:
        with session() as opened:
            endpoints.not_loaded(opened, here.id, sha, error)
        raise
    with session() as opened:
        endpoints.note(opened, here.id, sha, DeploymentState.LOADED, **facts)
    make_room(here)


def unload(here: Endpoint, archive_sha: str) -> None:
    """Take an archive from the endpoint; not loaded is fine."""
    serving().undeploy(archive_sha[:12])
    with session() as opened:
        endpoints.note(opened, here.id, archive_sha, DeploymentState.UNLOADED)


def make_room(here: Endpoint, archive_sha: str = "") -> None:
    """Unload what must go for an archive that comes, or what is over the budget."""
    with session() as opened:
        going = endpoints.make_room(opened, here.id, archive_sha)
    for each in going:
        log.info("unloaded for room", archive=each[:12])
        unload(here, each)


_pid = os.getpid()


def _session_of(pid: int) -> AbstractContextManager[Session]:
    global _pid  # noqa: PLW0603 one number, to see that we were forked
    if pid != _pid:
        db.engine.cache_clear()
        serving.cache_clear()
        _pid = pid
    return db.session(settings().database_url)
