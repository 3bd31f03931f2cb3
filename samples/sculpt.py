"""The head as a body: soft unions of ellipsoids, seen by rays from the front.

Head frame: x to the viewer's right, y down, z to the viewer; the crown lies at y = -1, the chin at y = 1.
Distances are Inigo Quilez's estimate for ellipsoids, joined by his polynomial smooth minimum.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from samples.brush import Plane

Point = tuple[Plane, Plane, Plane]
Solid = Callable[[Point], Plane]
NEAR, FAR = 1.45, -1.5
"""Where rays begin and give up, in z."""


@dataclass(frozen=True)
class Build:
    """Proportions of one head; 1 is the common one."""

    width: float = 1.0
    jaw: float = 1.0
    chin: float = 1.0
    nose: float = 1.0
    cheek: float = 1.0
    lips: float = 1.0

    def head(self, at: Point) -> Plane:
        """Signed distance to skin of head and ears."""
        p = np.abs(at[0]) / self.width, at[1], at[2]
        d = _ball(p, (0, -0.27, -0.1), (0.72, 0.74, 0.84))
        d = _join(d, _ball(p, (0, 0.2, 0.14), (0.6, 0.74, 0.62)), 0.16)
        d = _join(d, _ball(p, (0.26, 0.56, 0.2), (0.26 * self.jaw, 0.3, 0.36)), 0.24)
        d = _join(d, _ball(p, (0, 0.8, 0.46), (0.2 * self.chin, 0.17, 0.2)), 0.2)
        d = _join(d, _ball(p, (0.37, 0.3, 0.46), (0.2, 0.18, 0.2 * self.cheek)), 0.18)
        d = _join(d, _ball(p, (0.22, -0.14, 0.5), (0.34, 0.16, 0.22)), 0.16)
        d = -_join(-d, _ball(p, (0.31, 0.07, 0.86), (0.17, 0.1, 0.13)), 0.14)
        n = self.nose
        d = _join(d, _rod(p, (0, -0.02, 0.7), (0, 0.32, 0.82 + 0.06 * n), (0.055, 0.075 * n)), 0.09)
        d = _join(d, _ball(p, (0, 0.355, 0.86 + 0.04 * n), (0.085 * n, 0.075, 0.085)), 0.06)
        d = _join(d, _ball(p, (0.095 * n, 0.385, 0.79), (0.06, 0.055, 0.08)), 0.05)
        d = _join(d, _ball(p, (0, 0.585, 0.735), (0.17, 0.04 * self.lips, 0.075)), 0.05)
        d = _join(d, _ball(p, (0, 0.665, 0.715), (0.14, 0.05 * self.lips, 0.08)), 0.05)
        ear = _ball((p[0] - 0.12 * (p[2] + 0.1), p[1], p[2]), (0.735, 0.12, -0.08), (0.06, 0.2, 0.13))
        ear = -_join(-ear, _ball(p, (0.8, 0.1, -0.02), (0.03, 0.11, 0.06)), 0.05)
        return _join(d, ear, 0.05)


def trunk(at: Point) -> Plane:
    """Signed distance to neck and shoulders, in a frame that turns less than the head."""
    p = np.abs(at[0]), at[1], at[2]
    d = _rod(p, (0, 0.55, -0.12), (0, 1.6, -0.3), (0.33, 0.37))
    d = _join(d, _rod(p, (0, 1.62, -0.3), (1.12, 1.95, -0.36), (0.24, 0.33)), 0.32)
    d = _join(d, _rod(p, (1.12, 1.98, -0.36), (1.38, 3.6, -0.3), (0.33, 0.3)), 0.2)
    return _join(d, _ball(p, (0, 2.6, -0.28), (1.25, 1.15, 0.58)), 0.25)


def _ball(at: Point, middle: tuple[float, ...], radii: tuple[float, ...]) -> Plane:
    px, py, pz = ((at[axis] - middle[axis]) / radii[axis] for axis in range(3))
    reach = np.sqrt(px * px + py * py + pz * pz) + 1e-6
    slope = np.sqrt((px / radii[0]) ** 2 + (py / radii[1]) ** 2 + (pz / radii[2]) ** 2) + 1e-6
    return reach * (reach - 1) / slope


def _rod(at: Point, one: tuple[float, ...], two: tuple[float, ...], thick: tuple[float, float]) -> Plane:
    """A round rod from one end to the other; thick at each end."""
    x, y, z = at
    along = np.array(two) - np.array(one)
    share = ((x - one[0]) * along[0] + (y - one[1]) * along[1] + (z - one[2]) * along[2]) / (along @ along)
    share = np.clip(share, 0, 1).astype(np.float32)
    dx, dy, dz = x - one[0] - share * along[0], y - one[1] - share * along[1], z - one[2] - share * along[2]
    away: Plane = np.sqrt(dx * dx + dy * dy + dz * dz).astype(np.float32)
    away -= thick[0] + (thick[1] - thick[0]) * share
    return away


def _join(one: Plane, two: Plane, soft: float) -> Plane:
    h = np.clip(0.5 + 0.5 * (two - one) / soft, 0, 1)
    return two + (one - two) * h - soft * h * (1 - h)


@dataclass(frozen=True)
class Surface:
    """What the rays meet: depth z, normal, how open it lies to the sky (0…1), and how much of a pixel it covers."""

    depth: Plane
    normal: Point
    open: Plane
    cover: Plane


def look(solid: Solid, x: Plane, y: Plane, pixel: float) -> Surface:
    """Trace rays along -z through (x, y); `pixel` is the width of a pixel there."""
    coarse = _march(solid, x[::4, ::4], y[::4, ::4], np.full_like(x[::4, ::4], NEAR), 30)
    near = cv2.dilate(coarse, np.ones((5, 5), np.uint8)) > FAR + 0.05
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    part = slice(rows[0] * 4, rows[-1] * 4 + 4), slice(columns[0] * 4, columns[-1] * 4 + 4)
    start = cv2.resize(cv2.dilate(coarse, np.ones((3, 3), np.uint8)), x.shape[::-1])
    found = _refine(solid, x[part], y[part], np.minimum(start[part] + 0.02, NEAR), pixel)
    whole = [np.full_like(x, blank) for blank in (FAR, 0, 0, 1, 1, 0)]
    for plane, fine in zip(whole, found, strict=True):
        plane[part] = fine
    depth, nx, ny, nz, free, cover = whole
    return Surface(depth, (nx, ny, nz), free, cover)


def _refine(solid: Solid, x: Plane, y: Plane, depth: Plane, pixel: float) -> list[Plane]:
    """Depth, normal, openness and cover, from rays that start a little before the surface."""
    closest = np.full_like(x, 9)
    for _ in range(6):
        depth, closest = _step(solid, (x, y, depth), closest)
    late = np.nonzero((closest > pixel * 0.2) & (depth > FAR))  # rays along an edge need many small steps
    at = x[late], y[late], depth[late]
    near = closest[late]
    for _ in range(36):
        deeper, near = _step(solid, at, near)
        at = at[0], at[1], deeper
    depth[late], closest[late] = at[2], near
    here, step = solid((x, y, depth)), np.float32(0.012)
    slopes = [
        solid((x + step * (axis == 0), y + step * (axis == 1), depth + step * (axis == 2))) - here
        for axis in range(3)
    ]
    length = np.sqrt(sum(slope * slope for slope in slopes)) + 1e-6
    nx, ny, nz = (slope / length for slope in slopes)
    free = np.ones_like(x)
    for reach, weight in ((0.08, 0.45), (0.25, 0.55)):
        beyond = solid((x + nx * reach, y + ny * reach, depth + nz * reach))
        free -= weight * np.clip(1 - beyond / reach, 0, 1)
    cover = np.clip(1.2 - np.minimum(closest, here) / np.float32(pixel), 0, 1) * (depth > FAR + 0.05)
    return [depth, nx, ny, nz, np.clip(free, 0, 1), cover]


def _march(solid: Solid, x: Plane, y: Plane, depth: Plane, steps: int) -> Plane:
    for _ in range(steps):
        depth, _ = _step(solid, (x, y, depth), depth)
    return depth


def _step(solid: Solid, at: Point, closest: Plane) -> tuple[Plane, Plane]:
    """Depth after one step along each ray, and the least distance to the solid so far."""
    away = solid(at)
    return np.maximum(at[2] - away * np.float32(0.9), FAR), np.minimum(closest, away)
