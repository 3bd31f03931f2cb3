"""Nights: begin the night of every group that has a champion. The calendar asks for it; it is no step."""

from datetime import datetime

import structlog

from studio.services import health, nights, schedules
from studio.services.nights import Asked
from studio.settings import settings
from workers import context

log = structlog.get_logger()


def begin() -> None:
    """Once a date, however often it is asked: the night's row is unique."""
    asked = Asked(datetime.now(settings().zone).date(), scheduled=True)
    missing = health.missing(health.lamps())
    with context.session() as session:
        row = schedules.current(session)
        if row is None or not row.enabled:  # switched off since the message was sent
            return
        for group in nights.eligible(session):
            night = nights.begin(session, row.by, group, asked, missing)
            log.info("night", group=group.slug, date=str(asked.date), begun=night is not None)
