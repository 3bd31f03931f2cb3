"""Nights and the schedule that starts them."""

from datetime import date

from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.nights import Night, Schedule
from studio.domain.vocabulary import NightState


def night(
    session: Session, shown: Comparison, state: NightState = NightState.OK, *, on: date, no: int = 0
) -> Night:
    row = Night(group_id=shown.group_id, date=on, no=no, comparison_id=shown.id, state=state)
    session.add(row)
    session.flush()
    return row


def schedule(session: Session, by: int, crontab: str = "0 2 * * *") -> Schedule:
    row = Schedule(name="nights", crontab=crontab, enabled=True, by=by)
    session.add(row)
    session.flush()
    return row
