import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gateways import processes, runfolder
from studio.gateways.runfolder import Record, Recorded
from studio.services import health
from studio.settings import settings


@pytest.fixture
def run(studio_var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert not studio_var.exists()
    monkeypatch.setenv("STUDIO_SOCKETS", str(tmp_path))
    settings.cache_clear()
    return tmp_path


def record(state: str, *, alive: bool, supervised: bool) -> Record:
    me = processes.look(os.getpid())
    assert me
    relay = Recorded("relay", state, 1.0, "note", me.pid, me.started if alive else me.started - 1, "")
    return Record(me.pid, me.started if supervised else me.started - 1, "http://here", (relay,))


def relay_lamp() -> health.Lamp:
    return next(lamp for lamp in health.lamps() if lamp.name == "relay")


@given(state=st.sampled_from(["ready", "starting", "restarting"]), supervised=st.booleans())
def test_a_dead_process_is_never_ready_however_fresh_its_heartbeat(state: str, supervised: bool) -> None:
    recorded = Recorded("relay", state, 1.0, "", 1, 1, "")
    found, _ = health._truth(recorded, runs=False, awake=True, supervised=supervised)
    assert found != "ready"
    assert (found == "stopped") == (not supervised)


def test_a_living_process_with_a_heartbeat_is_ready(run: Path) -> None:
    (run / "relay.beat").touch()
    runfolder.write(run, record("ready", alive=True, supervised=True))
    lamp = relay_lamp()
    assert (lamp.state, lamp.pid) == ("ready", os.getpid())


def test_a_living_process_without_a_heartbeat_is_not_ready(run: Path) -> None:
    runfolder.write(run, record("ready", alive=True, supervised=True))
    assert relay_lamp().state == "starting"


def test_without_a_supervisor_a_dead_service_is_stopped_and_says_what_to_do(run: Path) -> None:
    runfolder.write(run, record("ready", alive=False, supervised=False))
    lamp = relay_lamp()
    assert (lamp.state, lamp.pid) == ("stopped", None)
    assert "make up" in lamp.note


def test_services_of_other_machines_are_judged_by_their_answer_alone(run: Path) -> None:
    assert {lamp.state for lamp in health.lamps()} == {"stopped"}
    (run / "worker.beat").touch()
    ready = {lamp.name for lamp in health.lamps() if lamp.state == "ready"}
    assert ready == {"worker"}


def test_what_pictures_need_is_missing_by_name_and_mlflow_is_not_needed(run: Path) -> None:
    assert health.missing(health.lamps()) == ("database", "redis", "torchserve", "relay", "worker")
