from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from studio.errors import EndpointRefused
from studio.gateways.serving import ModelMissing
from tests.factories import COPPER, png
from tests.servers.torchserve_stub import torchserve_stub
from workers.serving.base import Serving
from workers.serving.torchserve import TorchServe

NAME = "0123456789ab"


@dataclass(frozen=True)
class Host:
    """A server that hosts archives, the client for it, and an archive whose model knows copper hair."""

    serving: Serving
    archive: Path
    controls: dict[str, Any]


@pytest.fixture(params=["unix", "tcp"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    with torchserve_stub(request.param) as stub:
        archive = stub.archives / f"{NAME}.mar"
        archive.write_bytes(b"PK")
        yield Host(TorchServe(stub.inference, stub.management), archive, COPPER)


def test_an_archive_answers_once_it_is_deployed(host: Host) -> None:
    assert not host.serving.loaded(NAME)
    host.serving.deploy(NAME, host.archive)
    assert host.serving.loaded(NAME)
    assert host.serving.memory(NAME) > 0
    answer = host.serving.infer(NAME, png(), host.controls)
    assert answer.body.startswith(b"\x89PNG")
    times = (answer.decode_ms, answer.queue_ms, answer.model_ms, answer.encode_ms, answer.cpu_ms)
    assert min(times) >= 0
    assert answer.wall_ms > 0


def test_a_raw_answer_is_pixels_without_a_file_format(host: Host) -> None:
    host.serving.deploy(NAME, host.archive)
    answer = host.serving.infer(NAME, png(), host.controls, raw=True)
    assert len(answer.body) % 3 == 0
    assert not answer.body.startswith(b"\x89PNG")


def test_deploying_what_is_loaded_is_fine(host: Host) -> None:
    for _ in range(2):
        host.serving.deploy(NAME, host.archive)
    assert host.serving.loaded(NAME)


def test_undeploying_what_is_not_loaded_is_fine(host: Host) -> None:
    host.serving.deploy(NAME, host.archive)
    for _ in range(2):
        host.serving.undeploy(NAME)
    assert not host.serving.loaded(NAME)
    assert host.serving.memory(NAME) == 0


def test_a_model_that_is_not_loaded_is_named_as_missing_and_may_come_back(host: Host) -> None:
    with pytest.raises(ModelMissing) as caught:
        host.serving.infer(NAME, png(), host.controls)
    assert not caught.value.permanent
    host.serving.deploy(NAME, host.archive)
    host.serving.infer(NAME, png(), host.controls)


def test_an_archive_that_is_not_there_is_refused(host: Host) -> None:
    with pytest.raises(EndpointRefused) as caught:
        host.serving.deploy("ffffffffffff", host.archive.with_name("ffffffffffff.mar"))
    assert "would not load the archive" in caught.value.message


def test_a_file_that_is_no_photo_is_refused_in_the_handlers_words(host: Host) -> None:
    host.serving.deploy(NAME, host.archive)
    with pytest.raises(EndpointRefused, match="no readable photo") as caught:
        host.serving.infer(NAME, b"Dear Mina", host.controls)
    assert "JPEG" in caught.value.hint
    assert caught.value.permanent


def test_a_control_that_the_model_does_not_have_is_refused_in_the_handlers_words(host: Host) -> None:
    host.serving.deploy(NAME, host.archive)
    with pytest.raises(EndpointRefused, match="is no colour of this model") as caught:
        host.serving.infer(NAME, png(), {"colour": "no such colour"})
    assert "copper" in caught.value.hint
