"""Who asks: the person at this machine, or one who signed in; and the record of what people did.

As long as no admin has a password, everybody on loopback is the local admin, and the pages answer loopback only.
"""

import hashlib
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit, Person
from studio.db.session import upsert
from studio.domain.vocabulary import Role

LOCAL = "local"

# argon2id with the least that OWASP's Password Storage Cheat Sheet asks for: 19 MiB, 2 passes, 1 thread.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@dataclass(frozen=True)
class Who:
    """Whoever asks for a page. `locale` is empty where the browser decides."""

    id: int
    login: str
    name: str
    role: Role
    locale: str


def local_person(session: Session) -> Person:
    """Whoever sits at this machine; made at the first question. The pages listen on loopback only."""
    person = session.scalar(select(Person).where(Person.login == LOCAL))
    if person is None:  # the first page asks several questions at the same moment
        session.commit()  # on SQLite a read that turns into a write may fail at once
        made = upsert(session, Person).values(login=LOCAL, name="This machine", role=Role.ADMIN, locale="")
        session.execute(made.on_conflict_do_nothing(index_elements=["login"]))
        session.commit()
        person = session.scalars(select(Person).where(Person.login == LOCAL)).one()
    return person


def secured(session: Session) -> bool:
    """Whether an admin can sign in; from then on everybody must."""
    admin = (Person.role == Role.ADMIN, Person.active, Person.password_hash.is_not(None))
    return bool(session.scalar(select(exists().where(*admin))))


def sign_in(session: Session, login: str, password: str) -> Person | None:
    """The person of this login, if the password is right; it takes as long if there is no such person."""
    person = session.scalar(select(Person).where(Person.login == login.strip().lower(), Person.active))
    kept = person.password_hash if person else None
    session.rollback()  # hashing takes long; nobody waits for our transaction
    try:
        HASHER.verify(kept or _nobody(), password)
    except VerificationError:
        return None
    return person if kept else None


def stamp(person: Person) -> str:
    """What a session keeps of the password: a new password ends all sessions that were begun with the old one."""
    return hashlib.sha256((person.password_hash or "").encode()).hexdigest()[:24]


def of_session(session: Session, person_id: object, kept: object) -> Who | None:
    """The person of a session that was begun with `stamp`; None if it ended meanwhile."""
    person = session.get(Person, person_id) if isinstance(person_id, int) else None
    if person is None or not person.active or person.password_hash is None:
        return None
    return _who(person) if secrets.compare_digest(stamp(person), str(kept)) else None


def at_this_machine(session: Session) -> Who:
    """The local admin."""
    return _who(local_person(session))


def _who(person: Person) -> Who:
    return Who(person.id, person.login, person.name, person.role, person.locale)


@lru_cache(maxsize=1)
def _nobody() -> str:
    """The hash of a password that nobody knows."""
    return HASHER.hash(secrets.token_hex())


def record(
    session: Session,
    person_id: int,
    verb: str,
    of: tuple[str, int],
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add an audit row to the caller's transaction. `of` is the noun and the number of its row."""
    noun, noun_id = of
    session.add(Audit(person_id=person_id, verb=verb, noun=noun, noun_id=noun_id, before=before, after=after))
