"""A small server that speaks as TorchServe does, on a socket or a port, and misbehaves where a test asks it to."""

import contextlib
import json
import os
import socket
import socketserver
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

TIMES = {f"X-Studio-{part}-Ms": "1.5" for part in ("Decode", "Queue", "Model", "Encode", "Cpu")}
PHOTO_STARTS = (b"\x89PNG", b"\xff\xd8", b"RIFF")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    send: Callable[[bytes], object]


# A way to answer a request; False closes the connection afterwards.
Manner = Callable[[Request], bool]


def answer(status: int, body: bytes = b"", **headers: str) -> Manner:
    lines = {
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = f"HTTP/1.1 {status} As asked\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in lines.items()
    )

    def send(request: Request) -> bool:
        request.send(head.encode() + b"\r\n" + body)
        return True

    return send


def says(status: int, /, **said: object) -> Manner:
    return answer(status, json.dumps(said).encode())


def picture(body: bytes) -> Manner:
    return answer(200, body, **{name.replace("-", "_"): value for name, value in TIMES.items()})


def hang(seconds: float) -> Manner:
    def wait(request: Request) -> bool:
        time.sleep(seconds)
        return False

    return wait


def cut(sent: bytes, promised: int) -> Manner:
    """Promises more bytes than it sends, then closes."""

    def send(request: Request) -> bool:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {promised}\r\n".encode()
        head += "".join(f"{name}: {value}\r\n" for name, value in TIMES.items()).encode()
        request.send(head + b"\r\n" + sent)
        return False

    return send


def close(request: Request) -> bool:
    """Reads the request and closes without a word."""
    del request
    return False


@dataclass
class Stub:
    """Archives it may load, models it has loaded, and what came in; `misbehave` queues manners for predictions."""

    archives: Path
    inference: str = ""
    management: str = ""
    models: set[str] = field(default_factory=set)
    heard: list[Request] = field(default_factory=list)
    connections: int = 0
    manners: deque[Manner] = field(default_factory=deque)
    on_models: deque[Manner] = field(default_factory=deque)

    def misbehave(self, *manners: Manner) -> None:
        self.manners.extend(manners)

    def manner(self, request: Request) -> Manner:
        self.heard.append(request)
        if request.path.startswith("/models"):
            return self.on_models.popleft() if self.on_models else self._manage(request)
        return self.manners.popleft() if self.manners else self._predict(request)

    def _manage(self, request: Request) -> Manner:
        address = urlsplit(request.path)
        name = address.path.removeprefix("/models").strip("/")
        if request.method == "POST":
            asked = {key: values[0] for key, values in parse_qs(address.query).items()}
            return self._load(asked)
        if name not in self.models:
            return says(404, code=404, message=f"Model not found: {name}")
        if request.method == "DELETE":
            self.models.remove(name)
            return says(200, status="unregistered")
        workers = [{"id": "9000", "status": "READY", "pid": os.getpid(), "memoryUsage": 300_000_000}]
        return answer(200, json.dumps([{"modelName": name, "workers": workers}]).encode())

    def _load(self, asked: dict[str, str]) -> Manner:
        if asked["model_name"] in self.models:
            return says(409, code=409, message="already registered")
        if not (self.archives / asked["url"]).exists():
            return says(404, code=404, message="Model archive not found")
        self.models.add(asked["model_name"])
        return says(200, status="registered")

    def _predict(self, request: Request) -> Manner:
        if request.path.removeprefix("/predictions/") not in self.models:
            return says(404, code=404, message="Model not found")
        controls: dict[str, Any] = json.loads(request.headers["x-studio-controls"])
        if controls.get("colour") == "no such colour":
            return says(400, message="“no such colour” is no colour of this model.", hint="It has: copper.")
        if not request.body.startswith(PHOTO_STARTS):
            return says(422, message="This is no readable photo.", hint="Send a JPEG, PNG or WebP.")
        return picture(bytes(64 * 64 * 3) if "x-studio-answer" in request.headers else request.body)


class _Conversation(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = False

    def handle(self) -> None:
        stub: Stub = self.server.stub  # type: ignore[attr-defined]
        stub.connections += 1
        with contextlib.suppress(OSError):  # the client may leave at any moment
            while request := self._request():
                if not stub.manner(request)(request):
                    return

    def _request(self) -> Request | None:
        first = self.rfile.readline().decode().split()
        if not first:
            return None
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0)))
        return Request(first[0], first[1], headers, body, self.wfile.write)


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False


@contextmanager
def torchserve_stub(kind: str) -> Iterator[Stub]:
    """Listens on "unix" sockets or on "tcp" ports of this machine; one server answers both addresses."""
    with TemporaryDirectory(dir="/tmp", prefix="studio-stub-") as folder:
        path = str(Path(folder) / "ts.sock")
        server = _Unix(path, _Conversation) if kind == "unix" else _Tcp(("127.0.0.1", 0), _Conversation)
        address = f"unix:{path}" if kind == "unix" else f"http://127.0.0.1:{server.server_address[1]}"
        stub = Stub(Path(folder), address, address)
        server.stub = stub  # type: ignore[union-attr]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
