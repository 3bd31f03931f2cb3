"""One service and the process that does its work now."""

import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from studio.cli.fleet import Service
from studio.cli.logbook import Logbook
from studio.gateways import processes
from studio.gateways.runfolder import Recorded

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds before the next start, doubling
HEALTHY = 60.0  # seconds after which an earlier failure is forgotten


@dataclass
class Child:
    """States: starting, ready, restarting, stopped; a service that runs once ends in `ready` or `failed`."""

    service: Service
    environment: Mapping[str, str]
    log: Logbook
    answers: Callable[[], bool]
    address: str = ""
    state: str = "starting"
    note: str = ""
    since: float = field(default_factory=time.time)
    started: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _pause: float = FIRST_PAUSE
    _due: float = 0.0  # monotonic
    _changed: float = field(default_factory=time.monotonic)
    _thawed: float = field(default_factory=time.monotonic)

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def seconds(self) -> float:
        """How long it has been in its state."""
        return time.monotonic() - self._changed

    def look(self, *, may_start: bool) -> None:
        """Start it, notice its end, or notice that it answers."""
        if self._process is None:
            if may_start and self.state in {"starting", "restarting"} and time.monotonic() >= self._due:
                self._start()
        elif (code := self._process.poll()) is not None:
            self._ended(code)
        elif self.state != "ready" and not self.service.once and self.answers():
            self._become("ready", "Restarted." if self.state == "restarting" else "")
        elif self._frozen():
            self._clear()
            self._again("It was stopped in the middle (SIGSTOP).")

    def _frozen(self) -> bool:
        """Whether its leader has stood still for longer than it may."""
        if self.service.frozen_s is None or self._process is None:
            return False
        found = processes.look(self._process.pid)
        if found is None or not found.frozen:
            self._thawed = time.monotonic()
        return time.monotonic() - self._thawed > self.service.frozen_s

    def ask_to_stop(self) -> None:
        """SIGTERM to the leader, which knows best how to end its own children."""
        if self._process is not None:
            self._process.terminate()

    def has_stopped(self) -> bool:
        """Whether its leader has ended; what it left behind is ended too."""
        if self._process is None or self._process.poll() is not None:
            self.kill()
        return self._process is None

    def kill(self) -> None:
        """End the whole session at once."""
        self._clear()
        self._become("stopped", "")

    def recorded(self) -> Recorded:
        pid = self._process.pid if self._process else None
        return Recorded(self.service.name, self.state, self.since, self.note, pid, self.started, self.address)

    def _start(self) -> None:
        for trace in self.service.traces:
            trace.unlink(missing_ok=True)
        try:
            self._process = self._open()
        except OSError as error:
            self._again(f"It cannot start: {error}.")
            return
        found = processes.look(self._process.pid)
        self.started = found.started if found else 0
        if self._process.stdout:
            self.log.follow(self.service.name, self._process.stdout)

    def _open(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.service.command,
            cwd=self.service.folder,
            env={**self.environment, **self.service.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _ended(self, code: int) -> None:
        self._clear()
        last = self.log.last(self.service.name)
        if self.service.once:
            self._become("failed" if code else "ready", last if code else "")
            return
        if self.state == "ready" and self.seconds > HEALTHY:
            self._pause = FIRST_PAUSE
        self._again(f"It ended with {_how(code)}. {last}")

    def _again(self, note: str) -> None:
        self._due = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._become("restarting", note)

    def _clear(self) -> None:
        """End what is left of the session, so that a new life starts alone."""
        if self._process is not None:
            processes.end([(self._process.pid, self.started)], patience=0)
            self._process.wait()
            self._process = None

    def _become(self, state: str, note: str) -> None:
        if state != self.state:
            self.since, self._changed = time.time(), time.monotonic()
        self.state, self.note = state, note


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"
