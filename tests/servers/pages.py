"""The pages alone, served by gunicorn on a free port, without the services behind them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from studio.cli.fleet import free_ports

HOME = Path(__file__).parents[2]
START_S = 60.0


@contextmanager
def pages(var: Path) -> Iterator[str]:
    """Serve the studio of the folder `var`; yields the address."""
    (port,) = free_ports(1)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STUDIO_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "studio.app:serve()", "--bind", f"127.0.0.1:{port}",
         "--threads", "8", "--log-level", "warning"],
        cwd=HOME,
        env={**clean, "STUDIO_VAR": str(var)},
        start_new_session=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address)
        yield address
    finally:
        os.killpg(
            process.pid, signal.SIGKILL
        )  # a browser keeps its connections open; nothing is written here
        process.wait()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"{address}/healthz", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError("The pages did not start.")
