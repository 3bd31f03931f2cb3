from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.endpoints import Deployment, Endpoint
from studio.db.versions import Variant
from studio.domain.vocabulary import DeploymentState
from studio.errors import Unavailable
from studio.settings import settings
from tests import factories
from tests.servers.torchserve_stub import Stub, says, torchserve_stub
from workers import context
from workers.tasks.warm import warm

SIZE = 300_000_000  # what the stub says of every model


@pytest.fixture
def host(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    del database_url
    with torchserve_stub("tcp") as stub:
        monkeypatch.setenv("STUDIO_INFERENCE", stub.inference)
        monkeypatch.setenv("STUDIO_MANAGEMENT", stub.management)
        settings.cache_clear()
        context.serving.cache_clear()
        yield stub
    context.serving.cache_clear()


def built(session: Session, stub: Stub) -> Variant:
    made = factories.variant(session)
    (stub.archives / f"{name(made)}.mar").write_bytes(b"archive")
    session.commit()
    return made


def name(variant: Variant) -> str:
    return (variant.archive_sha or "")[:12]


def long_ago(session: Session, *variants: Variant) -> None:
    """As if each had been used a minute after the one before, all of it a while ago."""
    for minutes, each in enumerate(reversed(variants), start=1):
        row = session.scalars(select(Deployment).where(Deployment.archive_sha == each.archive_sha)).one()
        row.last_used_at = now() - timedelta(minutes=minutes)
    session.commit()


def states(session: Session) -> dict[str, DeploymentState]:
    session.rollback()
    rows = session.scalars(select(Deployment).execution_options(populate_existing=True)).all()
    session.commit()
    return {each.archive_sha[:12]: each.state for each in rows}


def set_budget(session: Session, models: float) -> None:
    session.scalars(select(Endpoint)).one().memory_budget = int(models * SIZE)
    session.commit()


def test_the_least_recently_used_leaves_and_comes_back_when_it_is_needed(
    host: Stub, session: Session
) -> None:
    first, second, third = (built(session, host) for _ in range(3))
    context.load(first)
    context.load(second)
    long_ago(session, first, second)
    set_budget(session, 2.5)
    context.load(third)
    assert host.models == {name(second), name(third)}
    assert states(session)[name(first)] is DeploymentState.UNLOADED
    long_ago(session, second, third)
    context.use(first)
    assert host.models == {name(first), name(third)}
    known = session.scalars(select(Deployment).where(Deployment.archive_sha == first.archive_sha)).one()
    assert known.rss == SIZE
    assert known.load_seconds is not None
    session.commit()


def test_what_is_loaded_is_used_without_asking_the_server(host: Stub, session: Session) -> None:
    variant = built(session, host)
    context.load(variant)
    asked = len(host.heard)
    context.use(variant)
    assert len(host.heard) == asked


def test_a_smaller_budget_takes_effect_at_the_next_look(host: Stub, session: Session) -> None:
    first, second = built(session, host), built(session, host)
    context.load(first)
    context.load(second)
    long_ago(session, first, second)
    set_budget(session, 1)
    warm()
    assert host.models == {name(second)}


def test_a_restarted_server_gets_back_what_was_loaded_and_nothing_else(host: Stub, session: Session) -> None:
    kept, gone = built(session, host), built(session, host)
    context.load(kept)
    context.load(gone)
    context.unload(context.endpoint(), gone.archive_sha or "")
    host.models.clear()
    warm()
    assert host.models == {name(kept)}


def test_a_load_that_the_server_refuses_says_why(host: Stub, session: Session) -> None:
    variant = built(session, host)
    host.on_models.extend([says(404), says(507, message="no memory")])
    with pytest.raises(Exception, match="no memory"):
        context.load(variant)
    assert states(session) == {name(variant): DeploymentState.FAILED}


def test_a_server_that_is_away_loses_nothing_that_it_had(host: Stub, session: Session) -> None:
    variant = built(session, host)
    context.load(variant)
    host.models.clear()
    host.on_models.extend([says(404), says(200), says(503)])
    with pytest.raises(Unavailable):
        context.load(variant)
    assert states(session) == {name(variant): DeploymentState.LOADED}
    warm()
    assert host.models == {name(variant)}
