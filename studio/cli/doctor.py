"""`studio doctor`: what this machine has, what it lacks, and what to do about it."""

import json
from dataclasses import asdict

import click

from studio.cli import checks
from studio.settings import settings


@click.command
@click.option("--json", "as_json", is_flag=True, help="For programs; the form is in docs/cli.md.")
def doctor(as_json: bool) -> None:
    """Check the machine. Exit status 1 if something must be mended before a start."""
    found = checks.all_of(settings())
    ok = all(check.state != "fail" for check in found)
    if as_json:
        click.echo(json.dumps({"ok": ok, "checks": [asdict(check) for check in found]}))
    else:
        for check in found:
            click.echo(f"{check.state:<4}  {check.name:<10}  {check.says} {check.do}".rstrip())
    raise SystemExit(0 if ok else 1)
