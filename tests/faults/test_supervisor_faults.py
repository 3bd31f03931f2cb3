import os
import signal
from collections.abc import Iterator

import psutil
import pytest

from studio.services.health import NAMES
from tests.servers.studio import Studio

BACK_S = 60.0  # MLflow needs most of it on a busy machine of two cores


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    shared = Studio(tmp_path_factory.mktemp("clone") / "var")
    try:
        yield shared
    finally:
        shared.stop()
        shared.command("down")


@pytest.fixture
def studio(clone: Studio) -> Studio:
    if not clone.running:
        clone.start()
    return clone


def test_every_killed_service_comes_back_and_it_is_said(studio: Studio) -> None:
    before = {each["name"]: each["pid"] for each in studio.status()["services"]}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    studio.wait(lambda: not studio.status()["ready"], 10)
    studio.wait(lambda: studio.status()["ready"], BACK_S)
    after = {each["name"]: each["pid"] for each in studio.status()["services"]}
    said = studio.output.read_text()
    for name in NAMES:
        assert after[name] != before[name]
        assert f"{name:<10} restarting. It ended with signal 9." in said


def test_what_a_killed_service_left_behind_is_ended_before_it_starts_again(studio: Studio) -> None:
    leader = psutil.Process(studio.service("web")["pid"])
    (child,) = leader.children()
    os.kill(leader.pid, signal.SIGKILL)
    studio.wait(lambda: studio.status()["ready"] and studio.service("web")["pid"] != leader.pid, BACK_S)
    assert not child.is_running()


def test_a_service_that_stands_still_is_not_called_ready(studio: Studio) -> None:
    pid = studio.service("torchserve")["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        assert studio.service("torchserve")["state"] != "ready"
        assert "torchserve" in studio.get("/readyz").json()["missing"]
    finally:
        os.kill(pid, signal.SIGCONT)
    studio.wait(lambda: studio.status()["ready"], BACK_S)


def test_a_start_after_the_supervisor_was_killed_ends_what_it_left(studio: Studio) -> None:
    studio.send(signal.SIGKILL)
    left = studio.processes()
    assert left, "the services outlive their supervisor, that is the fault"
    assert studio.start() < 30
    assert not any(each.is_running() for each in left)


def test_down_ends_what_a_killed_supervisor_left(studio: Studio) -> None:
    studio.send(signal.SIGKILL)
    assert studio.processes()
    assert "left behind" in studio.command("down").stdout
    assert studio.processes() == []
