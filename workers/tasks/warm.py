"""Warm: load again what SQL says is loaded and a restarted TorchServe forgot. Beat asks for it; it is no step."""

import structlog
from sqlalchemy import select

from studio.db.endpoints import Deployment
from studio.db.versions import Variant
from studio.domain.vocabulary import DeploymentState, VariantState
from studio.errors import StudioError
from workers import context

log = structlog.get_logger()


def warm() -> None:
    """One look; what is loaded costs one question an archive, a server that is away waits for the next look."""
    with context.session() as session:
        wanted = session.scalars(
            select(Variant)
            .join(Deployment, Deployment.archive_sha == Variant.archive_sha)
            .where(Deployment.state == DeploymentState.LOADED, Variant.state == VariantState.READY)
        ).all()
    for variant in wanted:
        try:
            if variant.archive_sha and not context.serving().loaded(variant.archive_sha[:12]):
                context.load(variant)
                log.info("loaded again", archive=variant.archive_sha[:12])
        except StudioError as error:
            log.warning("not loaded", archive=variant.archive_sha, error=error.message)
            return
