"""The run folder of one clone: sockets, heartbeats, and `services.json`, the supervisor's word on its services."""

import fcntl
import json
import os
import stat
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.errors import StudioError


@dataclass(frozen=True)
class Recorded:
    """One service as the supervisor last saw it; `since` in seconds of the epoch; no pid: not running."""

    name: str
    state: str
    since: float
    note: str
    pid: int | None
    started: int
    address: str


@dataclass(frozen=True)
class Record:
    """What runs for this clone; `pid`, `started` are the supervisor's own."""

    pid: int
    started: int
    address: str
    services: tuple[Recorded, ...]


def make(folder: Path) -> None:
    """Create the folder, private to this user.

    Raises:
        StudioError: the path belongs to somebody else.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StudioError(
            f"{folder} belongs to somebody else.", "Remove it, or set STUDIO_SOCKETS to a folder of yours."
        )
    folder.chmod(0o700)


def claim(folder: Path) -> int | None:
    """Lock the folder for as long as this process lives; None if another supervisor holds it.

    The lock is on the folder itself: systemd-tmpfiles spares a locked folder, however old its files.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def leave(folder: Path, handle: int) -> None:
    """Give the claim back, and the folder with it where nothing is left in it."""
    with suppress(OSError):
        folder.rmdir()
    os.close(handle)


def write(folder: Path, record: Record) -> None:
    """Replace `services.json` in one step, so that no reader meets half of it."""
    draft = folder / "services.json.new"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(asdict(record), file)
    draft.replace(folder / "services.json")


def read(folder: Path) -> Record | None:
    """The record, or None where no supervisor of this version has written one."""
    try:
        body = json.loads((folder / "services.json").read_text())
        services = tuple(Recorded(**each) for each in body.pop("services"))
        return Record(**body, services=services)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def forget(folder: Path) -> None:
    (folder / "services.json").unlink(missing_ok=True)
