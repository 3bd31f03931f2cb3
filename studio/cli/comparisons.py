"""`studio comparisons`: what has been compared, and how far one is."""

import click

from studio.cli import listing
from studio.queries import comparisons as read
from studio.queries import entries


@click.group
def comparisons() -> None:
    """List comparisons, look at one."""


@comparisons.command("list")
@click.option(
    "-n", default=20, type=click.IntRange(1), show_default=True, help="How many at most, pinned ones first."
)
@listing.as_json
def list_(n: int, as_json: bool) -> None:
    """List comparisons, pinned ones first, then the newest."""
    with listing.reading() as session:
        found = entries.entries(session, most=n)
    columns = ("public_id", "name", "group", "revision", "revision_no", "n", "state", "created_at")
    listing.rows(found, columns, json_wanted=as_json)


@comparisons.command
@click.argument("comparison")
@listing.as_json
def show(comparison: str, as_json: bool) -> None:
    """Show one comparison and how far its pictures are."""
    with listing.reading() as session:
        desk = read.desk(session, comparison)
        how_far = read.progress(session, desk)
    beside = {name: getattr(how_far, name) for name in ("total", "done", "failed", "state")}
    listing.facts(desk, json_wanted=as_json, beside=beside)
