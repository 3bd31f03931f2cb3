"""People and the record of what they changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, now, word
from studio.domain.vocabulary import Role


class Person(Base):
    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(word(Role, "role"))
    locale: Mapped[str] = mapped_column(default="en")
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]  # null: cannot sign in, as the robot of the embedded profile


class Audit(Base):
    """Append only; written in the transaction of the change it records."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "noun", "noun_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    verb: Mapped[str]
    noun: Mapped[str]
    noun_id: Mapped[int]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
