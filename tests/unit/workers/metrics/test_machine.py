from pathlib import Path

import pytest

from workers.metrics import machine


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(machine, "PRESSURE", tmp_path / "pressure")
    return tmp_path


def test_only_what_chooses_kernels_is_told_of_a_cpu(told: Path) -> None:
    (told / "cpuinfo").write_text(
        "processor : 0\nflags\t\t: fpu vme avx2 fma erms sse4_1 avx512_vnni amx_int8\n" * 2
    )
    assert machine.cpu_flags() == ("amx_int8", "avx2", "avx512_vnni", "fma", "sse4_1")


def test_the_time_spent_waiting_for_a_cpu_is_read_from_the_kernel(told: Path) -> None:
    (told / "pressure").write_text(
        "some avg10=1.00 avg60=2.00 avg300=3.00 total=4567\nfull avg10=0 total=0\n"
    )
    assert machine.cpu_waited_us() == 4567


def test_a_kernel_that_tells_nothing_is_no_error(told: Path) -> None:
    assert machine.cpu_flags() == ()
    assert machine.cpu_waited_us() is None


def test_the_versions_are_those_installed() -> None:
    assert machine.libraries()["torch-fidelity"] == "0.4.0"
