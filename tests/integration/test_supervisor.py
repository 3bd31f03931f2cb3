import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.services.health import NAMES
from tests.servers.studio import Studio


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    running = Studio(tmp_path_factory.mktemp("clone") / "var")
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_every_service_becomes_ready_and_the_first_page_answers(studio: Studio) -> None:
    assert studio.get("/").status_code == 200
    assert studio.get("/healthz").json() == {"alive": True}
    assert studio.get("/readyz").json() == {"ready": True, "missing": []}


def test_status_has_exactly_the_promised_form(studio: Studio) -> None:
    found = studio.status()
    assert set(found) == {"ready", "services"}
    assert tuple(each["name"] for each in found["services"]) == NAMES
    for each in found["services"]:
        own = {"management"} if each["name"] == "torchserve" else set()
        assert set(each) == {"name", "state", "pid", "rss_bytes", "address"} | own
        assert each["state"] == "ready"
        assert each["rss_bytes"] > 1_000_000
        os.kill(each["pid"], 0)


def test_sockets_and_the_record_are_private(studio: Studio) -> None:
    run = Path(studio.service("redis")["address"].removeprefix("unix:")).parent
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    assert stat.S_IMODE((run / "services.json").stat().st_mode) == 0o600


def test_only_loopback_is_listened_on(studio: Studio) -> None:
    listening = {
        connection.laddr.ip
        for process in studio.processes()
        for connection in process.net_connections("inet")
        if connection.status == "LISTEN"
    }
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}


def test_a_second_start_of_the_same_clone_says_where_the_first_one_is(studio: Studio) -> None:
    second = studio.command("up", "--demo", "none")
    assert second.returncode == 1
    assert f"runs already at {studio.address}" in second.stderr
    assert studio.status()["ready"]


def test_all_output_of_the_services_is_in_one_log(studio: Studio) -> None:
    lines = (studio.var / "log/studio.log").read_text().splitlines()
    assert {"redis", "mlflow", "torchserve", "worker", "beat", "web"} <= {line.split()[2] for line in lines}


def test_a_second_clone_runs_beside_the_first_and_ctrl_c_leaves_nothing_of_it(
    studio: Studio, tmp_path: Path
) -> None:
    other = Studio(tmp_path / "var")
    try:
        other.start()
        assert other.get("/readyz").status_code == 200
        assert len(other.processes()) > len(NAMES)
        begun = time.monotonic()
        other.send(signal.SIGINT)
        assert time.monotonic() - begun < 10
    finally:
        other.stop()
    assert other.processes() == []
    assert not other.run.exists()
    assert not any(each["pid"] for each in other.status()["services"])
    assert studio.status()["ready"]


def test_a_taken_web_port_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    other = Studio(tmp_path / "var")
    with socket.create_server(("127.0.0.1", other.port)):
        refused = other.command("up", "--demo", "none")
    assert refused.returncode == 1
    assert f"Port {other.port}" in refused.stderr
    assert f"(pid {os.getpid()})" in refused.stderr
    assert "STUDIO_WEB_PORT=" in refused.stderr
    assert not (other.var / "log").exists()


def test_down_without_a_studio_says_so(tmp_path: Path) -> None:
    assert "Nothing of the studio runs here" in Studio(tmp_path / "var").command("down").stdout
