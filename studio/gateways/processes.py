"""Processes of this machine, read from /proc: who they are, what they weigh, and how to end a whole session.

Every service of the supervisor leads its own session, so its children are found by the session's number.
"""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Process:
    """`started` counts clock ticks since boot; with the pid it names a process for good. `rss` in bytes.

    frozen: stopped by SIGSTOP or a debugger.
    """

    pid: int
    session: int
    started: int
    rss: int
    frozen: bool = False


def look(pid: int) -> Process | None:
    """The living process of this number; None if there is none (a zombie is dead)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    if fields[0] in "ZX":
        return None
    return Process(
        pid,
        session=int(fields[3]),
        started=int(fields[19]),
        rss=int(fields[21]) * PAGE,
        frozen=fields[0] in "Tt",
    )


def everyone() -> Iterator[Process]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (process := look(int(folder.name))):
            yield process


def memory() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * PAGE


def alive(pid: int, started: int) -> bool:
    process = look(pid)
    return process is not None and process.started == started


def session(pid: int, started: int) -> tuple[Process, ...]:
    """The living members of the session that process (`pid`, `started`) opened, itself included.

    The kernel gives no number of a living session to a new process; a leader with another start
    time is therefore a stranger, and so is its session.
    """
    leader = look(pid)
    if leader and leader.started != started:
        return ()
    return tuple(each for each in everyone() if each.session == pid and each.started >= started)


def rss(pid: int, started: int) -> int:
    """Bytes of memory of the whole session; pages shared between its processes count in each."""
    return sum(each.rss for each in session(pid, started))


def end(leaders: Iterable[tuple[int, int]], patience: float) -> int:
    """End the sessions of these (pid, started): SIGTERM to all, after `patience` seconds SIGKILL.

    Returns:
        The number of processes that were alive.
    """
    leaders = tuple(leaders)
    found = _members(leaders)
    _send(found, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while (left := _members(leaders)) and time.monotonic() < deadline:
        time.sleep(0.05)
    deadline = time.monotonic() + 2  # a process stuck in the kernel dies when its disk answers, not before
    while left and time.monotonic() < deadline:
        _send(left, signal.SIGKILL)
        time.sleep(0.02)
        left = _members(leaders)
    return len(found)


def terminate(pid: int, started: int, patience: float) -> None:
    """Ask one process to end, and insist after `patience` seconds."""
    for what, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 1.0)):
        deadline = time.monotonic() + seconds
        if alive(pid, started):
            os.kill(pid, what)
        while alive(pid, started) and time.monotonic() < deadline:
            time.sleep(0.05)


def _members(leaders: Iterable[tuple[int, int]]) -> list[Process]:
    return [each for pid, started in leaders for each in session(pid, started)]


def _send(processes: Iterable[Process], what: signal.Signals) -> None:
    for each in processes:
        try:
            os.kill(each.pid, what)
        except ProcessLookupError:
            continue
