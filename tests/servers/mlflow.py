"""A real MLflow server on a free port, with its database and artifacts in a folder of the test's."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests


@dataclass
class MlflowServer:
    address: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def mlflow_server(folder: Path) -> Iterator[MlflowServer]:
    port = free_port()
    server = MlflowServer(f"http://127.0.0.1:{port}", _start(folder, port))
    try:
        _wait(server, folder / "mlflow.log")
        yield server
    finally:
        server.stop()


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    beside = str(Path(sys.executable).parent)
    with (folder / "mlflow.log").open("wb") as log:
        return subprocess.Popen(
            [
                f"{beside}/mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
                "--backend-store-uri", f"sqlite:///{folder.resolve()}/mlflow.db",
                "--artifacts-destination", f"{folder.resolve()}/artifacts", "--serve-artifacts",
            ],
            env={
                **os.environ,
                "PATH": f"{beside}:{os.environ['PATH']}",  # it starts its own server program by name
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            },
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip


def _wait(server: MlflowServer, log: Path, limit_s: float = 90) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end and server.process.poll() is None:
        try:
            if requests.get(f"{server.address}/health", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise RuntimeError(f"MLflow did not start:\n{log.read_text()[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
