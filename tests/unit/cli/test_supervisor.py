import os
import signal
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from threading import Timer

import pytest
from rich.console import Console

from studio.cli import supervisor
from studio.cli.child import Child
from studio.cli.fleet import Service
from studio.cli.logbook import Logbook
from studio.cli.progress import Progress
from studio.cli.supervisor import SIGNALS, Supervisor
from studio.errors import StudioError
from studio.gateways import processes, runfolder


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    kept = {each: signal.getsignal(each) for each in SIGNALS}
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)


def watch(folder: Path, *services: Service, seconds: float = 1.0) -> tuple[str, list[str]]:
    log, said = Logbook(folder / "log"), StringIO()
    children = tuple(Child(each, dict(os.environ), log, lambda: True) for each in services)
    timer = Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    try:
        Supervisor(children, folder, "http://here", Progress(Console(file=said))).watch()
    finally:
        timer.cancel()
        assert not any(each.running for each in children)
        assert runfolder.read(folder) is None
    return said.getvalue(), (folder / "log").read_text().splitlines()


def speaker(name: str, *needs: str) -> Service:
    """Says when it starts and when it is asked to stop."""
    script = f"trap 'echo {name} stops; exit' TERM; echo {name} starts; while :; do sleep 0.02; done"
    return Service(name, ("sh", "-c", script), needs)


def test_services_start_after_their_needs_and_stop_before_them(tmp_path: Path) -> None:
    _, lines = watch(tmp_path, speaker("page", "store"), speaker("store"))
    assert [line.split()[-2:] for line in lines] == [
        ["store", "starts"],
        ["page", "starts"],
        ["page", "stops"],
        ["store", "stops"],
    ]


def test_without_a_terminal_each_change_is_one_plain_line(tmp_path: Path) -> None:
    said, _ = watch(tmp_path, Service("web", ("sleep", "60")))
    assert said.splitlines() == [
        "web        ready.",
        "Open http://here",
        "Started: http://here (Ctrl-C stops it all)",
        "Stopping. Ctrl-C again stops at once.",
        "Stopped. Nothing of the studio runs any more.",
    ]


def test_a_failed_migration_stops_everything_with_its_reason(tmp_path: Path) -> None:
    failing = Service("migrations", ("sh", "-c", "echo disk is full; sleep 0.2; exit 1"), once=True)
    with pytest.raises(StudioError, match="disk is full"):
        watch(tmp_path, failing, Service("web", ("sleep", "60"), ("migrations",)), seconds=20)


def test_a_failed_demo_leaves_the_studio_running(tmp_path: Path) -> None:
    said, _ = watch(
        tmp_path, Service("web", ("sleep", "60")), Service("demo", ("false",), ("web",), once=True)
    )
    assert "demo       failed." in said
    assert said.index("demo") < said.index("Stopping")


def test_a_service_that_ignores_sigterm_is_killed_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "GRACE", 0.5)
    deaf = Service("deaf", ("sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"))
    begun = time.monotonic()
    watch(tmp_path, deaf, seconds=0.5)
    assert time.monotonic() - begun < 3


def test_the_record_names_every_process_while_it_runs(tmp_path: Path) -> None:
    seen: list[runfolder.Record | None] = []
    Timer(0.6, lambda: seen.append(runfolder.read(tmp_path))).start()
    watch(tmp_path, Service("web", ("sleep", "60")))
    (record,) = seen
    assert record is not None
    assert record.pid == os.getpid()
    assert [(each.name, each.state) for each in record.services] == [("web", "ready")]
    assert record.services[0].pid
    assert not processes.alive(record.services[0].pid, record.services[0].started)


def test_a_record_that_cannot_be_written_costs_no_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, record: runfolder.Record) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runfolder, "write", full)
    said, _ = watch(tmp_path, Service("web", ("sleep", "60")))
    assert "web        ready." in said
