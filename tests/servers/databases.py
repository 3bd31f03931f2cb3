"""Databases for tests: migrated once a session, copied for each test, on SQLite and on PostgreSQL."""

import shutil
import tempfile
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from studio.db.base import Base
from studio.db.session import engine
from studio.settings import settings
from tests.servers.postgres import Postgres, postgres_server

HOME = Path(__file__).parents[2]
KINDS = ("sqlite", "postgresql")


class Databases:
    """New databases of either kind; PostgreSQL starts when the first one is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._migrated: dict[str, str] = {}

    @cached_property
    def _postgres(self) -> Postgres:
        return self._open.enter_context(postgres_server())

    def empty(self, kind: str, folder: Path) -> str:
        """URL of a new database without tables."""
        if kind == "sqlite":
            return f"sqlite:///{folder / 'studio.db'}"
        return self._postgres.url(self._postgres.fresh())

    def migrated(self, kind: str, folder: Path) -> str:
        """URL of a new database with all tables; its only row is take 0."""
        if kind not in self._migrated:
            self._migrated[kind] = self.empty(kind, self._folder)
            migrate(self._migrated[kind])
        template = make_url(self._migrated[kind]).database
        assert template is not None
        if kind == "sqlite":
            shutil.copy(template, folder / "studio.db")
            return f"sqlite:///{folder / 'studio.db'}"
        return self._postgres.url(self._postgres.fresh(template))

    def drop(self, url: str) -> None:
        database = make_url(url)
        if database.get_backend_name() == "postgresql":
            assert database.database is not None
            self._postgres.drop(database.database)

    def close(self) -> None:
        self._open.close()


def empty(url: str) -> None:
    """Delete all rows but take 0, which the first migration made."""
    with engine(url).begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            all_but = " WHERE id <> 0" if table.name == "take" else ""
            connection.exec_driver_sql(f"DELETE FROM {table.name}{all_but}")


def alembic(url: str, verb: str, *args: str) -> None:
    """`alembic <verb>` on this database, by the same env.py and settings as `studio up`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_DATABASE", url)
        patch.setenv("STUDIO_VAR", tempfile.gettempdir())  # it only wants to find the folder there
        settings.cache_clear()
        getattr(command, verb)(Config(toml_file=HOME / "pyproject.toml"), *args)
    settings.cache_clear()


def migrate(url: str, target: str = "head") -> None:
    alembic(url, "downgrade" if target == "base" else "upgrade", target)
