import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu.exceptions import OperationalError

from studio.domain.pipeline import STEPS
from studio.gateways.queue import CeleryDoorbell
from tests.servers.redis import redis_server


@pytest.fixture
def server() -> Iterator[Path]:
    with redis_server() as socket:
        yield socket


def bell(socket: Path) -> CeleryDoorbell:
    return CeleryDoorbell(f"redis+socket://{socket}?virtual_host=0")


def test_a_ring_is_one_message_with_the_number_of_the_step(server: Path) -> None:
    bell(server).ring("generate", 4711)
    client = redis.Redis(unix_socket_path=str(server))
    (raw,) = client.lrange(STEPS["generate"].queue, 0, -1)
    message = json.loads(raw)
    assert message["headers"]["task"] == "generate"
    assert message["content-type"] == "application/json"
    assert json.loads(base64.b64decode(message["body"]))[0] == [4711]


def test_a_dead_broker_is_said_within_seconds_and_the_next_ring_works_when_it_is_back(server: Path) -> None:
    ringing = bell(server.with_name("nobody.sock"))
    begun = time.monotonic()
    with pytest.raises((OperationalError, OSError)):
        ringing.ring("generate", 1)
    assert time.monotonic() - begun < 5
    server.with_name("nobody.sock").symlink_to(server)
    ringing.ring("generate", 1)
    assert redis.Redis(unix_socket_path=str(server)).llen("work") == 1
