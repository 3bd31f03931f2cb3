"""What all tables share: names of constraints, UTC times, words from a closed list, JSON that is never filtered."""

import secrets
import string
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, Enum, MetaData, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

LETTERS = string.ascii_letters + string.digits
# %(column_0_N_name)s: with column_0_name two unique keys of one table get equal names, which PostgreSQL refuses.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Sha = String(64)
Json = JSON(none_as_null=True)


class Utc(TypeDecorator[datetime]):
    """A point in time, always with its zone; SQLite has no type for that and forgets it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Utc, dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012 SQLAlchemy's own form


def word(kind: type[StrEnum], column: str) -> Enum:
    """A closed list as text with a CHECK: readable in SQL, and a new word needs no new type."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=column,
        length=24,
        values_callable=lambda words: [w.value for w in words],
    )


def check(condition: str, name: str) -> CheckConstraint:
    return CheckConstraint(condition, name=name)


def now() -> datetime:
    return datetime.now(UTC)


def public_id() -> str:
    """130 random bits in letters and digits: an address that tells nothing and cannot be guessed.

    Without "-": a terminal would take an id that begins with it for an option.
    """
    return "".join(secrets.choice(LETTERS) for _ in range(22))
