"""Nightly runs over champions and candidates, and when they start by themselves."""

from datetime import date as day
from datetime import datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, now, public_id, word
from studio.domain.vocabulary import NightState


class Night(Base):
    """One group's night. `no` counts the nights of a date: 0 is the scheduled one, so it cannot start twice."""

    __tablename__ = "night"
    __table_args__ = (UniqueConstraint("group_id", "date", "no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    group_id: Mapped[int] = mapped_column(ForeignKey("model_group.id"))
    date: Mapped[day] = mapped_column(Date)
    no: Mapped[int]
    comparison_id: Mapped[int | None] = mapped_column(ForeignKey("comparison.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    state: Mapped[NightState] = mapped_column(word(NightState, "state"))
    report: Mapped[dict[str, Any] | None]
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Schedule(Base):
    """When work starts by itself; the scheduler's entries are rebuilt from these rows."""

    __tablename__ = "schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    crontab: Mapped[str]
    enabled: Mapped[bool]
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)
