"""What a version says of itself, as lines a person can read, and what its licence allows."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# What every card should say, in this order; anything else it says comes after.
KNOWN = ("data", "steps", "loss", "licence", "size", "parameters", "macs")

# NC as a part of a licence's name (CC-BY-NC-4.0), or the words.
_RESTRICTED = re.compile(
    r"non[\s-]?commercial|not for commercial|research[\s-](use[\s-])?only|(?<![a-z])nc(?![a-z])",
    re.IGNORECASE,
)


def lines(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each thing the card says as (name, text), the known ones first; nested tables as `training · seed`."""
    rows = dict(flat(card))
    first = [key for key in KNOWN if key in rows]
    return [(key, rows[key]) for key in [*first, *(key for key in rows if key not in first)]]


def flat(body: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """All plain entries of a nested table by their path; empty ones stay out."""
    for key, value in body.items():
        path = f"{above} · {key}" if above else str(key)
        if isinstance(value, Mapping):
            yield from flat(value, path)
        elif value not in (None, "", []):
            yield path, text(value)


def text(value: Any) -> str:
    """A value in one line: floats without trailing noise, lists with commas, large numbers in groups of three."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(text(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text(each)}" for key, each in value.items())
    return str(value)


def restricted(card: Mapping[str, Any]) -> bool:
    """Whether its licence, or that of its data, keeps the version from being sold."""
    named = (value for key, value in flat(card) if "licen" in key.lower())
    return any(_RESTRICTED.search(value) for value in named)
