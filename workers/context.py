"""What a task needs of the world, made once a process and only when it is first asked for."""

import os
from contextlib import AbstractContextManager
from functools import lru_cache

from sqlalchemy.orm import Session

from studio.db import session as db
from studio.db.versions import Variant
from studio.domain.vocabulary import DeploymentState
from studio.errors import StudioError
from studio.gateways.storage import Storage
from studio.services import endpoints
from studio.settings import settings
from workers.serving.base import Serving
from workers.serving.torchserve import TorchServe


def session() -> AbstractContextManager[Session]:
    """A database session of this process; Celery forks, and a child must not share its parent's connection."""
    return _session_of(os.getpid())


def storage() -> Storage:
    return Storage(settings().objects)


@lru_cache(maxsize=1)
def serving() -> Serving:
    return TorchServe(settings().inference_address, settings().management_address)


def load(variant: Variant) -> None:
    """Have an archive on the endpoint and remember it; loaded already is fine."""
    assert variant.archive_sha is not None  # noqa: S101 a built variant has one
    name = variant.archive_sha[:12]
    with session() as opened:
        endpoint = endpoints.local(opened, settings().inference_address, settings().management_address)
    try:
        serving().deploy(name, settings().archives / f"{name}.mar")
    except StudioError as error:
        if error.permanent:
            with session() as opened:
                endpoints.note(
                    opened, endpoint.id, variant.archive_sha, DeploymentState.FAILED, error=error.message
                )
        raise
    with session() as opened:
        endpoints.note(
            opened,
            endpoint.id,
            variant.archive_sha,
            DeploymentState.LOADED,
            rss=serving().memory(name),
        )


_pid = os.getpid()


def _session_of(pid: int) -> AbstractContextManager[Session]:
    global _pid  # noqa: PLW0603 one number, to see that we were forked
    if pid != _pid:
        db.engine.cache_clear()
        serving.cache_clear()
        _pid = pid
    return db.session(settings().database_url)
