"""Schedule: make the scheduler's calendar say what SQL says, and end nights that were stopped. It is no step."""

from celery import Celery, current_app
from celery.schedules import crontab
from redbeat.schedulers import RedBeatSchedulerEntry, ensure_conf

from studio.services import nights, schedules
from workers import context


def schedule() -> None:
    """One look, every few seconds and when the scheduler starts: Redis keeps nothing."""
    rebuild(current_app._get_current_object())  # noqa: SLF001 RedBeat wants the app itself
    with context.session() as session:
        nights.settle(session)


def rebuild(app: Celery) -> None:
    """Write, replace or remove the one entry; an entry that is right keeps when it was last due."""
    ensure_conf(app)  # RedBeat does so itself only in the scheduler's process
    with context.session() as session:
        row = schedules.current(session)
        wanted = crontab.from_string(row.crontab) if row and row.enabled else None
    held = _held(app)
    if held is not None and held.schedule != wanted:
        held.delete()
        held = None
    if held is None and wanted is not None:
        # A new entry counts as run just now: a studio that starts at noon does not begin its night at once.
        RedBeatSchedulerEntry(schedules.NIGHTS, schedules.NIGHTS, wanted, app=app).save()


def _held(app: Celery) -> RedBeatSchedulerEntry | None:
    try:
        return RedBeatSchedulerEntry.from_key(RedBeatSchedulerEntry.generate_key(app, schedules.NIGHTS), app)
    except KeyError:
        return None
