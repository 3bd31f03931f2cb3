"""A comparison before it exists: its columns as the fields of a form, and what the buttons beside them do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

MOST = 12  # columns: more than anybody compares, and no page grows without end
SHARED, FRESH = 0, -1  # takes: the one that everybody shares, and a new one of the column's own


@dataclass(frozen=True)
class Wanted:
    """A column as it is asked for. `take`: SHARED, FRESH, or the number of one that exists."""

    variant_id: int
    controls: Mapping[str, Any]
    take: int = SHARED


@dataclass(frozen=True)
class Draft:
    """`revision_id` is 0 where the group's own is meant."""

    columns: tuple[Wanted, ...] = ()
    revision_id: int = 0

    def fields(self) -> list[tuple[str, str]]:
        """As an address or a form carries it; `read` gives the draft back."""
        found = [("set", str(self.revision_id))] if self.revision_id else []
        for place, each in enumerate(self.columns):
            found.append((f"{place}.variant", str(each.variant_id)))
            found += [(f"{place}.control.{key}", value) for key, value in sorted(each.controls.items())]
            found += [(f"{place}.take", str(each.take))] if each.take != SHARED else []
        return found


def read(fields: Mapping[str, str]) -> Draft:
    """The draft of a form; columns without a number of a variant are left out."""
    places = {_whole(name.partition(".")[0]) for name in fields}
    columns = (_column(fields, place) for place in sorted(each for each in places if each is not None))
    return Draft(tuple(each for each in columns if each)[:MOST], _whole(fields.get("set", "")) or 0)


def short(numbers: str, usual: Mapping[int, Mapping[str, str]]) -> tuple[Wanted, ...]:
    """Columns of `columns=12,15`: variants under their usual controls."""
    found = (_whole(text) or 0 for text in numbers.split(",")[:MOST])
    return tuple(Wanted(number, usual[number]) for number in found if number in usual)


def change(draft: Draft, verb: str, place: int, options: Iterable[Wanted] = ()) -> Draft:
    """What a button does: `left`, `right`, `remove` a column, `add` one, or `spread` one over `options`."""
    columns = list(draft.columns)
    if verb == "add":
        return replace(draft, columns=(*columns, *options)[:MOST])
    if not 0 <= place < len(columns):
        return draft
    moved = columns.pop(place)
    if verb == "spread":
        columns[place:place] = options
    elif verb in {"left", "right"}:
        columns.insert(max(0, place + (1 if verb == "right" else -1)), moved)
    return replace(draft, columns=tuple(columns)[:MOST])


def name(columns: Sequence[tuple[str, str, Mapping[str, str]]]) -> str:
    """“v2 against v1”: of columns (version, precision, controls), the one that is asked about first.

    What is equal in all is not said: one version says its precisions, one variant its controls.
    """
    versions = list(dict.fromkeys(version for version, _, _ in columns))
    if len(versions) > 1:
        return _against(versions)
    precisions = list(dict.fromkeys(precision for _, precision, _ in columns))
    if len(precisions) > 1:
        return f"{versions[0]}: {_against(precisions)}"
    told = list(dict.fromkeys(" ".join(controls.values()) for _, _, controls in columns))
    return f"{versions[0]}: {', '.join(told)}" if len(told) > 1 else versions[0]


def _against(names: Sequence[str]) -> str:
    first, *others = names
    return f"{others[0]} against {first}" if len(others) == 1 else f"{', '.join(others)} against {first}"


def _column(fields: Mapping[str, str], place: int) -> Wanted | None:
    variant = _whole(fields.get(f"{place}.variant", ""))
    start = f"{place}.control."
    controls = {key.removeprefix(start): value for key, value in fields.items() if key.startswith(start)}
    take = fields.get(f"{place}.take", "")
    number = FRESH if take == str(FRESH) else _whole(take) or SHARED
    return Wanted(variant, controls, number) if variant else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
