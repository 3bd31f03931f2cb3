"""Product lines, their versions, and the variants that are served."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, Sha, now, word
from studio.domain.vocabulary import Lane, ParentKind, Precision, VariantState, VersionState


class Group(Base):
    __tablename__ = "model_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    lane: Mapped[Lane] = mapped_column(word(Lane, "lane"))
    brief: Mapped[str] = mapped_column(default="")
    gates: Mapped[list[Any] | None]
    compare_revision_id: Mapped[int | None] = mapped_column(ForeignKey("set_revision.id"))
    calibrate_revision_id: Mapped[int | None] = mapped_column(ForeignKey("set_revision.id"))
    reference_revision_id: Mapped[int | None] = mapped_column(ForeignKey("set_revision.id"))
    night_revision_id: Mapped[int | None] = mapped_column(ForeignKey("set_revision.id"))
    mlflow_experiment: Mapped[str]


class Version(Base):
    """Weights, manifest and parameters never change; the rest does, with audit."""

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("group_id", "name"),
        UniqueConstraint("group_id", "checkpoint_sha", "manifest_sha"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("model_group.id"))
    name: Mapped[str]
    checkpoint_sha: Mapped[str] = mapped_column(Sha)
    checkpoint_name: Mapped[str]
    checkpoint_bytes: Mapped[int] = mapped_column(BigInteger)
    family: Mapped[str]
    manifest: Mapped[dict[str, Any]]
    manifest_sha: Mapped[str] = mapped_column(Sha)
    params: Mapped[dict[str, Any]]
    card: Mapped[dict[str, Any]]
    notes: Mapped[str] = mapped_column(default="")
    state: Mapped[VersionState] = mapped_column(word(VersionState, "state"))
    parent_a: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    parent_b: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    parent_kind: Mapped[ParentKind] = mapped_column(word(ParentKind, "parent_kind"))
    candidate_at: Mapped[datetime | None]  # the newest one of a group is what its desk opens with
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Champion(Base):
    """The approved version a group ships; earlier rows are its history."""

    __tablename__ = "champion"
    __table_args__ = (
        Index(
            "uq_champion_group_id_now",
            "group_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("model_group.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    since: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime | None]
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]


class Variant(Base):
    """A version at one precision and recipe; its archive is named by its hash."""

    __tablename__ = "variant"
    __table_args__ = (UniqueConstraint("version_id", "precision", "recipe_sha"), Index(None, "archive_sha"))

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    precision: Mapped[Precision] = mapped_column(word(Precision, "precision"))
    backend: Mapped[str]
    recipe: Mapped[dict[str, Any]]
    recipe_sha: Mapped[str] = mapped_column(Sha)
    archive_sha: Mapped[str | None] = mapped_column(Sha)
    archive_bytes: Mapped[int | None] = mapped_column(BigInteger)
    parity: Mapped[dict[str, Any] | None]
    state: Mapped[VariantState] = mapped_column(word(VariantState, "state"))
