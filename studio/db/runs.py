"""Work: SQL is the queue. A step is claimed, beaten and closed by its token; no column holds a wall-clock lease."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, Sha, now, public_id, word
from studio.domain.vocabulary import RunKind, RunState, StepState


class Run(Base):
    __tablename__ = "run"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    kind: Mapped[RunKind] = mapped_column(word(RunKind, "kind"))
    args: Mapped[dict[str, Any]]
    comparison_id: Mapped[int | None] = mapped_column(ForeignKey("comparison.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("model_group.id"))
    state: Mapped[RunState] = mapped_column(word(RunState, "state"))
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    cancel_at: Mapped[datetime | None]


class Step(Base):
    __tablename__ = "step"
    __table_args__ = (UniqueConstraint("run_id", "name", "subject"), Index(None, "state", "not_before"))

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    name: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    state: Mapped[StepState] = mapped_column(word(StepState, "state"), default=StepState.PENDING)
    token: Mapped[int] = mapped_column(default=0)
    beat: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    owner: Mapped[str] = mapped_column(default="")  # host:pid:start time of the process that claimed it
    not_before: Mapped[datetime] = mapped_column(default=now)
    permanent: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(default="")
    hint: Mapped[str] = mapped_column(default="")
    log_sha: Mapped[str | None] = mapped_column(Sha)
    parts: Mapped[list[Any] | None]  # [name, seconds] of each part of the work, in their order
