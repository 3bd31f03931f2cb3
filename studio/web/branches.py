"""How the lines of the version tree are drawn beside a row, as paths of an SVG."""

from dataclasses import dataclass

from studio.domain.lineage import Row

DOT = 28  # pixels from the top of a row to its dot, in every row
BEYOND = 4000  # further down than any row reaches; the edge of the drawing cuts it
MARGIN = 14  # pixels left and right of the outer lanes
WIDEST, NARROWEST, ROOM = 20, 5, 140  # pixels between two lanes, and for all of them together


@dataclass(frozen=True)
class Branches:
    """The drawing of one row: where its dot is, and the paths of its lines."""

    width: int
    x: int
    y: int
    solid: str
    dashed: str


def width(lanes: int) -> int:
    return 2 * MARGIN + _pitch(lanes) * max(0, lanes - 1)


def draw(row: Row, lanes: int) -> Branches:
    """The drawing of a row in a tree of so many lanes; many lanes stand closer together."""

    def x(lane: int) -> int:
        return MARGIN + _pitch(lanes) * lane

    own = x(row.lane)
    solid = [f"M{x(lane)} 0V{BEYOND}" for lane in row.through]
    dashed: list[str] = []
    for line in row.enter:
        (dashed if line.dashed else solid).append(_enter(x(line.lane), own))
    if row.leaves:
        solid.append(f"M{own} {DOT}V{BEYOND}")
    return Branches(width(lanes), own, DOT, "".join(solid), "".join(dashed))


def _enter(start: int, own: int) -> str:
    if start == own:
        return f"M{own} 0V{DOT}"
    return f"M{start} 0C{start} {DOT // 2} {own} {DOT // 3} {own} {DOT}"


def _pitch(lanes: int) -> int:
    return max(NARROWEST, min(WIDEST, ROOM // max(1, lanes - 1)))
