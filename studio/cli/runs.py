"""`studio runs`: the work under way, how far it is, and stopping it."""

import click

from studio.cli import listing
from studio.db import session as db
from studio.queries import runs as read
from studio.services import accounts
from studio.services import runs as verbs
from studio.settings import settings


@click.group
def runs() -> None:
    """List the studio's work, look at one run, stop one."""


@runs.command("list")
@click.option(
    "-n", default=20, type=click.IntRange(1), show_default=True, help="How many at most, newest first."
)
@listing.as_json
def list_(n: int, as_json: bool) -> None:
    """List the newest runs."""
    with listing.reading() as session:
        _, found = read.listing(session, 0, n)
    columns = ("public_id", "kind", "state", "group", "comparison", "created_at", "ended_at")
    listing.rows(found, columns, json_wanted=as_json)


@runs.command
@click.argument("run")
@listing.as_json
def show(run: str, as_json: bool) -> None:
    """Show one run with its steps."""
    with listing.reading() as session:
        listing.facts(read.detail(session, run), json_wanted=as_json)


@runs.command
@click.argument("run")
def cancel(run: str) -> None:
    """Stop a run: what waits never starts, what is done stays."""
    with db.session(settings().database_url) as session:
        verbs.cancel(session, accounts.local_person(session).id, run)
    click.echo("It stops at its next picture; what is done stays.")
