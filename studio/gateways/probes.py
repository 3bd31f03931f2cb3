"""Cheap questions to the services: does it answer, does its heart beat. Each takes half a second at most."""

import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from redis import Redis

PATIENCE = 0.5  # seconds
FRESH = 15.0  # seconds; the slowest heart beats every 2


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


def answers(address: str, path: str) -> bool:
    """Whether GET `path` is answered with 200; `address` is http://host:port or unix:/path."""
    connection = _connection(address)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})  # the one name that all of them trust
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _connection(address: str) -> HTTPConnection:
    if address.startswith("unix:"):
        return _UnixConnection(address.removeprefix("unix:"))
    parts = urlsplit(address)
    return HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=PATIENCE)


def redis_answers(url: str) -> bool:
    """Whether Redis answers PING; `url` as redis-py spells it."""
    return _ask_redis(url, lambda redis: redis.ping())


def beat_holds_lock(url: str) -> bool:
    """Whether some beat holds RedBeat's lock, which dies with its holder."""
    return _ask_redis(url, lambda redis: redis.exists("redbeat::lock"))


def _ask_redis(url: str, question: "Callable[[Redis], object]") -> bool:
    from redis import Redis, RedisError  # a tenth of what a page's process takes to start

    with Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None) as redis:
        try:
            return bool(question(redis))
        except RedisError:
            return False


def beats(file: Path) -> bool:
    """Whether this heartbeat file was touched lately."""
    try:
        return time.time() - file.stat().st_mtime < FRESH
    except FileNotFoundError:
        return False
