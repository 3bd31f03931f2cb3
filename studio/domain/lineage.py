"""The tree of a group's versions: in which row and lane each stands, and where the lines between them run.

Time runs down. A version's line goes down its own lane as far as its last child, and the children leave it
in the gap above their own row, so one lane never carries two lines. Lanes are used again as soon as they end.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

Parents = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class Line:
    """A line that touches a row, in the lane where it comes from. Dashed: folded versions lie between."""

    lane: int
    dashed: bool = False


@dataclass(frozen=True)
class Row:
    """One version and what is drawn beside it.

    through: lines that pass from the top edge of the row to its bottom edge.
    enter: lines from the top edge to this version; straight where the lane is its own.
    leaves: whether its own line starts here.
    """

    id: int
    lane: int
    through: tuple[int, ...]
    enter: tuple[Line, ...]
    leaves: bool


@dataclass(frozen=True)
class Layout:
    rows: tuple[Row, ...]
    lanes: int


def fold(
    parents: Parents, hidden: Collection[int]
) -> tuple[dict[int, tuple[int, ...]], set[tuple[int, int]]]:
    """Leave out `hidden` versions: their children hang on the nearest ancestors that are shown.

    Returns:
        The parents of what is shown, and the links (parent, child) that jump over something.
    """
    shown: dict[int, tuple[int, ...]] = {}
    jumps: set[tuple[int, int]] = set()
    for child, above in parents.items():
        if child in hidden:
            continue
        nearest = _nearest(parents, above, hidden)
        shown[child] = tuple(each for each in nearest if each != child)
        jumps |= {(each, child) for each in shown[child] if each not in above}
    return shown, jumps


def ordered(parents: Parents) -> list[int]:
    """Parents before children, otherwise by number; a circle, which cannot be registered, is cut at its oldest."""
    children = _children(parents)
    waits = {child: sum(above in parents for above in set(parents[child])) for child in parents}
    ready = [each for each, count in waits.items() if count == 0]
    heapq.heapify(ready)
    found: list[int] = []
    while waits:
        each = heapq.heappop(ready) if ready else min(waits)
        del waits[each]
        found.append(each)
        for child in children.get(each, ()):
            if child in waits:
                waits[child] -= 1
                if waits[child] == 0:
                    heapq.heappush(ready, child)
    return found


def layout(parents: Parents, jumps: Collection[tuple[int, int]] = ()) -> Layout:
    """Rows and lanes for versions by number, each with the numbers of its parents."""
    order = ordered(parents)
    place = {each: row for row, each in enumerate(order)}
    above = {each: _drawn(each, parents, place) for each in order}
    last = {each: place[each] for each in order}
    for child, known in above.items():
        for each in known:
            last[each] = max(last[each], place[child])
    owners: list[int] = []  # of each lane: the version whose line is in it, or was
    lane: dict[int, int] = {}
    rows = []
    for row, each in enumerate(order):
        lane[each] = _lane(row, above[each], owners, last, lane)
        rows.append(_row(each, row, (above[each], lane, last), owners, jumps))
        if lane[each] == len(owners):
            owners.append(each)
        owners[lane[each]] = each
    return Layout(tuple(rows), len(owners))


def _row(
    each: int,
    row: int,
    known: tuple[Sequence[int], Mapping[int, int], Mapping[int, int]],
    owners: Sequence[int],
    jumps: Collection[tuple[int, int]],
) -> Row:
    above, lane, last = known
    return Row(
        id=each,
        lane=lane[each],
        through=tuple(at for at, owner in enumerate(owners) if last[owner] > row),
        enter=tuple(Line(lane[parent], (parent, each) in jumps) for parent in above),
        leaves=last[each] > row,
    )


def _lane(
    row: int,
    above: Sequence[int],
    owners: Sequence[int],
    last: Mapping[int, int],
    lane: Mapping[int, int],
) -> int:
    """The lane of the first parent whose last child this is; else the first lane that no line is in."""
    for parent in above:
        if last[parent] == row:
            return lane[parent]
    free = (at for at, owner in enumerate(owners) if last[owner] < row)
    return next(free, len(owners))


def _drawn(child: int, parents: Parents, place: Mapping[int, int]) -> list[int]:
    """The parents that stand above, each once."""
    return [each for each in dict.fromkeys(parents[child]) if each in place and place[each] < place[child]]


def _children(parents: Parents) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for child, above in parents.items():
        for each in set(above):
            found.setdefault(each, []).append(child)
    return found


def _nearest(parents: Parents, above: Sequence[int], hidden: Collection[int]) -> list[int]:
    found: dict[int, None] = {}
    seen: set[int] = set()
    ahead = list(above)
    while ahead:
        each = ahead.pop(0)
        if each in seen or each not in parents:
            continue
        seen.add(each)
        if each in hidden:
            ahead = [*parents[each], *ahead]
        else:
            found[each] = None
    return list(found)
