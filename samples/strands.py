"""Thousands of strands around guide hairs, curled, and put into the picture one before the other."""

from dataclasses import dataclass

import numpy as np

from samples.brush import Plane
from samples.guides import STEPS, Cut
from samples.pose import Points, Pose

BETWEEN = 0.042
"""Standard deviation of a strand's distance from its guide."""
BESIDE = 0.012
"""How much farther away the borrowed pixels of a thick strand lie, and how deep one may lie in the skin."""


@dataclass(frozen=True)
class Strands:
    """Strands as points (m, points, 3) in the head frame from root to tip, and how light each is, (m,)."""

    place: Points
    tone: Plane

    @classmethod
    def around(
        cls, rng: np.random.Generator, cut: Cut, guides: Points, used: Plane, points: int
    ) -> "Strands":
        """Twelve strands around each guide (n, STEPS, 3), of which the first `used` (n,) steps count."""
        each, n = 12, len(guides)
        share = np.linspace(0, 1, points, dtype=np.float32)
        at = share[None] * (used[:, None] - 1)
        low = np.minimum(at.astype(int), STEPS - 2)
        part = (at - low)[..., None].astype(np.float32)
        rows = np.arange(n)[:, None]
        smooth = guides[rows, low] * (1 - part) + guides[rows, low + 1] * part
        place = np.repeat(smooth, each, 0)
        away = rng.normal(0, 1, (n * each, 1, 3)).astype(np.float32) * np.float32(BETWEEN)
        tips = rng.normal(0, 1, (n * each, 1, 3)).astype(np.float32) * np.float32(0.03)
        t = share[None, :, None]
        place += away * (1 - cut.clump * t) * np.minimum(1, 0.35 + 3 * t) + tips * t**2
        _curl(rng, cut, place, np.linalg.norm(np.diff(smooth, axis=1), axis=2).sum(1), each)
        tone = np.repeat(rng.normal(0, 0.16, n), each) + rng.normal(0, 0.14, n * each)
        return cls(place, tone.astype(np.float32))

    def with_bun(self, rng: np.random.Generator) -> "Strands":
        """The same with a knot of hair behind the crown."""
        count, points = 900, self.place.shape[1]
        turn = np.linspace(0, 1, points)[None] * rng.uniform(3, 5, (count, 1)) + rng.uniform(
            0, 6.3, (count, 1)
        )
        lean = rng.normal(0, 0.5, (count, 1))
        size = 0.3 * rng.uniform(0.8, 1, (count, 1))
        ring = [np.cos(turn), np.sin(turn) * np.cos(lean), np.sin(turn) * np.sin(lean) + 0.35 * lean]
        knot = (np.stack(ring, 2) * size[..., None] + np.array([0, -0.92, -0.62])).astype(np.float32)
        tone = rng.normal(0, 0.16, count).astype(np.float32)
        return Strands(np.concatenate([self.place, knot]), np.concatenate([self.tone, tone]))


def _curl(rng: np.random.Generator, cut: Cut, place: Points, long: Plane, each: int) -> None:
    """Wind strands in place; those of one guide (`long` is its length, (n,)) swing together."""
    n, m, points = len(long), len(place), place.shape[1]
    share = np.linspace(0, 1, points, dtype=np.float32)[None]
    size = np.repeat(long, each)[:, None]
    phase = np.repeat(rng.uniform(0, 6.3, n) * (1 if cut.wave > 0.04 else 0.35), each)[:, None]
    phase = phase + rng.normal(0, 0.35, (m, 1))
    angle = 2 * np.pi * cut.beat * share * size + phase
    wide = np.repeat(rng.uniform(0.6, 1.3, n), each)[:, None]
    swing = cut.wave * np.minimum(1, 0.15 + 2.2 * share) * wide
    place[..., 0] += (swing * np.sin(angle)).astype(np.float32)
    place[..., 2] += (swing * np.cos(angle)).astype(np.float32)
    place[..., 1] += (0.5 * swing * np.sin(angle + 1)).astype(np.float32)


@dataclass(frozen=True)
class Drawn:
    """Strands as planes (h, w): cover 0 or 1, depth, tangent (3, h, w), tone, share of length from the root."""

    cover: Plane
    depth: Plane
    tangent: Points
    tone: Plane
    share: Plane


def draw(pose: Pose, strands: Strands, body: Plane) -> Drawn:
    """Put strands into the picture, two pixels wide, the nearest on top, hidden behind `body`, the skin's depth."""
    (h, w), points = body.shape, strands.place.shape[1]
    turned = strands.place @ pose.turned().T
    tangent = np.gradient(turned, axis=1)
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-6
    seen, depth = _nearest(pose.pixels(turned), turned[..., 2].ravel(), body)
    index = np.maximum(seen, 0)
    return Drawn(
        (seen >= 0).astype(np.float32).reshape(h, w),
        depth.reshape(h, w),
        np.moveaxis(tangent.reshape(-1, 3)[index].reshape(h, w, 3), 2, 0),
        strands.tone[index // points].reshape(h, w),
        np.linspace(0, 1, points, dtype=np.float32)[index % points].reshape(h, w),
    )


def _nearest(at: Points, depth: Plane, body: Plane) -> tuple[Plane, Plane]:
    """For each pixel the number of the nearest point before the skin, or -1, and its depth, or -9; flat."""
    h, w = body.shape
    column, row = (np.floor(at[..., axis]).astype(np.int32).ravel() for axis in (0, 1))
    inside = (column > 0) & (column < w - 1) & (row > 0) & (row < h - 1)
    pixel = np.where(inside, row * w + column, 0)
    free = np.flatnonzero(inside & (depth > body.ravel()[pixel] - BESIDE))
    order = free[
        np.argsort(((depth[free] + 3) * 8000).astype(np.uint16), kind="stable")
    ]  # 16 bits: radix sort
    seen, best = np.full(h * w, -1, np.int64), np.full(h * w, -9, np.float32)
    for beside in (0, 1, w, w + 1):
        last = np.full(h * w, -1, np.int64)
        last[pixel[order] + beside] = order  # the nearest is written last
        z = depth[last] - BESIDE * (beside > 0)
        nearer = (last >= 0) & (z > best)
        best[nearer], seen[nearer] = z[nearer], last[nearer]
    return seen, best
