"""Alembic's entry: the database of the settings, or the connection a test hands in."""

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import studio.db  # noqa: F401 the import makes all tables known
from studio.db.base import Base, Utc
from studio.db.session import open_engine
from studio.settings import settings


def _render(kind: str, item: object, autogen: AutogenContext) -> str | bool:
    """Migrations must run for ever, so they never name our own types."""
    del autogen
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Utc) else False


def _migrate(connection: Connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_render,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        if on_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"rows without their parent after the migration: {broken[:5]}")


def run() -> None:
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    url = settings().database_url
    if url.startswith("sqlite"):
        settings().root.mkdir(parents=True, exist_ok=True)
    engine = open_engine(url)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # A batch migration rebuilds tables; with foreign keys on, dropping the old one would delete rows.
            # The pragma is ignored inside a transaction, so it comes first, on the driver's own connection.
            raw = connection.connection.driver_connection
            assert raw is not None  # noqa: S101 an open connection has one
            raw.execute("PRAGMA foreign_keys=OFF")
        _migrate(connection)
        connection.commit()
    engine.dispose()


run()
