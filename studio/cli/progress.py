"""What the terminal shows of a start: one live table on a terminal, plain lines anywhere else."""

from contextlib import suppress

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from studio.cli.child import Child

COLOURS = {"ready": "green", "restarting": "yellow", "failed": "red", "stopped": "dim", "starting": "default"}


class Progress:
    """The table stays while something starts; afterwards only what changes is said, a line each.

    A terminal that has gone away is no reason to stop looking after the services.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_interactive else None
        self._busy = True
        if self._live:
            self._live.start()

    def show(self, children: tuple[Child, ...]) -> None:
        if self._live is None or not self._busy:
            return
        self._busy = any(each.state in {"starting", "restarting"} for each in children)
        with suppress(OSError):
            self._live.update(_table(children), refresh=True)
            if not self._busy:
                self._live.stop()

    def changed(self, child: Child) -> None:
        """Say what has become of one service, unless the table shows it."""
        if self._live is None or not self._busy:
            name, note = child.service.name, child.note and f" {child.note}"
            self.say(f"{name:<10} {_word(child)}.{note}")

    def say(self, line: str) -> None:
        with suppress(OSError):
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        self._busy = False
        if self._live:
            with suppress(OSError):
                self._live.stop()


def _table(children: tuple[Child, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for width in (10, 10, 5):
        table.add_column(min_width=width)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for child in children:
        colour = COLOURS[child.state]
        seconds = "" if child.state == "ready" else f"{child.seconds:.0f} s"
        note = child.note or (child.log.last(child.service.name) if child.state == "starting" else "")
        table.add_row(child.service.name, f"[{colour}]{_word(child)}[/]", seconds, Text(note, style="dim"))
    return table


def _word(child: Child) -> str:
    """The state as a person says it: what runs once is running or done."""
    once = {"starting": "running", "ready": "done"} if child.service.once else {}
    return once.get(child.state, child.state)
