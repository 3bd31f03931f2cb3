"""Keeps the fleet alive: starts what may start, restarts what has ended, stops everything in reverse."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from studio.cli.child import Child
from studio.cli.progress import Progress
from studio.errors import StudioError
from studio.gateways import processes, runfolder
from studio.gateways.runfolder import Record

TICK = 0.1  # seconds
GRACE = 8.0  # seconds from SIGTERM to SIGKILL
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    def __init__(self, children: tuple[Child, ...], run: Path, address: str, progress: Progress) -> None:
        self._children = children
        self._run = run
        self._address = address
        self._progress = progress
        self._asked = 0
        self._settled = False
        self._written: Record | None = None

    def watch(self) -> None:
        """Look after the children until SIGINT, SIGTERM or SIGHUP; then stop them all.

        Raises:
            StudioError: a step that all others need has failed.
        """
        for what in SIGNALS:
            # nohup means it; a shell's & that ignores SIGINT does not.
            if what != signal.SIGHUP or signal.getsignal(what) != signal.SIG_IGN:
                signal.signal(what, self._ask)
        try:
            while not self._asked:
                self._round()
                time.sleep(TICK)
        finally:
            self._stop()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked += 1

    def _round(self) -> None:
        ready = {each.service.name for each in self._children if each.state == "ready"}
        for child in self._children:
            before = child.state
            child.look(may_start=ready.issuperset(child.service.needs))
            if child.state != before:
                self._changed(child)
        self._record()
        self._progress.show(self._children)
        if not self._settled and all(each.state in {"ready", "failed"} for each in self._children):
            self._settled = True
            self._progress.say(f"Started: {self._address} (Ctrl-C stops it all)")

    def _changed(self, child: Child) -> None:
        name = child.service.name
        if child.state == "failed" and any(name in each.service.needs for each in self._children):
            raise StudioError(
                f"The step “{name}” failed: {child.note}", "The whole story is in var/log/studio.log."
            )
        self._progress.changed(child)
        if name == "web" and child.state == "ready":
            self._progress.say(f"Open {self._address}")

    def _record(self) -> None:
        me = processes.look(os.getpid())
        record = Record(
            pid=os.getpid(),
            started=me.started if me else 0,
            address=self._address,
            services=tuple(each.recorded() for each in self._children),
        )
        if record != self._written:
            with suppress(OSError):  # a full disk: the next round tries again
                runfolder.write(self._run, record)
                self._written = record

    def _stop(self) -> None:
        """End each service after those that need it; after GRACE, or when asked once more, all at once."""
        self._progress.close()
        self._progress.say("Stopping. Ctrl-C again stops at once.")
        insist, deadline = self._asked + 1, time.monotonic() + GRACE
        told: set[str] = set()
        while left := [each for each in reversed(self._children) if not each.has_stopped()]:
            needed = {name for each in left for name in each.service.needs}
            for child in left:
                if self._asked >= insist or time.monotonic() > deadline:
                    child.kill()
                elif child.service.name not in needed | told:
                    told.add(child.service.name)
                    child.ask_to_stop()
            time.sleep(TICK / 2)
        runfolder.forget(self._run)
        self._progress.say("Stopped. Nothing of the studio runs any more.")
