"""Serving hosts and what is loaded on them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studio.db.base import Base, Sha, word
from studio.domain.vocabulary import DeploymentState, EndpointKind


class Endpoint(Base):
    __tablename__ = "endpoint"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[EndpointKind] = mapped_column(word(EndpointKind, "kind"))
    inference_url: Mapped[str]
    management_url: Mapped[str]
    hardware: Mapped[dict[str, Any] | None]
    memory_budget: Mapped[int | None] = mapped_column(BigInteger)


class Deployment(Base):
    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("endpoint_id", "archive_sha"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("endpoint.id"))
    archive_sha: Mapped[str] = mapped_column(Sha)
    state: Mapped[DeploymentState] = mapped_column(word(DeploymentState, "state"))
    rss: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[datetime | None]
    load_seconds: Mapped[float | None]  # of its last load
    error: Mapped[str] = mapped_column(default="")
