"""Sweep: delete stored files that nothing refers to. Beat asks for it; it is no step."""

import structlog

from studio.services import leftovers
from workers import context

log = structlog.get_logger()


def sweep() -> None:
    """One look at all of them."""
    with context.session() as session:
        gone = leftovers.sweep(session, context.storage())
    if gone:
        log.info("swept", files=gone)
