from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.runs import Run
from studio.domain.vocabulary import DeploymentState, RunKind, VariantState
from studio.errors import EndpointRefused, NotFound, Unavailable
from studio.gateways.vault import Vault
from studio.services import endpoints, infer
from studio.services.infer import AT_ONCE, CannotLoad, NotLoaded, TooMany
from studio.settings import settings
from tests import factories
from tests.servers.redis import redis_server
from tests.servers.torchserve_stub import Stub, nobody, torchserve_stub

PHOTO = factories.png()
COPPER = {"colour": "copper"}


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    with redis_server() as socket:
        yield socket


@pytest.fixture
def stub(session: Session, server: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    del session
    with torchserve_stub("unix") as running:
        monkeypatch.setenv("STUDIO_INFERENCE", running.inference)
        monkeypatch.setenv("STUDIO_MANAGEMENT", running.management)
        monkeypatch.setenv("STUDIO_BROKER", f"redis+socket://{server}?virtual_host=0")
        settings.cache_clear()
        yield running


def ready(session: Session, stub: Stub, *, loaded: bool = True) -> tuple[int, int, str]:
    """Person, variant and archive of something that can be asked."""
    variant = factories.variant(session)
    person = factories.person(session).id
    sha = str(variant.archive_sha)
    if loaded:
        host = endpoints.local(session, stub.inference, stub.management)
        endpoints.note(session, host.id, sha, DeploymentState.LOADED, load_seconds=2.5)
        stub.models.add(sha[:12])
    session.commit()
    return person, variant.id, sha


def test_a_loaded_variant_answers(session: Session, stub: Stub) -> None:
    person, variant, sha = ready(session, stub)
    assert infer.answer(session, person, variant, COPPER, PHOTO).body == PHOTO
    assert stub.heard[-1].path == f"/predictions/{sha[:12]}"


def test_one_that_is_not_loaded_is_being_loaded_from_now_on(session: Session, stub: Stub) -> None:
    person, variant, sha = ready(session, stub, loaded=False)
    for _ in range(2):
        with pytest.raises(NotLoaded):
            infer.answer(session, person, variant, COPPER, PHOTO)
    runs = session.scalars(select(Run).where(Run.kind == RunKind.LOAD)).all()
    assert [run.args["archive"] for run in runs] == [sha]
    assert stub.heard == []


def test_what_a_restarted_server_forgot_is_loaded_again(session: Session, stub: Stub) -> None:
    person, variant, sha = ready(session, stub)
    stub.models.clear()
    with pytest.raises(NotLoaded) as caught:
        infer.answer(session, person, variant, COPPER, PHOTO)
    assert caught.value.seconds == 2.5
    assert session.scalars(select(Run).where(Run.kind == RunKind.LOAD)).one().args["archive"] == sha


def test_what_could_not_be_loaded_is_tried_again_only_if_somebody_says_so(
    session: Session, stub: Stub
) -> None:
    person, variant, sha = ready(session, stub)
    host = endpoints.local(session, stub.inference, stub.management)
    endpoints.not_loaded(session, host.id, sha, EndpointRefused("The archive is broken."))
    for _ in range(2):
        with pytest.raises(CannotLoad) as caught:
            infer.answer(session, person, variant, COPPER, PHOTO)
        assert "The archive is broken." in caught.value.hint
    assert session.scalars(select(Run).where(Run.kind == RunKind.LOAD)).all() == []
    with pytest.raises(NotLoaded):
        infer.answer(session, person, variant, COPPER, PHOTO, again=True)
    assert len(session.scalars(select(Run).where(Run.kind == RunKind.LOAD)).all()) == 1


def test_more_than_so_many_at_once_wait_for_their_turn(session: Session, stub: Stub) -> None:
    person, variant, _ = ready(session, stub)
    vault = Vault(settings().redis_url)
    turns = [vault.turn("infer", AT_ONCE, 60) for _ in range(AT_ONCE)]
    assert all(each.__enter__() for each in turns)
    with pytest.raises(TooMany):
        infer.answer(session, person, variant, COPPER, PHOTO)
    turns.pop().__exit__(None, None, None)
    assert infer.answer(session, person, variant, COPPER, PHOTO).body == PHOTO
    for each in turns:
        each.__exit__(None, None, None)


def test_a_turn_ends_with_a_failure_too(session: Session, stub: Stub) -> None:
    person, variant, _ = ready(session, stub)
    for _ in range(AT_ONCE + 1):
        with pytest.raises(EndpointRefused, match="no such colour"):
            infer.answer(session, person, variant, {"colour": "no such colour"}, PHOTO)


@pytest.mark.parametrize("state", [VariantState.FAILED, VariantState.BUILDING])
def test_what_is_not_built_cannot_be_asked(session: Session, stub: Stub, state: VariantState) -> None:
    del stub
    variant = factories.variant(session, state=state)
    session.commit()
    with pytest.raises(NotFound):
        infer.answer(session, factories.person(session).id, variant.id, COPPER, PHOTO)


def test_a_server_that_is_away_is_a_sentence(
    session: Session, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, variant, _ = ready(session, stub)
    monkeypatch.setenv("STUDIO_INFERENCE", nobody())
    settings.cache_clear()
    with pytest.raises(Unavailable, match="does not answer"):
        infer.answer(session, person, variant, COPPER, PHOTO)
