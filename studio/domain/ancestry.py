"""Who comes from whom among the versions of a group, and what the next one is called."""

import re
from collections.abc import Iterable, Mapping

_NUMBERED = re.compile(r"v(\d+)")


def ancestors(parents: Mapping[int, Iterable[int]], of: Iterable[int]) -> set[int]:
    """The versions `of` and all that they come from, however the table of parents is tangled."""
    found: set[int] = set()
    ahead = list(of)
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += parents.get(each, ())
    return found


def next_name(names: Iterable[str]) -> str:
    """The number after the highest of v1, v2 …"""
    numbers = [int(match[1]) for name in names if (match := _NUMBERED.fullmatch(name))]
    return f"v{max(numbers, default=0) + 1}"
