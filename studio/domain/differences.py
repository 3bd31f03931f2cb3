"""In what two versions differ: only that, as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.domain.card import flat


@dataclass(frozen=True)
class Difference:
    """One entry on both sides; None where a side lacks it."""

    key: str
    left: str | None
    right: str | None


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Difference]:
    """The entries of two nested tables that are not equal, in the order of the left one, then of the right one."""
    before, after = dict(flat(left)), dict(flat(right))
    keys = dict.fromkeys([*before, *after])
    return [
        Difference(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)
    ]
