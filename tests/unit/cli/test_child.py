import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from studio.cli.child import Child
from studio.cli.fleet import Service
from studio.cli.logbook import Logbook
from studio.gateways import processes

FOREVER = (sys.executable, "-c", "import time; time.sleep(60)")


def child(folder: Path, command: tuple[str, ...], *, once: bool = False, ready: bool = True) -> Child:
    service = Service("it", command, once=once, traces=(folder / "trace",))
    return Child(service, dict(os.environ), Logbook(folder / "log"), lambda: ready)


def until(one: Child, true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, (one.state, one.note)
        one.look(may_start=True)
        time.sleep(0.01)


def test_nothing_starts_before_what_it_needs(tmp_path: Path) -> None:
    one = child(tmp_path, FOREVER)
    one.look(may_start=False)
    assert not one.running


def test_it_is_ready_only_when_it_answers(tmp_path: Path) -> None:
    silent = child(tmp_path, FOREVER, ready=False)
    silent.look(may_start=True)
    silent.look(may_start=True)
    assert silent.running
    assert silent.state == "starting"
    silent.kill()


def test_a_dead_process_is_restarted_later_and_later(tmp_path: Path) -> None:
    one = child(tmp_path, ("false",), ready=False)
    starts: list[float] = []
    while len(starts) < 3:
        was = one.running
        one.look(may_start=True)
        if one.running and not was:
            starts.append(time.monotonic())
        time.sleep(0.005)
    one.kill()
    first, second = starts[1] - starts[0], starts[2] - starts[1]
    assert 0.5 <= first < 0.95
    assert 1.0 <= second < 1.9


def test_a_restart_says_how_it_ended_and_what_it_said_last(tmp_path: Path) -> None:
    one = child(tmp_path, ("sh", "-c", "echo no such table; sleep 0.2; exit 3"), ready=False)
    until(one, lambda: one.state == "restarting")
    assert one.note == "It ended with code 3. no such table"


def test_a_program_that_is_not_there_is_tried_again_and_said(tmp_path: Path) -> None:
    one = child(tmp_path, ("/nowhere/java",))
    until(one, lambda: one.state == "restarting")
    assert "/nowhere/java" in one.note


def test_what_runs_once_is_ready_when_it_ended_well(tmp_path: Path) -> None:
    one = child(tmp_path, ("true",), once=True)
    until(one, lambda: one.state == "ready")
    one.look(may_start=True)
    assert not one.running


def test_what_runs_once_and_fails_is_not_tried_again(tmp_path: Path) -> None:
    one = child(tmp_path, ("false",), once=True)
    until(one, lambda: one.state == "failed")
    one.look(may_start=True)
    assert one.state == "failed"


def test_grandchildren_end_with_the_child(tmp_path: Path) -> None:
    one = child(tmp_path, ("sh", "-c", "sleep 60 & sleep 60"))
    until(one, lambda: one.state == "ready")
    pid = one.recorded().pid
    assert pid is not None
    until(one, lambda: len(processes.session(pid, one.started)) == 3)
    one.kill()
    assert processes.session(pid, one.started) == ()


def test_traces_of_an_earlier_life_are_removed_before_it_starts(tmp_path: Path) -> None:
    (tmp_path / "trace").touch()
    one = child(tmp_path, FOREVER)
    one.look(may_start=True)
    assert not (tmp_path / "trace").exists()
    one.kill()
