"""The shared library: samples, what is known of them, and immutable revisions of sets."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, Sha, now, word
from studio.domain.vocabulary import Purpose, SampleKind, TagOrigin


class Sample(Base):
    __tablename__ = "sample"
    __table_args__ = (
        Index(
            "uq_sample_content_sha_alive",
            "content_sha",
            unique=True,
            sqlite_where=text("erased_at IS NULL"),
            postgresql_where=text("erased_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SampleKind] = mapped_column(word(SampleKind, "kind"))
    content_sha: Mapped[str] = mapped_column(Sha)
    name: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    phash: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    licence: Mapped[str] = mapped_column(default="")
    consent: Mapped[str] = mapped_column(default="")
    consent_until: Mapped[date | None]
    landmarks_guess: Mapped[list[Any] | None]  # what a worker saw; a person's clicks go to the annotation
    prepared_at: Mapped[datetime | None]  # null: thumbnails and guess are still to be made
    retired_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Annotation(Base):
    """What is known of a sample; an edit makes the next one."""

    __tablename__ = "annotation"
    __table_args__ = (
        UniqueConstraint("sample_id", "no"),
        Index(
            "uq_annotation_sample_id_current",
            "sample_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("sample.id"))
    no: Mapped[int]
    is_current: Mapped[bool]
    landmarks: Mapped[list[Any] | None]
    hair_mask_sha: Mapped[str | None] = mapped_column(Sha)
    eye_mask_sha: Mapped[str | None] = mapped_column(Sha)
    target_sha: Mapped[str | None] = mapped_column(Sha)
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class AnnotationTag(Base):
    __tablename__ = "annotation_tag"
    __table_args__ = (Index(None, "key", "value"),)

    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[TagOrigin] = mapped_column(word(TagOrigin, "origin"))


class SetRevision(Base):
    """An immutable, ordered list of annotated samples. Everything measured points at one."""

    __tablename__ = "set_revision"
    __table_args__ = (UniqueConstraint("slug", "no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str] = mapped_column(default="", server_default="")  # the same on every revision of a slug
    no: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(word(Purpose, "purpose"))
    n: Mapped[int]
    content_sha: Mapped[str] = mapped_column(Sha)
    retired_at: Mapped[datetime | None]  # the same on every revision of a slug
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class RevisionItem(Base):
    __tablename__ = "revision_item"
    __table_args__ = (UniqueConstraint("revision_id", "sample_id"),)

    revision_id: Mapped[int] = mapped_column(ForeignKey("set_revision.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("sample.id"))
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"))
