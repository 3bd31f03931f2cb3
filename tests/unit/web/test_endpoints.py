from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from studio.db.endpoints import Endpoint
from studio.db.runs import Run
from studio.db.versions import Variant
from studio.domain.vocabulary import DeploymentState, RunKind
from studio.services import endpoints
from tests import factories

Post = Callable[..., TestResponse]


@pytest.fixture
def loaded(session: Session) -> Variant:
    """One loaded variant beside one that nobody ever loaded."""
    factories.variant(session)
    made = factories.variant(session)
    at = endpoints.local(session, "unix:/nowhere", "unix:/nowhere")
    endpoints.note(
        session, at.id, made.archive_sha or "", DeploymentState.LOADED, rss=650_000_000, load_seconds=4.25
    )
    at.memory_budget = 1_000_000_000
    session.commit()
    return made


@pytest.mark.usefixtures("loaded")
def test_the_page_says_what_is_loaded_and_that_its_server_is_away(client: FlaskClient) -> None:
    page = client.get("/endpoints").text
    assert "650\u202fMB of 1,000\u202fMB in use" in page
    assert "1 version loaded" in page
    assert "TorchServe does not answer." in page
    assert "waits for TorchServe" in page
    assert page.count("not loaded") == 1


@pytest.mark.usefixtures("loaded")
def test_what_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/endpoints/hosts").headers["ETag"]
    assert client.get("/endpoints/hosts", headers={"If-None-Match": tag}).status_code == 304


def test_an_empty_page_says_what_will_be_here(client: FlaskClient) -> None:
    assert "Nothing is served yet" in client.get("/endpoints").text


def test_loading_and_unloading_are_asked_once_and_seen(
    client: FlaskClient, post: Post, loaded: Variant, session: Session
) -> None:
    address = f"/endpoints/archives/{loaded.archive_sha}/unload"
    for _ in range(2):
        assert post(address).status_code == 303
    [run] = session.scalars(select(Run).where(Run.kind == RunKind.LOAD))
    assert run.args["load"] is False
    session.commit()
    assert "being unloaded" in client.get("/endpoints").text
    assert post(f"/endpoints/archives/{factories.sha('nobody')}/load").status_code == 404


@pytest.mark.parametrize(
    ("typed", "status", "budget"),
    [("8,000", 303, 8_000_000_000), ("", 303, None), ("much", 400, 1_000_000_000), ("0", 400, 1_000_000_000)],
)
def test_the_budget_is_typed_in_megabytes(
    post: Post, loaded: Variant, session: Session, typed: str, status: int, budget: int | None
) -> None:
    del loaded
    number = session.scalars(select(Endpoint.id)).one()
    session.commit()
    assert post(f"/endpoints/{number}/budget", megabytes=typed).status_code == status
    session.expire_all()
    assert session.scalars(select(Endpoint.memory_budget)).one() == budget
