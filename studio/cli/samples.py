"""`studio samples`: bring a folder of photos into the library, list it, look at one photo."""

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from studio.cli import listing
from studio.db.session import engine
from studio.domain import tags
from studio.gateways import folders
from studio.gateways.storage import Storage
from studio.queries import samples as read
from studio.queries.samples import Filters
from studio.services import accounts, importing
from studio.services.importing import Imported, Outcome
from studio.settings import settings

PARTS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


@click.group
def samples() -> None:
    """Bring photos into the library, list them, look at one."""


@samples.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For programs; the form is in docs/cli.md.")
def import_(folder: Path, as_json: bool) -> None:
    """Import the photos of FOLDER, with the tags, masks and rights of its manifest.csv.

    A second time changes only what changed. Exit status 1 if a file was refused.
    """
    found = _import(folders.read(folder))
    if as_json:
        body = {"outcomes": _counts(found), "files": [asdict(each) for each in found]}
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        click.echo(_sentence(found))
    raise SystemExit(1 if any(each.outcome is Outcome.REFUSED for each in found) else 0)


def _import(entries: list[folders.Entry | folders.BadRow]) -> list[Imported]:
    """Import with a bar on a terminal; what is worth a sentence is said at once, on stderr."""
    storage, found = Storage(settings().objects), []
    with (
        Session(engine(settings().database_url), expire_on_commit=False) as session,
        Progress(*PARTS, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("Importing", total=len(entries))
        for each in importing.bring(session, storage, accounts.local_person(session).id, entries):
            found.append(each)
            bar.advance(task)
            if each.note:
                bar.console.print(f"{each.name}: {each.note}", markup=False, highlight=False, soft_wrap=True)
    return found


def _counts(found: list[Imported]) -> dict[str, int]:
    counted = Counter(each.outcome for each in found)
    return {outcome.value: counted[outcome] for outcome in Outcome}


def _sentence(found: list[Imported]) -> str:
    counted = {name: n for name, n in _counts(found).items() if n}
    if set(counted) <= {Outcome.UNCHANGED, Outcome.TWICE}:
        return f"{len(found)} photos, nothing changed."
    return f"{len(found)} photos: {', '.join(f'{n} {name}' for name, n in counted.items())}."


@samples.command("list")
@click.option("--tag", "given", multiple=True, metavar="KEY:VALUE", help="Only photos with it; may repeat.")
@click.option("--search", default="", help="Words in the name or in a tag.")
@click.option("--retired", is_flag=True, help="Those that were put aside.")
@click.option(
    "-n", default=20, type=click.IntRange(1), show_default=True, help="How many at most, newest first."
)
@listing.as_json
def list_(given: tuple[str, ...], search: str, retired: bool, n: int, as_json: bool) -> None:
    """List photos of the library."""
    chosen = frozenset(tags.parse(each) for each in given)
    with listing.reading() as session:
        found = read.listing(session, Filters(tuple(search.split()), chosen, retired), n)
    columns = ("id", "name", "width", "height", "tags", "licence", "created_at")
    listing.rows(found, columns, json_wanted=as_json)


@samples.command
@click.argument("number", type=int)
@listing.as_json
def show(number: int, as_json: bool) -> None:
    """Show one photo: what it is and what is known of it."""
    with listing.reading() as session:
        listing.facts(read.row(session, number), json_wanted=as_json)
