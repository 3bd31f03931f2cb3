import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from studio.errors import EndpointBusy, EndpointRefused, Unavailable
from studio.gateways import serving
from studio.gateways.serving import Answer, ModelMissing
from tests.factories import COPPER, png
from tests.servers.torchserve_stub import (
    Request,
    Stub,
    answer,
    close,
    cut,
    hang,
    nobody,
    picture,
    says,
    torchserve_stub,
)
from workers.serving import torchserve
from workers.serving.torchserve import TorchServe

NAME = "0123456789ab"
PHOTO = png()


@pytest.fixture(params=["unix", "tcp"])
def stub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setattr(serving, "INFER_S", 0.3)
    for name, seconds in (("DEPLOY_S", 0.5), ("BUDGET_S", 1.0)):
        monkeypatch.setattr(torchserve, name, seconds)
    with torchserve_stub(request.param) as running:
        running.models.add(NAME)
        yield running


@pytest.fixture
def client(stub: Stub) -> TorchServe:
    return TorchServe(stub.inference, stub.management)


def infer(client: TorchServe) -> Answer:
    return client.infer(NAME, PHOTO, COPPER)


@pytest.mark.parametrize("status", [429, 500, 503, 504, 507])
def test_a_full_queue_or_a_dying_worker_is_waited_for(stub: Stub, client: TorchServe, status: int) -> None:
    stub.misbehave(answer(status), answer(status))
    assert infer(client).body == PHOTO
    assert len(stub.heard) == 3


def test_an_endpoint_that_stays_full_is_busy_after_the_budget(stub: Stub, client: TorchServe) -> None:
    stub.misbehave(*[answer(503)] * 50)
    begun = time.monotonic()
    with pytest.raises(EndpointBusy, match="503") as caught:
        infer(client)
    assert time.monotonic() - begun < 3
    assert not caught.value.permanent
    assert len(stub.heard) < 20


def test_an_endpoint_that_hangs_is_busy_in_bounded_time(stub: Stub, client: TorchServe) -> None:
    stub.misbehave(*[hang(2)] * 9)
    begun = time.monotonic()
    with pytest.raises(EndpointBusy, match="in time"):
        infer(client)
    assert time.monotonic() - begun < 4


def test_after_a_hang_the_next_answer_is_to_the_next_question(stub: Stub, client: TorchServe) -> None:
    def late(request: Request) -> bool:
        time.sleep(0.5)
        return picture(b"too late")(request)

    stub.misbehave(late)
    assert infer(client).body == PHOTO


def test_one_connection_is_kept_for_many_photos(stub: Stub, client: TorchServe) -> None:
    for _ in range(5):
        infer(client)
    assert stub.connections == 1


def test_each_thread_has_a_connection_of_its_own(stub: Stub, client: TorchServe) -> None:
    def slowly(request: Request) -> bool:
        time.sleep(0.1)
        return picture(request.body)(request)

    stub.misbehave(*[slowly] * 3)
    photos = [png(seed) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        bodies = pool.map(lambda photo: client.infer(NAME, photo, COPPER).body, photos)
        assert list(bodies) == photos
    assert stub.connections == 3


def test_a_kept_connection_that_the_server_closed_is_opened_anew(stub: Stub, client: TorchServe) -> None:
    infer(client)
    stub.misbehave(close)
    assert infer(client).body == PHOTO
    assert stub.connections == 2


def test_a_server_that_closes_every_connection_is_away(stub: Stub, client: TorchServe) -> None:
    stub.misbehave(close, close)
    with pytest.raises(Unavailable, match="does not answer") as caught:
        infer(client)
    assert not caught.value.permanent


def test_half_a_picture_is_never_taken_for_one(stub: Stub, client: TorchServe) -> None:
    infer(client)
    stub.misbehave(cut(PHOTO[:100], len(PHOTO)))
    assert infer(client).body == PHOTO
    stub.misbehave(*[cut(PHOTO[:100], len(PHOTO))] * 2)
    with pytest.raises(Unavailable):
        infer(client)


@pytest.mark.parametrize("garbage", [b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 banana\r\n\r\n"])
def test_an_answer_that_is_no_http_is_no_answer(stub: Stub, client: TorchServe, garbage: bytes) -> None:
    def babble(request: Request) -> bool:
        request.send(garbage)
        return False

    stub.misbehave(babble, babble)
    with pytest.raises(Unavailable):
        infer(client)


def test_an_answer_over_the_limit_is_refused(
    stub: Stub, client: TorchServe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "LARGEST", 50_000)
    stub.misbehave(picture(bytes(50_000)), picture(bytes(50_001)))
    assert len(infer(client).body) == 50_000
    with pytest.raises(EndpointRefused, match="larger than 64 MB"):
        infer(client)
    assert infer(client).body == PHOTO


def test_a_missing_model_is_said_at_once(stub: Stub, client: TorchServe) -> None:
    stub.models.clear()
    with pytest.raises(ModelMissing):
        infer(client)
    assert len(stub.heard) == 1


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_refusal_is_said_once_in_the_handlers_words(stub: Stub, client: TorchServe, status: int) -> None:
    stub.misbehave(says(status, message="The photo has no face.", hint="Choose another one."))
    with pytest.raises(EndpointRefused, match="The photo has no face") as caught:
        infer(client)
    assert caught.value.hint == "Choose another one."
    assert len(stub.heard) == 1


def test_the_handlers_words_are_found_inside_torchserves_own(stub: Stub, client: TorchServe) -> None:
    inner = json.dumps({"message": "The photo has no face.", "hint": "Choose another one."})
    stub.misbehave(says(400, code=400, type="InternalServerException", message=inner))
    with pytest.raises(EndpointRefused) as caught:
        infer(client)
    assert (caught.value.message, caught.value.hint) == ("The photo has no face.", "Choose another one.")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"[]", b"5", b"null", b'"no"', b"{}", b'{"message": null}', b'{"message": 5}',
        b'{"message": "{}"}', b'{"message": "[1]"}', b'{"message": "7"}', b"\xff\xfe", b"[" * 5_000,
    ],
)  # fmt: skip
def test_a_refusal_without_words_is_still_a_refusal(stub: Stub, client: TorchServe, body: bytes) -> None:
    stub.misbehave(answer(400, body))
    with pytest.raises(EndpointRefused, match="refused the photo"):
        infer(client)


def test_an_answer_nobody_knows_is_a_refusal_with_its_number(stub: Stub, client: TorchServe) -> None:
    stub.misbehave(answer(302))
    with pytest.raises(EndpointRefused, match="answered 302"):
        infer(client)


@pytest.mark.parametrize(
    "manner", [answer(503), answer(500, b"<html>"), answer(200, b"<html>"), answer(200, b"[]")]
)
def test_a_management_that_is_starting_is_away_and_not_broken(
    stub: Stub, client: TorchServe, manner: object
) -> None:
    stub.on_models.append(manner)
    with pytest.raises(Unavailable):
        client.loaded(NAME)


def test_an_archive_that_never_gets_ready_is_given_up(stub: Stub, client: TorchServe) -> None:
    slow = json.dumps([{"workers": [{"status": "UNLOADING", "memoryUsage": 0}]}]).encode()
    stub.on_models.extend([says(200), *[answer(200, slow)] * 50])
    with pytest.raises(Unavailable, match="did not start within"):
        client.deploy(NAME, stub.archives / "a.mar")


def test_memory_on_this_machine_is_known_before_torchserve_looks_and_elsewhere_is_what_it_says(
    stub: Stub, client: TorchServe
) -> None:
    here = stub.management.startswith("unix:")
    young = [{"status": "READY", "pid": os.getpid(), "memoryUsage": 0}]
    stub.on_models.append(answer(200, json.dumps([{"workers": young}]).encode()))
    assert (client.memory(NAME) > 1e6) is here
    assert client.memory(NAME) > 1e6
    assert (client.memory(NAME) == 300_000_000) is not here


def test_controls_travel_as_ascii_json(stub: Stub, client: TorchServe) -> None:
    client.infer(NAME, PHOTO, {"colour": "구리"})
    header = stub.heard[0].headers["x-studio-controls"]
    assert header.isascii()
    assert json.loads(header) == {"colour": "구리"}


@pytest.mark.parametrize("address", [nobody(), "unix:/nowhere/ts.sock"])
def test_where_nobody_listens_is_said_at_once(address: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="does not answer") as caught:
        TorchServe(address, address).infer(NAME, PHOTO, COPPER)
    assert time.monotonic() - begun < 3
    assert not isinstance(caught.value, EndpointBusy)
