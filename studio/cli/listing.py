"""How the studio's rows are printed: a table or facts for people, JSON for programs."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from studio.db.session import engine
from studio.settings import settings

as_json = click.option("--json", "as_json", is_flag=True, help="For programs: the fields as JSON.")


@contextmanager
def reading() -> Iterator[Session]:
    """A session that takes no write lock."""
    opened = engine(settings().database_url).execution_options(reading=True)
    with Session(opened) as session:
        yield session


def rows(items: Sequence[Any], columns: Sequence[str], *, json_wanted: bool) -> None:
    """Print dataclasses: `columns` of each as a table, or all their fields as a JSON list."""
    if json_wanted:
        _dump([asdict(item) for item in items])
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for item in items:
        table.add_row(*(_word(getattr(item, column)) for column in columns))
    _console().print(table)


def facts(item: Any, *, json_wanted: bool, beside: Mapping[str, object] | None = None) -> None:
    """Print one dataclass and what is said `beside` it: a line a field, tables for its lists of dataclasses, or JSON."""
    fields = asdict(item) | dict(beside or {})
    if json_wanted:
        _dump(fields)
        return
    for name in fields:
        value = getattr(item, name, fields[name])
        first = value[0] if isinstance(value, tuple | list) and value else None
        if is_dataclass(first) and not isinstance(first, type):
            click.echo(f"\n{name.replace('_', ' ')}")
            rows(value, list(asdict(first)), json_wanted=False)
        else:
            click.echo(f"{name.replace('_', ' '):<16} {_word(value)}".rstrip())


def _console() -> Console:
    """As wide as the terminal; a pipe gets whole lines."""
    return Console() if sys.stdout.isatty() else Console(width=240)


def _dump(body: object) -> None:
    click.echo(json.dumps(body, default=_spell, ensure_ascii=False, indent=2))


def _spell(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


def _word(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=_spell, ensure_ascii=False)
    return str(value)
