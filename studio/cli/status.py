"""`studio status`: which services answer, where, and how much memory they hold."""

import json

import click

from studio.services import health
from studio.services.health import Lamp


@click.command
@click.option("--json", "as_json", is_flag=True, help="For programs; the form is in docs/cli.md.")
def status(as_json: bool) -> None:
    """Show the services. Exit status 0 if all are ready, else 1."""
    found = health.lamps()
    ready = all(lamp.state == "ready" for lamp in found)
    if as_json:
        click.echo(json.dumps({"ready": ready, "services": [_facts(lamp) for lamp in found]}))
    else:
        for lamp in found:
            click.echo(_line(lamp))
    raise SystemExit(0 if ready else 1)


def _facts(lamp: Lamp) -> dict[str, str | int | None]:
    facts: dict[str, str | int | None] = {
        "name": lamp.name,
        "state": lamp.state,
        "pid": lamp.pid,
        "rss_bytes": lamp.rss,
        "address": lamp.address,
    }
    return facts | ({"management": lamp.management} if lamp.management else {})


def _line(lamp: Lamp) -> str:
    return f"{lamp.name:<10}  {lamp.state:<10}  {lamp.rss / 2**20:>5.0f} MB  {lamp.address or '-'}  {lamp.note}".rstrip()
