"""People, and the record of what they did."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit, Person
from studio.db.session import upsert
from studio.domain.vocabulary import Role

LOCAL = "local"


def local_person(session: Session) -> Person:
    """Whoever sits at this machine; made at the first question. The pages listen on loopback only."""
    person = session.scalar(select(Person).where(Person.login == LOCAL))
    if person is None:  # the first page asks several questions at the same moment
        session.commit()  # on SQLite a read that turns into a write may fail at once
        made = upsert(session, Person).values(login=LOCAL, name="This machine", role=Role.ADMIN)
        session.execute(made.on_conflict_do_nothing(index_elements=["login"]))
        session.commit()
        person = session.scalars(select(Person).where(Person.login == LOCAL)).one()
    return person


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
