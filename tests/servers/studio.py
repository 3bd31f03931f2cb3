"""A whole studio of its own: `studio up` in a folder of the test, on a port of the test."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import requests

from studio.cli.fleet import free_ports
from studio.gateways import runfolder
from studio.settings import Settings

HOME = Path(__file__).parents[2]
START_S, STOP_S = 120.0, 20.0


class Studio:
    def __init__(self, var: Path, *, demo: bool = False) -> None:
        (self.port,) = free_ports(1)
        self.var = var
        self.output = var.with_suffix(".output")
        self.address = f"http://127.0.0.1:{self.port}"
        self._demo = demo
        self._up: subprocess.Popen[bytes] | None = None

    @property
    def run(self) -> Path:
        """Its folder of sockets."""
        return Settings(var=self.var).run

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STUDIO_")}
        return {**clean, "STUDIO_VAR": str(self.var), "STUDIO_WEB_PORT": str(self.port)}

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One `studio` command in this studio's folder."""
        return subprocess.run(
            [sys.executable, "-m", "studio", *words],
            cwd=HOME,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self) -> float:
        """Start it and wait until every lamp is ready; returns the seconds until the first page."""
        begun = time.monotonic()
        words = [sys.executable, "-m", "studio", "up", "--demo", "first" if self._demo else "none"]
        with self.output.open("ab") as out:
            self._up = subprocess.Popen(
                words, cwd=HOME, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )
        self.wait(lambda: self._page_of(self._up), START_S)
        first_page = time.monotonic() - begun
        self.wait(lambda: self.status()["ready"], START_S)
        return first_page

    def _page_of(self, up: subprocess.Popen[bytes] | None) -> bool:
        """Whether the page answers, and is this supervisor's, not one that a killed one left."""
        record = runfolder.read(self.run)
        mine = record is not None and up is not None and record.pid == up.pid
        try:
            return mine and self.get("/").ok
        except requests.RequestException:
            return False

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.command("status", "--json").stdout)
        return found

    def service(self, name: str) -> dict[str, Any]:
        return next(each for each in self.status()["services"] if each["name"] == name)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.address + path, timeout=10)

    def wait(self, true: Any, seconds: float) -> None:
        """Until `true()`; a supervisor that ends meanwhile, or the time, ends the test with what was said."""
        deadline = time.monotonic() + seconds
        while not true():
            gone = self._up is not None and self._up.poll() is not None
            if gone or time.monotonic() > deadline:
                log = self.var / "log/studio.log"
                tail = log.read_text()[-4000:] if log.exists() else ""
                raise TimeoutError(f"{self.output.read_text()}\n{tail}")
            time.sleep(0.2)

    def send(self, what: signal.Signals) -> None:
        """A signal to the supervisor alone, and wait for its end."""
        assert self._up is not None
        self._up.send_signal(what)
        self._up.wait(STOP_S)

    @property
    def running(self) -> bool:
        """Whether the supervisor lives."""
        return self._up is not None and self._up.poll() is None

    def stop(self) -> None:
        if self.running:
            self.send(signal.SIGTERM)

    def processes(self) -> list[psutil.Process]:
        """All processes on this machine that were started for this folder, found by their environment."""
        return [each for each in psutil.process_iter() if self._mine(each)]

    def _mine(self, process: psutil.Process) -> bool:
        try:
            mine = process.environ().get("STUDIO_VAR") == str(self.var)
            return mine and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
