"""What the form of a registration says: files, rows of keys and values, and what is wrong with them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import g, request
from flask_babel import gettext as _

from studio.domain import rows
from studio.queries import groups
from studio.services import registering
from studio.services.registering import Kept, Registration
from studio.services.versions import Refused

PIECE = 1 << 20
EMPTY_ROWS = 2  # of a table, for a browser without scripts

Part = TypeVar("Part")
Rows = list[tuple[str, str]]
BLANK: Rows = [("", "")] * EMPTY_ROWS


@dataclass(frozen=True)
class Said:
    """The form as it was sent, or a fresh one; `asked` only where nothing is wrong."""

    words: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=lambda: dict.fromkeys(("params", "card"), BLANK))
    kept: Kept | None = None
    wrong: Mapping[str, Refused] = field(default_factory=dict)
    asked: Registration | None = None


def read(slug: str) -> Said:
    """The form of this request. Whatever is wrong with a field stands under its name."""
    wrong: dict[str, Refused] = {}
    card_rows = _checked(wrong, _card) or []
    kept = _checked(wrong, _kept)
    text = _file("manifest_file") or request.form.get("manifest", "")
    group = groups.get(g.session, slug)
    manifest = _checked(wrong, lambda: registering.manifest(g.session, group, text, parents()))
    params = _checked(wrong, lambda: _table("params", _rows("params")))
    card = _checked(wrong, lambda: _table("card", card_rows))
    tables = {"params": _rows("params") + BLANK, "card": card_rows + BLANK}
    said = Said(request.form, tables, kept, wrong)
    if wrong or kept is None or manifest is None:
        return said
    asked = Registration(
        name=request.form.get("name", ""),
        checkpoint=kept,
        manifest=manifest,
        params=params or {},
        card=card or {},
        notes=request.form.get("notes", ""),
        parents=parents(),
    )
    return Said(request.form, tables, kept, asked=asked)


def parents() -> tuple[str, ...]:
    """The names that were chosen; empty choices are no parent."""
    return tuple(name for name in request.form.getlist("parent") if name)


def _checked(wrong: dict[str, Refused], part: Callable[[], Part]) -> Part | None:
    try:
        return part()
    except Refused as refused:
        wrong[refused.field] = refused
        return None


def _kept() -> Kept:
    """The file of this form, or the one that came before it."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        pieces: Iterator[bytes] = iter(lambda: sent.stream.read(PIECE), b"")
        return registering.keep(g.session, registering.storage(), sent.filename, pieces)
    form = request.form
    return registering.kept(
        registering.storage(), form.get("checkpoint_name", ""), form.get("checkpoint_sha", "")
    )


def _card() -> Rows:
    """The rows of the card: those of a file first, then what was typed."""
    text = _file("card_file")
    body = rows.value(text) if text else {}
    if not isinstance(body, dict):
        raise Refused(
            "card", _("card.json is no table of names and values."), _('It starts with {"data": …}.')
        )
    return [*((str(key), rows.text(value)) for key, value in body.items()), *_rows("card")]


def _rows(name: str) -> Rows:
    pairs = zip(request.form.getlist(f"{name}_key"), request.form.getlist(f"{name}_value"), strict=False)
    return [(key, value) for key, value in pairs if key.strip() or value.strip()]


def _table(name: str, filled: Rows) -> dict[str, Any]:
    try:
        return rows.table(filled)
    except ValueError as error:
        message = _("“%(key)s” stands there twice.", key=str(error))
        raise Refused(name, message, _("Leave one of them out.")) from None


def _file(name: str) -> str:
    sent = request.files.get(name)
    return sent.read().decode("utf-8-sig", "replace") if sent is not None and sent.filename else ""
