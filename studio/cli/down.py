"""`studio down`: stops the studio of this clone from any terminal."""

import click

from studio.cli.up import end_leftovers
from studio.gateways import processes, runfolder
from studio.settings import settings

PATIENCE = 15.0  # seconds; the supervisor itself needs 8 at most


@click.command
def down() -> None:
    """Stop the studio of this folder; end what a killed one has left behind."""
    table = settings()
    record = runfolder.read(table.run)
    if record is None:
        click.echo("Nothing of the studio runs here.")
        return
    supervised = processes.alive(record.pid, record.started)
    if supervised:
        processes.terminate(record.pid, record.started, PATIENCE)
    left = end_leftovers(table)
    click.echo("Stopped." if supervised and not left else f"Stopped; {left} processes had been left behind.")
