"""`studio night run`: measure champion and candidates now, wait, and answer by exit status."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import DBAPIError

from studio.cli import listing
from studio.db import session as db
from studio.domain import junit
from studio.domain.vocabulary import NightState
from studio.errors import NotFound, StudioError
from studio.queries import groups
from studio.queries import nights as reading
from studio.queries.nights import Entry
from studio.services import accounts, health, nights
from studio.services.nights import Asked
from studio.settings import settings

OK, REGRESSION, NO_VERDICT = 0, 1, 2
LOOK_S = 2.0
WRITTEN = click.File("w", encoding="utf-8", lazy=False)  # a wrong path is said now, not after the night
PATIENCE_S = 60.0  # a service that the supervisor starts anew is back in 40 s


@click.group()
def night() -> None:
    """Nightly measurements."""


@night.command("list")
@listing.as_json
def list_(as_json: bool) -> None:
    """List the newest nights."""
    with listing.reading() as session:
        found = reading.listing(session)
    columns = ("public_id", "group", "date", "state", "champion", "candidates", "reason")
    listing.rows(found, columns, json_wanted=as_json)


@night.command()
@click.argument("night_id", metavar="NIGHT")
@listing.as_json
def show(night_id: str, as_json: bool) -> None:
    """Show one night with its findings."""
    with listing.reading() as session:
        listing.facts(reading.one(session, night_id), json_wanted=as_json)


@night.command()
@click.option("--group", "slug", help="Only this group, by its address; otherwise every one with a champion.")
@click.option(
    "--candidate", "candidates", multiple=True, help="Measure this version; otherwise the candidates."
)
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="The night's date; otherwise today's.")
@click.option("--json", "json_file", type=WRITTEN, help="Write the findings.")
@click.option("--junit", "junit_file", type=WRITTEN, help="The same for CI.")
def run(
    slug: str | None,
    candidates: tuple[str, ...],
    date: datetime | None,
    json_file: TextIO | None,
    junit_file: TextIO | None,
) -> None:
    """Exit status 0 if nothing got worse, 1 if something did, 2 if nothing can be said."""
    asked = Asked(date.date() if date else datetime.now(settings().zone).date(), candidates)
    with _no_verdict():
        entries = _wait(_begin(slug, asked))
    for entry in entries:
        _say(entry)
    if json_file:
        json_file.write(json.dumps({"nights": [reading.facts(each) for each in entries]}, indent=2) + "\n")
    if junit_file:
        junit_file.write(junit.xml(reading.suite(each) for each in entries))
    raise SystemExit(status_of(entries))


class NoVerdict(click.ClickException):
    """What goes wrong here is no regression: exit status 1 is kept for that."""

    exit_code = NO_VERDICT


@contextmanager
def _no_verdict() -> Iterator[None]:
    try:
        yield
    except StudioError as error:
        raise NoVerdict(f"{error.message} {error.hint}".rstrip()) from error
    except DBAPIError as error:
        raise NoVerdict(f"The database does not answer: {error.orig}") from error
    except KeyboardInterrupt:
        raise NoVerdict("Not waited for; the night goes on: studio night list") from None


def status_of(entries: list[Entry]) -> int:
    states = {entry.state for entry in entries}
    if NightState.REGRESSION in states:
        return REGRESSION
    return OK if states == {NightState.OK} else NO_VERDICT


def _begin(slug: str | None, asked: Asked) -> list[int]:
    missing = health.missing(health.lamps())
    with db.session(settings().database_url) as session:
        person = accounts.local_person(session).id
        lines = [groups.get(session, slug)] if slug else nights.eligible(session)
        if not lines:
            raise NotFound("No group has a champion.", "Choose one on the page of a version.")
        begun = [nights.begin(session, person, group, asked, missing) for group in lines]
        return [each.id for each in begun if each is not None]


def _wait(ids: list[int]) -> list[Entry]:
    """Until every night has ended; services that stay away end it too."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        tasks: dict[int, TaskID] = {}
        away_since: float | None = None
        while True:
            entries = _look(ids, progress, tasks)
            if all(entry.state != NightState.RUNNING for entry in entries):
                return entries
            missing = health.missing(health.lamps())
            away_since = (away_since or time.monotonic()) if missing else None
            if away_since and time.monotonic() - away_since > PATIENCE_S:
                _give_up(ids, missing)
            time.sleep(LOOK_S)


def _look(ids: list[int], progress: Progress, tasks: dict[int, TaskID]) -> list[Entry]:
    with db.session(settings().database_url) as session:
        nights.settle(session)
        entries = reading.of(session, ids)
        for entry in entries:
            made = reading.progress(session, entry)
            if entry.id not in tasks:
                tasks[entry.id] = progress.add_task(entry.group, total=None, stage="")
            over = entry.state != NightState.RUNNING
            progress.update(
                tasks[entry.id],
                total=made.total + 1,  # the last one is the judgement
                completed=made.total + 1 if over else made.done,
                stage=entry.state.value if over else f"{made.done} of {made.total} pictures, {made.stage}",
            )
    return entries


def _give_up(ids: list[int], missing: tuple[str, ...]) -> None:
    with db.session(settings().database_url) as session:
        person = accounts.local_person(session).id
        for night_id in ids:
            nights.give_up(
                session,
                person,
                night_id,
                f"Not running for {PATIENCE_S:.0f} s: {', '.join(missing)}.",
                "See which service is down with: studio status",
            )


def _say(entry: Entry) -> None:
    told = {
        NightState.OK: "nothing got worse",
        NightState.REGRESSION: "something got worse",
        NightState.UNTRUSTED: "nothing can be said",
    }
    who = f"{', '.join(entry.candidates) or 'no candidate'} against {entry.champion or 'no champion'}"
    click.echo(f"{entry.group}, {entry.date.isoformat()}: {told[entry.state]} ({who}).")
    if entry.reason:
        click.echo(f"  {entry.reason} {entry.hint}".rstrip())
    for each in (*entry.worse, *entry.unclear):
        click.echo(f"  {each.version} {each.precision.upper()}, {each.metric}: {junit.sentence(each)}")
