"""When nights begin by themselves: a row in SQL, from which the scheduler's entry is rebuilt."""

import re
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.nights import Night, Schedule
from studio.db.versions import Champion
from studio.domain.pipeline import SCHEDULED
from studio.errors import StudioError
from studio.services import accounts, nights
from studio.settings import settings

NIGHTS = "nights"
GRACE = timedelta(minutes=10)  # a night that began so late was not missed
DAILY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* \*")


class NoTime(StudioError):
    """What was given is no time of day."""


def current(session: Session) -> Schedule | None:
    """The row of the nights; None until somebody set it."""
    return session.scalar(select(Schedule).where(Schedule.name == NIGHTS))


def put(session: Session, person_id: int, time: str, *, enabled: bool) -> Schedule:
    """Let nights begin every day at `time` ("02:00", in the studio's time zone), or no more.

    Raises:
        NoTime: `time` is none.
    """
    crontab = _crontab(time)
    found = current(session)
    before = {"crontab": found.crontab, "enabled": found.enabled} if found else None
    if found is None:
        found = Schedule(name=NIGHTS, crontab=crontab, enabled=enabled, by=person_id)
        session.add(found)
    found.crontab, found.enabled, found.by, found.at = crontab, enabled, person_id, now()
    session.flush()
    after = {"crontab": crontab, "enabled": enabled}
    accounts.record(session, person_id, "set", ("schedule", found.id), before=before, after=after)
    session.commit()
    return found


def time_of(row: Schedule | None) -> str:
    """Its time of day, "02:00"."""
    hours, minutes = _clock(row.crontab if row else SCHEDULED[NIGHTS])
    return f"{hours:02}:{minutes:02}"


def next_at(row: Schedule, moment: datetime) -> datetime:
    """When the next night begins."""
    today = _today(row, moment)
    return today if today > moment else today + timedelta(days=1)


def missed(session: Session, moment: datetime) -> datetime | None:
    """When the last night should have begun, if none did: the studio was off. None: all is well."""
    row = current(session)
    if row is None or not row.enabled:
        return None
    due = next_at(row, moment) - timedelta(days=1)
    if due < row.at or moment < due + GRACE:
        return None
    begun = select(Night.id).where(Night.date == due.date(), Night.no == nights.SCHEDULED)
    wanted = select(Champion.id).where(Champion.until.is_(None), Champion.since < due)
    if session.scalar(begun.limit(1)) is not None or session.scalar(wanted.limit(1)) is None:
        return None
    return due


def _today(row: Schedule, moment: datetime) -> datetime:
    hours, minutes = _clock(row.crontab)
    local = moment.astimezone(settings().zone)
    return local.replace(hour=hours, minute=minutes, second=0, microsecond=0)


def _crontab(time: str) -> str:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", time.strip())
    if found is None:
        raise NoTime(f"“{time}” is no time of day.", "Give hours and minutes, for example 02:00.")
    return f"{int(found[2])} {int(found[1])} * * *"


def _clock(crontab: str) -> tuple[int, int]:
    found = DAILY.fullmatch(crontab)
    if found is None:
        raise NoTime(f"The schedule “{crontab}” is no daily one.", "Set it again on the page of the nights.")
    return int(found[2]), int(found[1])
