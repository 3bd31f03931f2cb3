import os
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from studio.gateways import probes


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ok" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Health) as running:
        Thread(target=running.serve_forever).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_only_a_200_is_an_answer(server: str) -> None:
    assert probes.answers(server, "/ok")
    assert not probes.answers(server, "/broken")


def test_nobody_there_is_no_answer(tmp_path: Path) -> None:
    assert not probes.answers("http://127.0.0.1:1", "/ok")
    assert not probes.answers(f"unix:{tmp_path / 'none.sock'}", "/ok")
    assert not probes.answers("", "/ok")
    assert not probes.redis_answers(f"unix://{tmp_path / 'none.sock'}?db=0")
    assert not probes.beat_holds_lock(f"unix://{tmp_path / 'none.sock'}?db=0")


def test_a_server_that_keeps_silent_costs_half_a_second_only(tmp_path: Path) -> None:
    path = str(tmp_path / "silent.sock")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(path)
        silent.listen()
        begun = time.monotonic()
        assert not probes.answers(f"unix:{path}", "/ping")
        assert not probes.redis_answers(f"unix://{path}?db=0")
        assert time.monotonic() - begun < 2


def test_a_heart_that_stopped_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "relay.beat"
    assert not probes.beats(file)
    file.touch()
    assert probes.beats(file)
    long_ago = time.time() - 60
    os.utime(file, (long_ago, long_ago))
    assert not probes.beats(file)
