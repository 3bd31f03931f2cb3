"""Everybody of the studio, for the page of the admins and the terminal."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit, Person
from studio.domain.vocabulary import Role


@dataclass(frozen=True)
class Entry:
    """A person. `password`: whether they can sign in; `changed_at`: when they last changed anything."""

    login: str
    name: str
    role: Role
    active: bool
    password: bool
    changed_at: datetime | None


def listing(session: Session) -> list[Entry]:
    """Those who are active first, then by name."""
    last = select(func.max(Audit.at)).where(Audit.person_id == Person.id).scalar_subquery()
    rows = session.execute(select(Person, last).order_by(Person.active.desc(), func.lower(Person.name)))
    return [
        Entry(each.login, each.name, each.role, each.active, each.password_hash is not None, at)
        for each, at in rows
    ]
