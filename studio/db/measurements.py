"""Numbers of a column. MLflow is the record of published rows; they may be emptied and read again."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, Sha
from studio.db.outputs import SHARED_TAKE

_NAMING = ("variant_id", "revision_id", "controls_id", "take_id", "slice", "metric", "fingerprint_sha")


class Measurement(Base):
    __tablename__ = "measurement"
    __table_args__ = (
        Index(
            "uq_measurement_own",
            *_NAMING,
            unique=True,
            sqlite_where=text("against_variant_id IS NULL"),
            postgresql_where=text("against_variant_id IS NULL"),
        ),
        Index(
            "uq_measurement_against",
            *_NAMING,
            "against_variant_id",
            unique=True,
            sqlite_where=text("against_variant_id IS NOT NULL"),
            postgresql_where=text("against_variant_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("set_revision.id"))
    controls_id: Mapped[int] = mapped_column(ForeignKey("controls.id"))
    take_id: Mapped[int] = mapped_column(ForeignKey("take.id"), default=SHARED_TAKE)
    against_variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id"))
    slice: Mapped[str] = mapped_column(default="")  # '' = all samples, else one tag
    metric: Mapped[str]
    value: Mapped[float]
    low: Mapped[float | None]
    high: Mapped[float | None]
    n: Mapped[int | None]
    fingerprint: Mapped[dict[str, Any]]
    fingerprint_sha: Mapped[str] = mapped_column(Sha)
    mlflow_run_id: Mapped[str | None]
    published_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
