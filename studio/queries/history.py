"""What happened to a version: every recorded change, newest first, with who did it, when and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit, Person


@dataclass(frozen=True)
class Event:
    """One recorded change; `verb` as services write it."""

    at: datetime
    person: str
    verb: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def history(session: Session, noun: str, noun_id: int) -> tuple[Event, ...]:
    """In one statement."""
    rows = session.execute(
        select(Audit, Person.name)
        .join(Person, Person.id == Audit.person_id)
        .where(Audit.noun == noun, Audit.noun_id == noun_id)
        .order_by(Audit.id.desc())
    )
    return tuple(Event(row.at, person, row.verb, row.before or {}, row.after or {}) for row, person in rows)
