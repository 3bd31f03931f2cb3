"""What the variants gave: controls, takes, outputs and the numbers of one output."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, Sha, now, word
from studio.domain.vocabulary import OutputState

SHARED_TAKE = 0


class Controls(Base):
    """Everything chosen at run time, as canonical JSON."""

    __tablename__ = "controls"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha: Mapped[str] = mapped_column(Sha, unique=True)
    body: Mapped[dict[str, Any]]


class Take(Base):
    """0 is shared and reusable; a night, an A/A measurement or "run again" gets its own."""

    __tablename__ = "take"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    note: Mapped[str] = mapped_column(default="")


class Output(Base):
    __tablename__ = "output"
    __table_args__ = (
        UniqueConstraint("variant_id", "annotation_id", "controls_id", "take_id"),
        Index(None, "variant_id", "inputs_sha", "controls_id"),
        Index(None, "blob_sha"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"))
    controls_id: Mapped[int] = mapped_column(ForeignKey("controls.id"))
    take_id: Mapped[int] = mapped_column(ForeignKey("take.id"))
    inputs_sha: Mapped[str] = mapped_column(Sha)
    state: Mapped[OutputState] = mapped_column(word(OutputState, "state"))
    blob_sha: Mapped[str | None] = mapped_column(Sha)
    size: Mapped[int | None] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    changed: Mapped[float | None]  # share of pixels that visibly differ from the input, 0…1
    compute_ms: Mapped[float | None]
    queue_ms: Mapped[float | None]
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("endpoint.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    error_code: Mapped[str] = mapped_column(default="")
    error_text: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


def of_cell(column: Any, annotation_id: Any, output: type[Output] = Output) -> ColumnElement[bool]:
    """The condition that an output is the one of this column and annotation: at most one is.

    `column`: whatever has variant_id, controls_id and take_id, a table or a plain object.
    """
    return and_(
        output.variant_id == column.variant_id,
        output.annotation_id == annotation_id,
        output.controls_id == column.controls_id,
        output.take_id == column.take_id,
    )


class CellValue(Base):
    """A number of one output. `against_output` is null where the metric speaks of the input or the target."""

    __tablename__ = "cell_value"
    __table_args__ = (
        Index(
            "uq_cell_value_own",
            "output_id",
            "metric",
            unique=True,
            sqlite_where=text("against_output_id IS NULL"),
            postgresql_where=text("against_output_id IS NULL"),
        ),
        Index(
            "uq_cell_value_against",
            "output_id",
            "metric",
            "against_output_id",
            unique=True,
            sqlite_where=text("against_output_id IS NOT NULL"),
            postgresql_where=text("against_output_id IS NOT NULL"),
        ),
        Index(
            "ix_cell_value_against",  # all that was held against a picture: what "changed most" sorts by
            "against_output_id",
            "metric",
            "output_id",
            "value",
            sqlite_where=text("against_output_id IS NOT NULL"),
            postgresql_where=text("against_output_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    output_id: Mapped[int] = mapped_column(ForeignKey("output.id"))
    metric: Mapped[str]
    against_output_id: Mapped[int | None] = mapped_column(ForeignKey("output.id"))
    value: Mapped[float]
