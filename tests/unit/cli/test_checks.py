from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.cli import checks
from studio.cli.checks import GIB
from studio.settings import Settings


@given(free=st.integers(0, 2**45))
def test_less_than_a_gigabyte_of_disk_stops_the_start(free: int) -> None:
    check = checks.disk(Path("/var"), free)
    assert (check.state == "fail") == (free < GIB)
    assert bool(check.do) == (check.state == "fail")


@given(available=st.integers(0, 2**45))
def test_less_than_three_gigabytes_of_memory_stop_the_start(available: int) -> None:
    check = checks.memory(available)
    assert (check.state == "fail") == (available < 3 * GIB)
    assert bool(check.do) == (check.state == "fail")


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (Path("/proc/studio"), tmp_path / "file" / "var"):
        check = checks.writable(place)
        assert check.state == "fail"
        assert str(place) in check.says
        assert "STUDIO_VAR" in check.do


def test_a_path_too_long_for_sockets_is_a_sentence() -> None:
    assert checks.sockets(Path("/tmp/short")).state == "ok"
    too_long = checks.sockets(Path("/tmp") / ("x" * 90))
    assert too_long.state == "fail"
    assert "STUDIO_SOCKETS" in too_long.do


def test_a_processor_without_avx2_is_a_warning_only() -> None:
    assert checks.cpu(frozenset({"avx2", "amx_int8"})).state == "ok"
    assert checks.cpu(frozenset({"sse"})).state == "warn"


def test_a_port_of_somebody_else_is_refused_with_a_way_out() -> None:
    check = checks.port("192.0.2.1", 8000)
    assert check.state == "fail"
    assert "STUDIO_WEB_PORT" in check.do


def test_a_machine_that_runs_these_tests_passes_every_needed_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_VAR", str(tmp_path / "var"))
    found = checks.all_of(Settings())
    assert [check for check in found if check.state == "fail" and check.name != "port"] == []
    assert len({check.name for check in found}) == len(found)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "studio.example", "::"])
def test_listening_beyond_this_machine_waits_for_a_password(host: str) -> None:
    refused = checks.door(host, secured=False)
    assert refused.state == "fail"
    assert host in refused.says
    assert "studio people password" in refused.do
    assert checks.door(host, secured=True).state == "ok"


def test_this_machine_alone_needs_no_password() -> None:
    assert {checks.door(host, secured=False).state for host in ("localhost", "127.0.0.1", "::1")} == {"ok"}
