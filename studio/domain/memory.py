"""Which archives leave an endpoint when its memory is full: the least recently used, never one that works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Resident:
    """An archive in an endpoint's memory.

    Attributes:
        size: bytes.
        last_used: None where nobody used it since it was loaded.
        busy: a running step needs it, or somebody asked it a moment ago.
        awaited: a step that waits will need it.
    """

    archive: str
    size: int
    last_used: datetime | None
    busy: bool = False
    awaited: bool = False


def leaving(residents: Sequence[Resident], needed: int, budget: int | None) -> tuple[str, ...]:
    """What must go so that `needed` further bytes fit into `budget`, in the order in which it goes.

    What nobody waits for goes first, then what waits longest for its next use. The budget gives way to what is
    busy: a run that needs more at one moment than the budget holds goes on. No budget: nothing goes.
    """
    if budget is None:
        return ()
    left = sum(each.size for each in residents) + needed
    found = []
    for each in sorted((each for each in residents if not each.busy), key=_turn):
        if left <= budget:
            break
        found.append(each.archive)
        left -= each.size
    return tuple(found)


def _turn(each: Resident) -> tuple[bool, float]:
    return each.awaited, each.last_used.timestamp() if each.last_used else 0.0
