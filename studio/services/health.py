"""The lamps: which services answer now. One rule of readiness for the supervisor, the pages and `studio status`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from studio.db.session import engine
from studio.gateways import probes, processes, runfolder
from studio.gateways.runfolder import Recorded
from studio.settings import Settings, settings

NAMES = ("redis", "mlflow", "torchserve", "relay", "worker", "beat", "web")
NEEDED = ("redis", "torchserve", "relay", "worker")  # without one of these no picture is made


@dataclass(frozen=True)
class Lamp:
    """One service: `state` ready, starting, restarting or stopped; `since` seconds of the epoch, 0 unknown.

    `pid` is the leader of the service's session; `rss` the bytes of the whole session; both None and 0
    where the service runs on another machine.
    """

    name: str
    state: str
    since: float
    note: str
    pid: int | None
    rss: int
    address: str
    management: str


def addresses(table: Settings) -> dict[str, str]:
    """Where each service listens; empty for those that only call others."""
    return {
        **dict.fromkeys(NAMES, ""),
        "redis": table.broker or f"unix:{table.run / 'redis.sock'}",
        "mlflow": table.mlflow,
        "torchserve": table.inference_address,
        "web": f"http://{table.web_host}:{table.web_port}",
    }


def answers(name: str, address: str, table: Settings) -> bool:
    """Whether this service does its work now."""
    ask: dict[str, Callable[[], bool]] = {
        "redis": lambda: probes.redis_answers(table.redis_url),
        "mlflow": lambda: probes.answers(address, "/health"),
        "torchserve": lambda: (
            probes.answers(address, "/ping") and probes.answers(table.management_address, "/models")
        ),
        "relay": lambda: probes.beats(table.run / "relay.beat"),
        "worker": lambda: probes.beats(table.run / "worker.beat"),
        "beat": lambda: probes.beat_holds_lock(table.redis_url),
        "web": lambda: probes.answers(address, "/healthz"),
    }
    return ask[name]()


def lamps() -> tuple[Lamp, ...]:
    """All services in the order they start, each asked at the same time."""
    table = settings()
    record = runfolder.read(table.run)
    supervised = record is not None and processes.alive(record.pid, record.started)
    known = {each.name: each for each in record.services} if record else {}
    at = addresses(table) | {name: each.address for name, each in known.items()}
    with ThreadPoolExecutor(len(NAMES)) as pool:
        awake = list(pool.map(lambda name: answers(name, at[name], table), NAMES))
    return tuple(
        _seen(known[name], ok, supervised, table) if name in known else _afar(name, ok, at[name], table)
        for name, ok in zip(NAMES, awake, strict=True)
    )


def missing(found: tuple[Lamp, ...]) -> tuple[str, ...]:
    """Names of the needed services that are not ready, "database" included; empty: pictures can be made."""
    database = () if _database_answers() else ("database",)
    return database + tuple(lamp.name for lamp in found if lamp.name in NEEDED and lamp.state != "ready")


def _database_answers() -> bool:
    try:
        reader = engine(settings().database_url).execution_options(reading=True)  # no wait for a writer
        with reader.connect() as connection:
            return bool(connection.scalar(text("SELECT version_num FROM alembic_version")))
    except DBAPIError:
        return False


def _seen(service: Recorded, awake: bool, supervised: bool, table: Settings) -> Lamp:
    """The lamp of a service of this machine: what is recorded, corrected by what is true now."""
    runs = service.pid is not None and processes.alive(service.pid, service.started)
    state, note = _truth(service, runs, awake, supervised)
    pid = service.pid if runs else None
    rss = processes.rss(pid, service.started) if pid else 0
    return Lamp(
        service.name, state, service.since, note, pid, rss, service.address, _management(service.name, table)
    )


def _truth(service: Recorded, runs: bool, awake: bool, supervised: bool) -> tuple[str, str]:
    if runs and awake:
        return "ready", service.note
    if not supervised and not runs:
        return "stopped", "Nothing looks after it: start again with make up."
    if service.state != "ready":
        return service.state, service.note
    return ("starting", "It runs but does not answer.") if runs else ("restarting", "It has just ended.")


def _afar(name: str, awake: bool, address: str, table: Settings) -> Lamp:
    """The lamp of a service that somebody else looks after."""
    state = "ready" if awake else "stopped"
    return Lamp(name, state, 0.0, "", None, 0, address, _management(name, table))


def _management(name: str, table: Settings) -> str:
    return table.management_address if name == "torchserve" else ""
