"""What columns, places and durations of a desk are called, and the address of a view."""

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from flask_babel import gettext as _
from flask_babel import ngettext

from studio.domain.desk import Column
from studio.domain.view import View
from studio.web.wording import percent


def column_name(column: Column) -> str:
    """As in `_words.html`: the version and its precision."""
    return f"{column.version} {column.precision.value.upper()}"


def places(columns: Iterable[Column]) -> dict[int, tuple[str, str]]:
    """By position, “v2 FP32, photo 12” as what stands before and after the number."""
    pattern = _("%(column)s, photo %(number)s", column="\0", number="\1")
    halves = ((each.position, pattern.replace("\0", column_name(each)).partition("\1")) for each in columns)
    return {position: (before, after) for position, (before, _number, after) in halves}


def said() -> Callable[[float | None], str]:
    """“changed 8 %” for a share; the sentence is looked up once for all cells."""
    sentence = _("changed %(share)s", share="\0")
    known: dict[float | None, str] = {None: _("details")}

    def say(share: float | None) -> str:
        if share not in known:
            known[share] = sentence.replace("\0", percent(share or 0.0))
        return known[share]

    return say


def waiting() -> dict[str, str]:
    """What stands in the place of a picture that is not there, by the state of its step."""
    return {
        "none": _("not made yet"),
        "pending": _("waiting"),
        "sent": _("waiting"),
        "loading": _("loading the model"),
        "running": _("in the making"),
        "done": _("not made yet"),
        "cancelled": _("cancelled"),
        "error": _("stopped"),
    }


def address_of(view: View) -> str:
    """The view as the end of an address, with its question mark; empty for the whole set in order."""
    parts = view.query()
    return f"?{urlencode(parts, safe=':')}" if parts else ""


def duration(seconds: float) -> str:
    """“about 40 s”, rounded up as a promise should be."""
    if seconds < 10:
        return str(_("a few seconds"))
    if seconds < 90:
        tens = -(-int(seconds) // 10) * 10
        return str(_("about %(seconds)s s", seconds=tens))
    minutes = -(-int(seconds) // 60)
    return str(ngettext("about %(num)s minute", "about %(num)s minutes", minutes))
