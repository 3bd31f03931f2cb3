"""Ask a serving host for a picture: TorchServe over its unix socket or TCP, with kept connections, one a thread.

Pages may only ask; workers, which load and unload, build on this.
"""

import contextlib
import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlsplit

from studio.errors import EndpointBusy, EndpointRefused, StudioError, Unavailable

CONNECT_S = 2.0
INFER_S = 25.0  # TorchServe itself gives up on a hung worker after 20 s
BOOT = Path("/proc/sys/kernel/random/boot_id")
LARGEST = 64 << 20  # the response limit of config.properties


@dataclass(frozen=True)
class Answer:
    """A picture from an endpoint; `body` is a PNG of the photo's size, or raw RGB where that was asked.

    Times in ms by the server's own clocks; `wall_ms` is seen from here.
    """

    body: bytes
    decode_ms: float
    queue_ms: float
    model_ms: float
    encode_ms: float
    cpu_ms: float
    wall_ms: float


class ModelMissing(StudioError):
    """The archive is not loaded: the server restarted, or unloaded it to make room."""

    status = 503
    permanent = False


class Inference:
    """One host, by its inference address (`unix:PATH` or `http://host:port`).

    `patience_s` is for one photo, with all its retries.
    """

    def __init__(self, address: str, patience_s: float) -> None:
        self._inference = Line(address, INFER_S)
        self._patience_s = patience_s

    def infer(self, name: str, photo: bytes, controls: Mapping[str, object], *, raw: bool = False) -> Answer:
        """Send one photo and wait.

        Raises:
            EndpointRefused: the photo or the controls will never be accepted; the sentence is the handler's.
            ModelMissing: `name` is not loaded.
            EndpointBusy: no answer in time, or the queue is full, and patience is at its end.
            Unavailable: the server does not answer at all.
        """
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Studio-Controls": json.dumps(controls, ensure_ascii=True),
        } | ({"X-Studio-Answer": "raw"} if raw else {})
        deadline = time.monotonic() + self._patience_s
        pause = 0.05
        while True:
            try:
                return self._infer_once(name, photo, headers)
            except EndpointBusy:
                if time.monotonic() + pause > deadline:
                    raise
                time.sleep(
                    pause * random.uniform(0.5, 1.5)
                )  # jitter: the threads must not come back together
                pause = min(2.0, pause * 2)

    def _infer_once(self, name: str, photo: bytes, headers: Mapping[str, str]) -> Answer:
        begun = time.perf_counter()
        sent = {"X-Studio-Sent": f"{_boot()} {time.monotonic_ns()}"}
        status, body, got = self._inference.ask(
            "POST", f"/predictions/{quote(name)}", photo, {**headers, **sent}
        )
        wall_ms = (time.perf_counter() - begun) * 1e3
        if status == 200:
            return _answer(body, got, wall_ms)
        if status == 404:
            raise ModelMissing("The version is not loaded.", "It is being loaded again.")
        if status in {400, 413, 415, 422}:
            raise refusal("The endpoint refused the photo.", body)
        if status in {429, 500, 503, 504, 507}:  # 500 and 507: its worker died and is being restarted
            raise EndpointBusy(f"The endpoint answered {status}.", "It is tried again.")
        raise refusal(f"The endpoint answered {status}.", body)


class Line:
    """Kept connections to one address, one a thread."""

    def __init__(self, address: str, patience_s: float) -> None:
        self._address = address
        self._patience_s = patience_s
        self._own = threading.local()

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Status, body and headers of the answer.

        Raises:
            EndpointBusy: it took longer than the line's patience.
            Unavailable: nobody listens, or the connection broke.
        """
        # The server closes a connection that idled without reading what was sent: a fresh one may carry it.
        for fresh in (not hasattr(self._own, "connection"), True):
            try:
                return self._ask(method, path, body, headers)
            except TimeoutError as error:
                self._drop()
                raise EndpointBusy("The endpoint did not answer in time.", "It is tried again.") from error
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                if fresh:
                    raise away(error) from error
        raise AssertionError  # the second round returns or raises

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = self._connection()
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        content = response.read(LARGEST + 1)
        if len(content) > LARGEST:
            self._drop()
            raise EndpointRefused("The endpoint's answer is larger than 64 MB.", "The version is faulty.")
        if response.length:  # read() with a limit says nothing of a connection that broke in the middle
            raise http.client.IncompleteRead(content, response.length)
        return response.status, content, response.headers

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._own, "connection"):
            connection = connect(self._address, CONNECT_S)
            connection.sock.settimeout(self._patience_s)
            self._own.connection = connection
        kept: http.client.HTTPConnection = self._own.connection
        return kept

    def _drop(self) -> None:
        if hasattr(self._own, "connection"):
            with contextlib.suppress(OSError):
                self._own.connection.close()
            del self._own.connection


def _answer(body: bytes, headers: http.client.HTTPMessage, wall_ms: float) -> Answer:
    decode, model, encode, cpu = (
        float(headers[f"X-Studio-{part}-Ms"]) for part in ("Decode", "Model", "Encode", "Cpu")
    )
    # A server on another machine has another clock and tells no waiting time: what is left is way and queue.
    queue = float(headers["X-Studio-Queue-Ms"] or wall_ms - decode - model - encode)
    return Answer(body, decode, queue, model, encode, cpu, wall_ms)


@lru_cache(maxsize=1)
def _boot() -> str:
    """Names the monotonic clock of this machine, so that a handler knows whether it reads the same one."""
    return BOOT.read_text().strip() if BOOT.exists() else "unknown"


def connect(address: str, patience_s: float) -> http.client.HTTPConnection:
    if address.startswith("unix:"):
        connection = http.client.HTTPConnection("localhost", timeout=patience_s)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(patience_s)
        connection.sock.connect(address.removeprefix("unix:"))
        return connection
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=patience_s)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def away(error: BaseException | str) -> Unavailable:
    return Unavailable(f"TorchServe does not answer ({error}).", "It is tried again when it is back.")


# What reading words from JSON of any shape may raise.
_NO_WORDS = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


def refusal(sentence: str, body: bytes) -> EndpointRefused:
    """The handler's own words where it gave some."""
    with contextlib.suppress(*_NO_WORDS):
        said = json.loads(body)
        message = said.get("message", "")
        with contextlib.suppress(*_NO_WORDS):
            inner = json.loads(message)  # TorchServe wraps a handler's answer into its own "message"
            return EndpointRefused(str(inner["message"]), str(inner.get("hint", "")))
        if message:
            return EndpointRefused(f"{sentence} {message}".strip(), str(said.get("hint", "")))
    return EndpointRefused(sentence, "")
