"""One log of all services, `var/log/studio.log`: time, service, line."""

import logging
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from threading import Thread

SIZE = 20 * 1024 * 1024  # bytes of one file; the one before is kept


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 logging's own name
        """A full disk costs lines of the log, not the services."""


class Logbook:
    def __init__(self, file: Path) -> None:
        self._file = _File(file, maxBytes=SIZE, backupCount=1, encoding="utf-8")
        self._file.setFormatter(logging.Formatter("%(asctime)s %(name)-10s %(message)s"))
        self._last: dict[str, str] = {}

    def follow(self, service: str, lines: Iterable[bytes]) -> None:
        """Write these lines as they come, until the last process that holds the pipe has ended."""
        Thread(target=self._copy, args=(service, lines), daemon=True, name=f"log of {service}").start()

    def write(self, service: str, line: str) -> None:
        self._file.handle(logging.makeLogRecord({"name": service, "msg": line}))

    def last(self, service: str) -> str:
        """The newest line of this service that says something."""
        return self._last.get(service, "")

    def _copy(self, service: str, lines: Iterable[bytes]) -> None:
        for raw in lines:
            line = raw.decode(errors="replace").rstrip()
            self.write(service, line)
            if line.strip():
                self._last[service] = line.strip()
