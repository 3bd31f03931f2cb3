"""Serving hosts and what is loaded on them, as SQL remembers it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.endpoints import Deployment, Endpoint
from studio.db.session import upsert
from studio.domain.vocabulary import DeploymentState, EndpointKind

LOCAL = "local"


def local(session: Session, inference_url: str, management_url: str) -> Endpoint:
    """The TorchServe of the settings, made at the first question; its addresses follow the settings."""
    endpoint = session.scalar(select(Endpoint).where(Endpoint.name == LOCAL))
    if endpoint is None:  # two workers may ask first at the same moment
        urls = {"inference_url": inference_url, "management_url": management_url}
        made = upsert(session, Endpoint).values(name=LOCAL, kind=EndpointKind.TORCHSERVE, **urls)
        session.execute(made.on_conflict_do_nothing(index_elements=["name"]))
        endpoint = session.scalars(select(Endpoint).where(Endpoint.name == LOCAL)).one()
    endpoint.inference_url, endpoint.management_url = inference_url, management_url
    session.commit()
    return endpoint


def note(
    session: Session,
    endpoint_id: int,
    archive_sha: str,
    state: DeploymentState,
    *,
    rss: int | None = None,
    error: str = "",
) -> None:
    """Remember what an endpoint did with an archive."""
    row = {
        "endpoint_id": endpoint_id,
        "archive_sha": archive_sha,
        "state": state,
        "rss": rss,
        "error": error,
        "last_used_at": now(),
    }
    statement = upsert(session, Deployment).values(**row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["endpoint_id", "archive_sha"],
            set_={name: statement.excluded[name] for name in ("state", "rss", "error", "last_used_at")},
        )
    )
    session.commit()
