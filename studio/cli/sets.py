"""`studio sets`: the sets of photos, and one revision with its photos."""

from dataclasses import dataclass

import click

from studio.cli import listing
from studio.queries import sets as read
from studio.queries.sets import Item, Revision


@dataclass(frozen=True)
class Whole(Revision):
    """A revision with the numbers of all of its set, newest first, and its photos."""

    revisions: tuple[int, ...]
    photos: tuple[Item, ...]


@click.group
def sets() -> None:
    """List the sets of photos, look at one."""


@sets.command("list")
@click.option("--retired", is_flag=True, help="Those put aside.")
@listing.as_json
def list_(retired: bool, as_json: bool) -> None:
    """List the sets, each by its newest revision."""
    with listing.reading() as session:
        found = [entry.newest for entry in read.entries(session, retired=retired)]
    listing.rows(found, ("slug", "name", "no", "purpose", "n", "at", "by"), json_wanted=as_json)


@sets.command
@click.argument("slug")
@click.option("-r", "--revision", type=int, help="Its number; the newest without.")
@listing.as_json
def show(slug: str, revision: int | None, as_json: bool) -> None:
    """Show one revision of a set with its photos."""
    with listing.reading() as session:
        revisions = read.revisions(session, slug)
        shown = read.numbered(revisions, revision)
        numbers, photos = tuple(each.no for each in revisions), tuple(read.items(session, shown.id))
    listing.facts(Whole(**vars(shown), revisions=numbers, photos=photos), json_wanted=as_json)
