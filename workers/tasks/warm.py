"""Warm: make true again what SQL says is loaded, and keep its memory in sight. Beat asks for it; it is no step."""

import structlog
from sqlalchemy import select

from studio.db.endpoints import Deployment
from studio.db.versions import Variant
from studio.domain.vocabulary import DeploymentState, VariantState
from studio.errors import StudioError
from studio.services import endpoints
from workers import context

log = structlog.get_logger()

HALFWAY = (DeploymentState.LOADED, DeploymentState.UNLOADING)  # a worker may have died while it unloaded


def warm() -> None:
    """One look; what is loaded costs two questions an archive, a server that is away waits for the next look."""
    here = context.endpoint()
    with context.session() as session:
        known = session.execute(
            select(Variant, Deployment.state)
            .join(Deployment, Deployment.archive_sha == Variant.archive_sha)
            .where(
                Deployment.endpoint_id == here.id,
                Deployment.state.in_(HALFWAY),
                Variant.state == VariantState.READY,
            )
            .order_by(Deployment.last_used_at.desc())  # what was used last comes back first
        ).all()
    try:
        for variant, state in known:
            _look(here.id, variant, state)
        context.make_room(here)
    except StudioError as error:
        log.warning("not warm", error=error.message)


def _look(endpoint_id: int, variant: Variant, state: DeploymentState) -> None:
    assert variant.archive_sha is not None  # noqa: S101 a deployed variant has one
    name = variant.archive_sha[:12]
    if state is DeploymentState.UNLOADING:
        context.unload(context.endpoint(), variant.archive_sha)
    elif context.serving().loaded(name):
        if rss := context.serving().memory(name):
            with context.session() as session:
                endpoints.measured(session, endpoint_id, variant.archive_sha, rss)
    else:
        context.load(variant)
        log.info("loaded again", archive=name)
