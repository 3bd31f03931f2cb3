"""What a planner opens: columns × the samples of one revision."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, now, public_id


class Comparison(Base):
    __tablename__ = "comparison"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    group_id: Mapped[int] = mapped_column(ForeignKey("model_group.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("set_revision.id"))
    name: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    frozen_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]


class ComparisonColumn(Base):
    __tablename__ = "comparison_column"

    comparison_id: Mapped[int] = mapped_column(ForeignKey("comparison.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    controls_id: Mapped[int] = mapped_column(ForeignKey("controls.id"))
    take_id: Mapped[int] = mapped_column(ForeignKey("take.id"))
