"""`studio up`: everything in one terminal, until Ctrl-C."""

import click
from rich.console import Console

from studio.cli import checks, fleet
from studio.cli.child import Child
from studio.cli.logbook import Logbook
from studio.cli.progress import Progress
from studio.cli.supervisor import Supervisor
from studio.errors import Conflict, StudioError
from studio.gateways import processes, runfolder
from studio.services import health
from studio.settings import Settings, settings


@click.command
@click.option(
    "--demo",
    type=click.Choice(fleet.DEMOS),
    default="all",
    show_default=True,
    help="How much of the demo to add: nothing where others work, its first version for a quick look.",
)
def up(demo: fleet.Demo) -> None:
    """Start all services and keep them alive until Ctrl-C."""
    table = settings()
    _refuse(checks.needed(table))
    lock = _claim(table)
    try:
        end_leftovers(table)
        _refuse((checks.port(table.web_host, table.web_port),))
        _run(fleet.placed(table), demo)
    finally:
        fleet.tidy(table)
        runfolder.leave(table.run, lock)


def end_leftovers(table: Settings) -> int:
    """End what an earlier supervisor of this clone left behind when it was killed; how many processes."""
    record = runfolder.read(table.run)
    if record is None:
        return 0
    ended = processes.end([(each.pid, each.started) for each in record.services if each.pid], patience=3)
    runfolder.forget(table.run)
    return ended


def _refuse(found: tuple[checks.Check, ...]) -> None:
    bad = [check for check in found if check.state == "fail"]
    if bad:
        raise StudioError("\n".join(f"{check.says} {check.do}" for check in bad))


def _claim(table: Settings) -> int:
    runfolder.make(table.run)
    lock = runfolder.claim(table.run)
    if lock is None:
        record = runfolder.read(table.run)
        where = f" at {record.address}" if record else ""
        raise Conflict(f"This studio runs already{where}.", "Stop it with: studio down")
    return lock


def _run(table: Settings, demo: fleet.Demo) -> None:
    fleet.prepare(table)
    children, address = _children(table, demo), health.addresses(table)["web"]
    Supervisor(children, table.run, address, Progress(Console())).watch()


def _children(table: Settings, demo: fleet.Demo) -> tuple[Child, ...]:
    log, where, inherited = (
        Logbook(table.root / "log/studio.log"),
        health.addresses(table),
        fleet.environment(table),
    )

    def child(service: fleet.Service) -> Child:
        address = where.get(service.name, "")
        return Child(service, inherited, log, lambda: health.answers(service.name, address, table), address)

    return tuple(child(service) for service in fleet.fleet(table, demo))
