"""`studio versions`: registering a checkpoint from the terminal, and the versions of a group."""

import json
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from studio.cli import listing, steps
from studio.db import session as db
from studio.domain import rows
from studio.domain.ancestry import next_name
from studio.errors import StudioError
from studio.queries import groups as lines
from studio.queries import registering as way
from studio.queries import tree
from studio.queries import versions as read
from studio.services import accounts, lifecycle, registering
from studio.services import versions as verbs
from studio.services.registering import Registration
from studio.settings import settings

PIECE = 1 << 20

a_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group
def versions() -> None:
    """Register checkpoints, list a group's versions, look at one."""


@versions.command("list")
@click.argument("group")
@listing.as_json
def list_(group: str, as_json: bool) -> None:
    """List the versions of GROUP, parents before children."""
    with listing.reading() as session:
        found = tree.tree(session, lines.group(session, group).id, folded=False).nodes
    listing.rows(found, ("name", "state", "champion", "parents", "created_at"), json_wanted=as_json)


@versions.command
@click.argument("group")
@click.argument("version")
@listing.as_json
def show(group: str, version: str, as_json: bool) -> None:
    """Show one VERSION of GROUP."""
    with listing.reading() as session:
        listing.facts(read.version(session, group, version), json_wanted=as_json)


@versions.command
@click.argument("group")
@click.argument("file", type=a_file)
@click.option("--name", default="", help="Of the version; the next number without.")
@click.option("--parent", "parents", multiple=True, help="What it comes from; twice for a swap of layers.")
@click.option("--param", "params", multiple=True, metavar="KEY=VALUE", help="A parameter, typed like JSON.")
@click.option("--control", "controls", multiple=True, metavar="KEY=VALUE", help="Of its first comparison.")
@click.option("--card", type=a_file, help="JSON: what the version says of itself.")
@click.option("--manifest", type=a_file, help="JSON; taken over from the first parent without.")
@click.option("--notes", default="", help="Free words.")
@click.option(
    "--wait", is_flag=True, help="Show the way until it is compared; exit status 1 if a step failed."
)
@listing.as_json
def register(  # noqa: PLR0913, PLR0917 one parameter an option
    group: str,
    file: Path,
    name: str,
    parents: tuple[str, ...],
    params: tuple[str, ...],
    controls: tuple[str, ...],
    card: Path | None,
    manifest: Path | None,
    notes: str,
    wait: bool,
    as_json: bool,
) -> None:
    """Register the weights FILE (safetensors) as a new version of GROUP."""
    with db.session(settings().database_url) as session:
        person_id, line = accounts.local_person(session).id, lines.get(session, group)
        contract = registering.manifest(
            session, line, manifest.read_text("utf-8-sig", "replace") if manifest else "", parents
        )
        asked = Registration(
            name=name or next_name(each.name for each in way.family(session, group).members),
            checkpoint=_kept(session, file),
            manifest=contract,
            params=_table("--param", params),
            card=_card(card),
            notes=notes,
            parents=parents,
            controls=_table("--control", controls) or None,
        )
        version, _run = registering.register(session, person_id, line, asked)
        version_id, version_name = version.id, version.name
    _follow(version_id, version_name, wait=wait, as_json=as_json)


@versions.command
@click.argument("group")
@click.argument("version")
@click.option(
    "--wait", is_flag=True, help="Show the way until it is compared; exit status 1 if a step failed."
)
@listing.as_json
def retry(group: str, version: str, wait: bool, as_json: bool) -> None:
    """Try a failed registration again."""
    with db.session(settings().database_url) as session:
        found = lifecycle.find(session, group, version)
        registering.again(session, accounts.local_person(session).id, found)
        version_id = found.id
    _follow(version_id, version, wait=wait, as_json=as_json)


@versions.command
@click.argument("group")
@click.argument("version")
def withdraw(group: str, version: str) -> None:
    """Stop a registration; its file may be registered again."""
    with db.session(settings().database_url) as session:
        found = lifecycle.find(session, group, version)
        registering.withdraw(session, accounts.local_person(session).id, found)
    click.echo(f"{version} is withdrawn; the same file may be registered again.")


@versions.command
@click.argument("group")
@click.argument("version")
@click.argument("names", nargs=-1, metavar="[PARENT]...")
def parents(group: str, version: str, names: tuple[str, ...]) -> None:
    """Correct where VERSION comes from: nothing, one parent, or two."""
    with db.session(settings().database_url) as session:
        found = lifecycle.find(session, group, version)
        verbs.correct_parents(session, accounts.local_person(session).id, found, names)
    click.echo(f"{version} comes from {' and '.join(names) or 'no other version'}.")


def _follow(version_id: int, name: str, *, wait: bool, as_json: bool) -> None:
    if not wait:
        click.echo(json.dumps({"version": name}) if as_json else f"{name} is being registered.")
        return
    walk = steps.watch(version_id, quiet=as_json)
    if as_json:
        listing.facts(walk, json_wanted=True)
    raise SystemExit(0 if not walk.failures and not walk.withdrawn else 1)


def _kept(session: Session, file: Path) -> registering.Kept:
    most = settings().checkpoint_mb
    if file.stat().st_size > most << 20:
        raise StudioError(
            f"The file is larger than {most} MB.", "Raise STUDIO_CHECKPOINT_MB if it must be so."
        )
    with file.open("rb") as opened:
        pieces = iter(lambda: opened.read(PIECE), b"")
        return registering.keep(session, registering.storage(), file.name, pieces)


def _table(option: str, pairs: tuple[str, ...]) -> dict[str, Any]:
    if lost := [pair for pair in pairs if "=" not in pair]:
        raise StudioError(f"{option} {lost[0]} has no value.", f"Write {option} key=value.")
    try:
        return rows.table([(key, value) for key, _, value in (pair.partition("=") for pair in pairs)])
    except ValueError as error:
        raise StudioError(f"{option} names {error} twice.", "Leave one of them out.") from None


def _card(file: Path | None) -> dict[str, Any]:
    body = rows.value(file.read_text("utf-8-sig", "replace")) if file else {}
    if not isinstance(body, dict):
        raise StudioError("The card is no JSON object.", 'It starts with {"data": …}.')
    return body
