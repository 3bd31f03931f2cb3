"""What the terminal shows of a registration: one live list on a terminal, a line a change anywhere else."""

import sys
import time

from rich.console import Console
from rich.live import Live
from rich.table import Table

from studio.cli import listing
from studio.queries import registering
from studio.queries.registering import Stop, Walk

LOOK_S = 0.5
MARKS = {
    "done": "✓",
    "running": "●",
    "failed": "▼",
    "again": "?",
    "waiting": "○",
    "skipped": "–",
    "cancelled": "×",
}


def watch(version_id: int, *, quiet: bool = False) -> Walk:
    """Show a registration until nothing of it changes by itself any more."""
    console = Console(file=sys.stderr if quiet else sys.stdout, quiet=quiet)
    live = Live(console=console, auto_refresh=False) if console.is_interactive and not quiet else None
    said: dict[tuple[str, str], str] = {}
    if live:
        live.start()
    try:
        while True:
            walk = _look(version_id)
            if live:
                live.update(_table(walk), refresh=True)
            else:
                _tell(console, walk, said)
            if not walk.open:
                return walk
            time.sleep(LOOK_S)
    finally:
        if live:
            live.stop()
        _last(console, _look(version_id))


def _look(version_id: int) -> Walk:
    with listing.reading() as session:
        walk = registering.walk(session, version_id)
    assert walk is not None  # noqa: S101 it was registered a moment ago
    return walk


def _table(walk: Walk) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for stop in walk.stops:
        table.add_row(MARKS[stop.state], *_key(stop), _seconds(stop), stop.error)
    return table


def _tell(console: Console, walk: Walk, said: dict[tuple[str, str], str]) -> None:
    for stop in walk.stops:
        if said.get(_key(stop), "waiting") != stop.state != "skipped":
            said[_key(stop)] = stop.state
            words = (*_key(stop), stop.state, _seconds(stop) if stop.state == "done" else "", stop.error)
            console.print(
                " ".join(word for word in words if word), markup=False, highlight=False, soft_wrap=True
            )


def _last(console: Console, walk: Walk) -> None:
    for stop in walk.failures:
        console.print(f"{stop.error} {stop.hint}".strip(), markup=False, highlight=False, soft_wrap=True)
    times = [("ready", walk.ready), ("compared", walk.compared)]
    reached = [f"{word} after {seconds:.0f} s" for word, seconds in times if seconds is not None]
    if reached:
        console.print(f"{walk.version}: {', '.join(reached)}", markup=False, highlight=False)


def _key(stop: Stop) -> tuple[str, str]:
    return stop.name, stop.precision.value.upper() if stop.precision else ""


def _seconds(stop: Stop) -> str:
    return "" if stop.seconds is None else f"{stop.seconds:.1f} s"
