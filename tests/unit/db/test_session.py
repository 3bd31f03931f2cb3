from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from studio.db import session as db
from studio.db.accounts import Person
from studio.db.session import engine
from tests import factories

WRITERS, TIMES = 6, 15


def test_readers_that_turn_into_writers_lose_nothing_and_never_find_it_locked(
    database_url: str, session: Session
) -> None:
    person_id = factories.person(session).id
    session.commit()

    def count_up(_: int) -> None:
        for _ in range(TIMES):
            with db.session(database_url) as opened:
                read = select(Person.name).where(Person.id == person_id).with_for_update()
                seen = opened.scalars(read).one()
                number = int(seen) if seen.isdecimal() else 0
                opened.execute(update(Person).where(Person.id == person_id).values(name=str(number + 1)))
                opened.commit()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(count_up, range(WRITERS)))
    session.expire_all()
    assert session.get_one(Person, person_id).name == str(WRITERS * TIMES)


def test_a_page_reads_while_somebody_writes(database_url: str, session: Session) -> None:
    factories.person(session)
    session.commit()
    session.execute(update(Person).values(name="changed"))
    reading = engine(database_url).execution_options(reading=True)
    with Session(reading) as page:
        assert page.scalars(select(Person.name)).all() == ["Mina"]
    session.rollback()


def test_what_was_not_committed_is_gone(database_url: str, session: Session) -> None:
    with db.session(database_url) as opened:
        factories.person(opened)
    assert session.scalars(select(Person.id)).all() == []


def test_a_process_has_one_engine_for_a_database(database_url: str) -> None:
    assert engine(database_url) is engine(database_url)


def test_a_database_that_is_not_there_is_an_error_and_not_a_new_file(tmp_path: Path) -> None:
    with pytest.raises(OperationalError), db.session(f"sqlite:///{tmp_path / 'no/studio.db'}") as opened:
        opened.scalars(select(Person.id)).all()
