import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.base import Base
from studio.db.outputs import SHARED_TAKE, Take
from studio.db.session import engine, open_engine
from tests import factories
from tests.servers.databases import HOME, KINDS, Databases, alembic, migrate

VERSIONS = sorted((HOME / "migrations/versions").glob("*.py"))
TABLES = sorted(Base.metadata.tables)

POSTGRES_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
POSTGRES_COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
"""


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    url = databases.empty(request.param, tmp_path)
    yield url
    engine(url).dispose()
    databases.drop(url)


def tables(url: str) -> list[str]:
    return sorted(set(inspect(engine(url)).get_table_names()) - {"alembic_version"})


def rows(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def definitions(connection: Connection) -> set[tuple[object, ...]]:
    """Every table, constraint and index as the database itself spells it."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {part for name, sql in found for part in _sqlite_parts(name, sql)}
    return {
        tuple(row)
        for statement in (
            POSTGRES_CONSTRAINTS,
            POSTGRES_COLUMNS,
            "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        )
        for row in connection.exec_driver_sql(statement)
        if "alembic_version" not in row[0]
    }


def _sqlite_parts(name: str, sql: str) -> set[tuple[object, ...]]:
    """The columns and constraints of a CREATE statement, in any order: a new column is appended behind them."""
    if name == "alembic_version":
        return set()
    spelled = re.sub(r"\s+", " ", sql.replace('"', ""))
    if not spelled.startswith("CREATE TABLE"):
        return {(name, spelled)}
    body = spelled[spelled.index("(") + 1 : spelled.rindex(")")]
    return {(name, part.strip()) for part in re.split(r",(?![^()]*\))", body)}


def test_the_migrations_make_the_tables_that_the_code_knows(empty_url: str) -> None:
    migrate(empty_url)
    assert tables(empty_url) == TABLES
    alembic(empty_url, "check")


def test_the_migrations_make_the_same_constraints_and_indexes_as_the_code(
    database_url: str, databases: Databases, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    plain = databases.empty(engine(database_url).dialect.name, tmp_path / "plain")
    Base.metadata.create_all(engine(plain))
    with engine(database_url).connect() as migrated, engine(plain).connect() as created:
        assert definitions(migrated) == definitions(created)
        assert len(definitions(migrated)) > 100
    engine(plain).dispose()
    databases.drop(plain)


def test_the_comparison_of_definitions_sees_a_lost_check_and_a_lost_condition(database_url: str) -> None:
    with open_engine(database_url).connect() as connection:
        before = definitions(connection)
        connection.exec_driver_sql("DROP INDEX uq_champion_group_id_now")
        connection.exec_driver_sql("CREATE UNIQUE INDEX uq_champion_group_id_now ON champion (group_id)")
        connection.exec_driver_sql("CREATE TABLE more (id INTEGER CONSTRAINT ck_more_id CHECK (id > 0))")
        lost = {part[0] for part in before ^ definitions(connection)}
        assert lost & {"champion", "uq_champion_group_id_now"}
        assert "more" in lost
        connection.rollback()


def test_a_filled_database_goes_down_and_up_again(database_url: str, session: Session) -> None:
    factories.everything(session)
    assert min(rows(session).values()) > 0, rows(session)
    session.close()
    migrate(database_url, "base")
    assert tables(database_url) == []
    migrate(database_url)
    assert tables(database_url) == TABLES
    with Session(engine(database_url)) as fresh:
        assert sum(rows(fresh).values()) == 1
        factories.everything(fresh)


@pytest.mark.parametrize("before", [file.stem[:4] for file in VERSIONS[:-1]])
def test_a_step_down_and_up_again_keeps_every_row_and_constraint_that_was_there_before(
    before: str, database_url: str, session: Session
) -> None:
    factories.everything(session)
    there = rows(session)
    session.close()
    with open_engine(database_url).connect() as connection:
        whole = definitions(connection)
    migrate(database_url, before)
    left = set(tables(database_url))
    migrate(database_url)
    with open_engine(database_url).connect() as connection:
        assert definitions(connection) == whole
    assert {table: n for table, n in rows(session).items() if table in left} == {
        table: n for table, n in there.items() if table in left
    }


def test_a_second_upgrade_leaves_the_rows_alone(database_url: str, session: Session) -> None:
    factories.everything(session)
    before = rows(session)
    session.close()
    migrate(database_url)
    assert rows(session) == before


def test_take_0_is_there_and_the_next_one_gets_a_number_of_its_own(session: Session) -> None:
    assert session.scalars(select(Take.id)).all() == [SHARED_TAKE]
    assert factories.take(session).id > SHARED_TAKE


def test_a_word_outside_its_list_is_refused_by_the_database(session: Session) -> None:
    factories.everything(session)
    with pytest.raises(IntegrityError, match="ck_step_state"):
        session.connection().exec_driver_sql("UPDATE step SET state = 'paused'")


def test_a_row_without_its_parent_is_refused_by_the_database(session: Session) -> None:
    factories.everything(session)
    with pytest.raises(IntegrityError):
        session.connection().exec_driver_sql("DELETE FROM variant")


@pytest.mark.parametrize("file", VERSIONS, ids=lambda file: file.stem)
def test_a_migration_imports_nothing_of_ours(file: Path) -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= {"alembic", "sqlalchemy"}


def test_the_noted_head_is_the_newest_migration() -> None:
    heads = ScriptDirectory.from_config(Config(toml_file=HOME / "pyproject.toml")).get_heads()
    assert [(HOME / "migrations/.current-head").read_text().strip()] == list(heads)
