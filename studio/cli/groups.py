"""`studio groups`: the product lines."""

import click

from studio.cli import listing
from studio.queries import groups as read
from studio.queries import home


@click.group
def groups() -> None:
    """List the groups, look at one."""


@groups.command("list")
@listing.as_json
def list_(as_json: bool) -> None:
    """List the groups."""
    with listing.reading() as session:
        found = home.groups(session)
    listing.rows(found, ("slug", "name", "lane", "versions"), json_wanted=as_json)


@groups.command
@click.argument("group")
@listing.as_json
def show(group: str, as_json: bool) -> None:
    """Show one group with the sets of photos that it uses."""
    with listing.reading() as session:
        listing.facts(read.group(session, group), json_wanted=as_json)
