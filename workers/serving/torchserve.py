"""TorchServe over its unix sockets or TCP, with kept connections, one for each thread."""

import contextlib
import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from studio.errors import EndpointBusy, EndpointRefused, Unavailable
from workers.serving.base import Answer, ModelMissing

CONNECT_S = 2.0
INFER_S = 25.0  # TorchServe itself gives up on a hung worker after 20 s
DEPLOY_S = 120.0
BUDGET_S = 60.0  # of one photo, with all its retries
BOOT = Path("/proc/sys/kernel/random/boot_id")
LARGEST = 64 << 20  # the response limit of config.properties


class TorchServe:
    """One host, by its inference and management address (`unix:PATH` or `http://host:port`)."""

    def __init__(self, inference: str, management: str) -> None:
        self._inference = _Line(inference, INFER_S)
        self._management = _Line(management, DEPLOY_S)

    def deploy(self, name: str, archive: Path) -> None:
        query = urlencode(
            {"url": archive.name, "model_name": name, "initial_workers": 1, "synchronous": "true"}
        )
        status, body, _ = self._management.ask("POST", f"/models?{query}")
        # 409: another worker registered it a moment ago. The name is the archive's hash, so it is the same.
        if status not in {200, 202, 409}:
            raise _refusal("TorchServe would not load the archive.", body)
        self._wait_until_ready(name)

    def undeploy(self, name: str) -> None:
        status, body, _ = self._management.ask("DELETE", f"/models/{quote(name)}")
        if status not in {200, 202, 404}:
            raise _refusal("TorchServe would not unload the archive.", body)

    def loaded(self, name: str) -> bool:
        return any(worker["status"] == "READY" for worker in self._workers(name))

    def memory(self, name: str) -> int:
        return sum(int(worker["memoryUsage"]) for worker in self._workers(name))

    def infer(self, name: str, photo: bytes, controls: Mapping[str, object], *, raw: bool = False) -> Answer:
        headers = {
            "Content-Type": "application/octet-stream",
            "X-Studio-Controls": json.dumps(controls, ensure_ascii=True),
        } | ({"X-Studio-Answer": "raw"} if raw else {})
        deadline = time.monotonic() + BUDGET_S
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
            raise _refusal("The endpoint refused the photo.", body)
        if status in {429, 500, 503, 504, 507}:  # 500 and 507: its worker died and is being restarted
            raise EndpointBusy(f"The endpoint answered {status}.", "It is tried again.")
        raise _refusal(f"The endpoint answered {status}.", body)

    def _workers(self, name: str) -> list[dict[str, Any]]:
        status, body, _ = self._management.ask("GET", f"/models/{quote(name)}")
        if status == 404:
            return []
        try:
            found: list[dict[str, Any]] = json.loads(body)[0]["workers"]
        except (ValueError, LookupError, TypeError) as error:
            raise _away(f"its management answered {status}") from error
        return found

    def _wait_until_ready(self, name: str) -> None:
        deadline = time.monotonic() + DEPLOY_S
        while not self.loaded(name):
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"The archive did not start within {DEPLOY_S:.0f} s.", "Look at the log of TorchServe."
                )
            time.sleep(0.1)


class _Line:
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
                    raise _away(error) from error
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
            connection = _connect(self._address, CONNECT_S)
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


def _connect(address: str, patience_s: float) -> http.client.HTTPConnection:
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


def _away(error: BaseException | str) -> Unavailable:
    return Unavailable(f"TorchServe does not answer ({error}).", "It is tried again when it is back.")


# What reading words from JSON of any shape may raise.
_NO_WORDS = (ValueError, TypeError, AttributeError, LookupError, RecursionError)


def _refusal(sentence: str, body: bytes) -> EndpointRefused:
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
