"""People of the studio: added, given a role and a password, and let go; each change is on record."""

import re

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.accounts import Person
from studio.domain.vocabulary import Role
from studio.errors import Conflict, NotFound, StudioError
from studio.services import accounts

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
SHORTEST, LONGEST = 10, 200  # of a password; a longer one would only keep the processor busy


class BadPassword(StudioError):
    """The password is too short, too long, or the login itself."""


class BadLogin(StudioError):
    """The login cannot be typed in an address."""


def add(session: Session, person_id: int, login: str, role: Role, name: str = "") -> Person:
    """Add a person, who cannot sign in until a password is set.

    Raises:
        BadLogin: it has other signs than small letters, digits and . _ @ -
        Conflict: somebody has it already.
    """
    login = login.strip().lower()
    if LOGIN.fullmatch(login) is None:
        raise BadLogin(f"“{login}” cannot be a login.", "Take 2 to 64 of: a-z 0-9 . _ @ -")
    person = Person(login=login, name=name.strip() or login, role=role, locale="")
    session.add(person)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict(f"There is a person {login} already.", "Choose another login.") from None
    accounts.record(session, person_id, "add", ("person", person.id), after=_facts(person))
    session.commit()
    return person


def find(session: Session, login: str) -> Person:
    """The person of this login.

    Raises:
        NotFound: there is none.
    """
    person = session.scalar(select(Person).where(Person.login == login.strip().lower()))
    if person is None:
        raise NotFound(f"There is no person {login}.", "Add one with: studio people add LOGIN --role planner")
    return person


def set_password(session: Session, person_id: int, person: Person, password: str) -> None:
    """Give a person a password; every session that was begun with the old one ends.

    Raises:
        BadPassword: it is too short, too long, or the login.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadPassword(
            f"A password has {SHORTEST} to {LONGEST} signs.", "Several words are easiest to keep."
        )
    if password.strip().lower() == person.login:
        raise BadPassword("The login is no password.", "Several words are easiest to keep.")
    person.password_hash = accounts.HASHER.hash(password)
    accounts.record(session, person_id, "set password", ("person", person.id))
    session.commit()


def change_password(session: Session, person: Person, old: str, new: str) -> None:
    """A person's own change.

    Raises:
        BadPassword: the old one is wrong, or the new one not good enough.
    """
    if accounts.sign_in(session, person.login, old) is None:
        raise BadPassword("That is not your password.", "Type the one you signed in with.")
    set_password(session, person.id, person, new)


def edit(session: Session, person_id: int, person: Person, *, role: Role, active: bool) -> None:
    """Change what a person may do, or let them go: their sessions end, what they made stays.

    Raises:
        Conflict: no admin would be left: nobody who can sign in, nor the one at this machine.
    """
    before = _facts(person)
    ruled = accounts.secured(session) or person.login == accounts.LOCAL
    person.role, person.active = role, active
    session.flush()
    goes = role is not Role.ADMIN or not active
    if ruled and goes and not accounts.secured(session):
        session.rollback()
        raise Conflict("This is the last admin.", "Make somebody else an admin with a password first.")
    accounts.record(session, person_id, "edit", ("person", person.id), before=before, after=_facts(person))
    session.commit()


def set_locale(session: Session, person: Person, locale: str) -> None:
    """The language of a person's pages; empty: as the browser says."""
    person.locale = locale
    accounts.record(session, person.id, "set language", ("person", person.id), after={"locale": locale})
    session.commit()


def _facts(person: Person) -> dict[str, object]:
    return {"login": person.login, "role": person.role.value, "active": person.active}
