"""Sees what a studio writes to disks: every file that is made or changed, and every file its processes hold open."""

import contextlib
import ctypes
import os
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

CHANGES = 0x2 | 0x8 | 0x80 | 0x100  # IN_MODIFY, IN_CLOSE_WRITE, IN_MOVED_TO, IN_CREATE
CREATED = 0x100 | 0x80
FOLDER = 0x40000000
EVENT = struct.Struct("iIII")
LOOK_S = 0.005


class Watch:
    """`changed` and `made` are paths; `held` are files without a name that a process opened meanwhile."""

    def __init__(self, folders: Iterable[Path], processes: Callable[[], list[psutil.Process]]) -> None:
        self.changed: set[Path] = set()
        self.made: set[Path] = set()
        self.held: set[str] = set()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._inotify = self._libc.inotify_init1(os.O_NONBLOCK)
        self._names: dict[int, Path] = {}
        self._processes = processes()
        self._ended = threading.Event()
        self._before = set(self._nameless())
        for folder in folders:
            self._add(folder)
            for each in folder.rglob("*"):
                if each.is_dir() and not each.is_symlink():
                    self._add(each)

    def run(self) -> None:
        while not self._ended.is_set():
            self._events()
            self.held.update(set(self._nameless()) - self._before)
            time.sleep(LOOK_S)
        self._events()

    def stop(self) -> None:
        self._ended.set()

    def _add(self, folder: Path) -> None:
        number = self._libc.inotify_add_watch(self._inotify, os.fsencode(folder), CHANGES)
        if number >= 0:
            self._names[number] = folder

    def _events(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._inotify, 1 << 16):
                self._note(data)

    def _note(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            number, mask, _, length = EVENT.unpack_from(data, at)
            name = data[at + EVENT.size : at + EVENT.size + length].rstrip(b"\0")
            at += EVENT.size + length
            path = self._names[number] / os.fsdecode(name)
            self.changed.add(path)
            if mask & CREATED:
                self.made.add(path)
            if mask & FOLDER:
                self._add(path)

    def _nameless(self) -> Iterator[str]:
        """Files that a process holds open though they have no name any more: where a parser spools to."""
        for process in self._processes:
            with contextlib.suppress(OSError):
                for each in Path(f"/proc/{process.pid}/fd").iterdir():
                    with contextlib.suppress(OSError):
                        target = str(each.readlink())
                        if target.startswith("/") and target.endswith("(deleted)"):
                            yield target


@contextmanager
def watching(folders: Iterable[Path], processes: Callable[[], list[psutil.Process]]) -> Iterator[Watch]:
    seen = Watch(folders, processes)
    thread = threading.Thread(target=seen.run)
    thread.start()
    try:
        yield seen
    finally:
        seen.stop()
        thread.join()


def holders(folders: Iterable[Path], needles: Iterable[bytes], since: float) -> list[Path]:
    """Files changed since then (seconds of the epoch) that contain any of these bytes."""
    wanted = list(needles)
    files = (Path(at, name) for folder in folders for at, _, names in os.walk(folder) for name in names)
    return [each for each in files if _holds(each, wanted, since)]


def _holds(file: Path, needles: list[bytes], since: float) -> bool:
    with contextlib.suppress(OSError):  # it may go while one looks
        if file.is_file() and not file.is_symlink() and file.stat().st_mtime >= since - 1:
            content = file.read_bytes()
            return any(needle in content for needle in needles)
    return False
