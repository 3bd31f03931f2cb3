import time
from pathlib import Path

import pytest

from studio.cli import logbook
from studio.cli.logbook import Logbook


def test_lines_carry_their_time_and_their_service(tmp_path: Path) -> None:
    book = Logbook(tmp_path / "log")
    book.follow("web", [b"first\n", b"second \xff\n", b"\n"])
    while book.last("web") != "second \N{REPLACEMENT CHARACTER}":
        time.sleep(0.01)
    words = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert words[0][2:] == ["web", "first"]


def test_the_log_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logbook_size = 2_000
    monkeypatch.setattr(logbook, "SIZE", logbook_size)
    book = Logbook(tmp_path / "log")
    for n in range(200):
        book.write("web", f"line {n}")
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2 * logbook_size
    assert "line 199" in (tmp_path / "log").read_text()
