"""Thousands of strands in three dimensions: where they root, how they fall, and their picture."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.pose import Points

STEPS = 30
SKULL = (np.array([0, -0.27, -0.1], np.float32), np.array([0.735, 0.755, 0.855], np.float32))
FACE = (np.array([0, 0.22, 0.2], np.float32), np.array([0.66, 0.86, 0.66], np.float32))
CHEST = (np.array([0, 2.55, -0.25], np.float32), np.array([1.5, 1.0, 0.72], np.float32))
NECK = (np.array([0, 1.1, -0.2], np.float32), np.array([0.4, 1.2, 0.42], np.float32))


@dataclass(frozen=True)
class Cut:
    """How hair is worn.

    bottom: height (y) where it is cut off; reach: length of a strand, whichever comes first.
    part: x of the parting; lift: how far strands rise from the scalp first; sweep: how strongly the
    front is combed back; fringe: some of the front falls over the brow; bun: gathered behind.
    wave, beat, tight: amplitude, waves per length and radius of curls; volume: distance from the skull.
    """

    bottom: float
    reach: float
    part: float
    lift: float
    sweep: float
    fringe: bool
    bun: bool
    wave: float
    beat: float
    volume: float
    clump: float


def hairline(azimuth: NDArray[Any]) -> NDArray[Any]:
    """Height (y) up to which the scalp is grown with hair, by angle from the front, 0…π."""
    at = [0, 0.5, 0.8, 1.15, 1.45, 1.9, 2.5, np.pi]
    return np.interp(azimuth, at, [-0.66, -0.62, -0.5, -0.2, -0.05, 0.3, 0.5, 0.55]).astype(np.float32)


def roots(rng: np.random.Generator, count: int) -> Points:
    """(n, 3) directions on the scalp, evenly spread, n about `count`."""
    index = np.arange(count * 2) + 0.5
    y = 1 - index / count
    turn = index * np.pi * (3 - np.sqrt(5)) + rng.uniform(0, 6)
    ring = np.sqrt(1 - y**2)
    d = np.stack([ring * np.sin(turn), y, ring * np.cos(turn)], 1).astype(np.float32)
    d += rng.normal(0, 0.02, d.shape).astype(np.float32)
    place = SKULL[0] + d * SKULL[1]
    return d[place[:, 1] < hairline(np.abs(np.arctan2(place[:, 0], place[:, 2] + 0.1)))]


def grow(rng: np.random.Generator, cut: Cut, count: int) -> tuple[Points, NDArray[Any]]:
    """Guides (n, STEPS, 3) in the head frame, and their number of used steps (n,)."""
    d = roots(rng, count)
    n = len(d)
    place = SKULL[0] + d * SKULL[1]
    normal = d / SKULL[1]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    side = np.sign(place[:, 0] - cut.part + rng.normal(0, 0.03, n)).astype(np.float32)
    front = np.clip((place[:, 2] + 0.1) / 0.8, 0, 1)
    top = np.clip((-0.3 - place[:, 1]) / 0.6, 0, 1)
    short = 1.0 if cut.reach < 1 else 0.0
    down = 0.9 - 0.75 * top - (0.7 + 0.5 * cut.sweep) * short * front
    back = -0.5 * cut.sweep - (0.4 + 0.5 * short) * front * (0.3 + cut.sweep)
    over = np.clip((place[:, 0] - cut.part) / 0.5, -1, 1) if short else side
    way = np.stack([over * (0.25 + 0.75 * top) * (1 - 0.6 * short * cut.sweep), down, back], 1)
    falls = np.zeros(n, bool)
    if cut.fringe:
        falls = (front > 0.72) & (np.abs(place[:, 0]) < 0.5) & (place[:, 1] < -0.5)
        way[falls] = np.stack([0.5 * place[falls, 0] + 0.1, 0 * place[falls, 0] + 0.4, 0 * place[falls, 0] + 0.9], 1)
    if cut.bun:
        way = np.array([0, -0.72, -0.72], np.float32) - place
    way -= (way * normal).sum(1, keepdims=True) * normal
    way /= np.linalg.norm(way, axis=1, keepdims=True) + 1e-6
    heading = way + cut.lift * (1 - 0.4 * short) * normal
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    reach = cut.reach * rng.uniform(0.85, 1.08, n)
    reach[falls] = np.minimum(reach[falls], rng.uniform(0.5, 0.66, falls.sum()))
    if cut.bun:
        reach[:] = np.linalg.norm(np.array([0, -0.72, -0.72]) - place, axis=1) * 1.25
    step = (reach / (STEPS - 1)).astype(np.float32)[:, None]
    out = (1.02 + cut.volume * rng.uniform(0.15, 1, n) ** 0.8).astype(np.float32)
    path = np.empty((n, STEPS, 3), np.float32)
    path[:, 0] = place
    drift = rng.normal(0, 0.06, (n, 3)).astype(np.float32)
    used = np.full(n, STEPS)
    for k in range(1, STEPS):
        to = path[:, k - 1] + heading * step
        rise = np.minimum(1, k / 5)
        for (middle, radii), grown in ((SKULL, 1 + (out - 1) * rise), (FACE, 1.0 + 0.5 * (out - 1)), (NECK, 1.0), (CHEST, 1.0)):
            if middle is FACE[0]:
                to = np.where(falls[:, None], _outside(to, middle, radii, 1.03), _outside(to, middle, radii, grown))
                if not short:
                    to = np.where(falls[:, None], to, _aside(to, side))
            else:
                to = _outside(to, middle, radii, grown)
        moved = to - path[:, k - 1]
        heading = moved / (np.linalg.norm(moved, axis=1, keepdims=True) + 1e-6)
        if not cut.bun:
            pull = 0.34 if cut.reach > 1 else 0.05
            heading = heading * (1 - pull) + np.array([0, pull, 0], np.float32) + drift * 0.25
            heading[:, 0] -= 0.16 * to[:, 0] * np.clip(to[:, 1] + 0.3, 0, 0.8) * (np.abs(to[:, 0]) > 0.62)
        else:
            want = np.array([0, -0.72, -0.72], np.float32) - to
            heading = heading * 0.7 + 0.3 * want / (np.linalg.norm(want, axis=1, keepdims=True) + 1e-6)
        heading /= np.linalg.norm(heading, axis=1, keepdims=True) + 1e-6
        path[:, k] = to
        ended = (to[:, 1] > cut.bottom + rng.normal(0, 0.03, n)) & (used == STEPS)
        used[ended] = k
    return path, used


def _aside(at: Points, side: NDArray[Any]) -> Points:
    """Points before the face moved to its edge, as a hand would."""
    edge = 0.56 * np.clip((at[:, 1] + 0.72) / 0.5, 0, 1) ** 0.7 * np.clip((at[:, 2] - 0.05) / 0.3, 0, 1)
    edge *= np.clip((1.35 - at[:, 1]) / 0.4, 0.35, 1)
    moved = at.copy()
    moved[:, 0] = np.where(side * at[:, 0] < edge, side * edge, at[:, 0])
    return moved


def _outside(at: Points, middle: Points, radii: Points, grown: Any) -> Points:
    """Points pushed out of an ellipsoid grown by a factor."""
    near = (at - middle) / radii
    reach = np.linalg.norm(near, axis=1) / grown
    inside = (reach < 1)[:, None]
    push = near.copy()
    push /= np.linalg.norm(push, axis=1, keepdims=True) + 1e-6
    return np.where(inside, middle + push * radii * np.broadcast_to(np.asarray(grown, np.float32), reach.shape)[:, None], at)


def spread(
    rng: np.random.Generator, cut: Cut, guides: Points, used: NDArray[Any], each: int, points: int
) -> tuple[Points, NDArray[Any], NDArray[Any]]:
    """Strands around their guides: (m, points, 3), share of length (points,), strand numbers' tone (m,)."""
    share = np.linspace(0, 1, points, dtype=np.float32)
    place = share[None] * (used[:, None] - 1)
    low = np.minimum(place.astype(int), STEPS - 2)
    part = (place - low)[..., None].astype(np.float32)
    rows = np.arange(len(guides))[:, None]
    smooth = guides[rows, low] * (1 - part) + guides[rows, low + 1] * part
    long = np.linalg.norm(np.diff(smooth, axis=1), axis=2).sum(1)
    m = len(guides) * each
    whole = np.repeat(smooth, each, 0)
    away = rng.normal(0, 1, (m, 1, 3)).astype(np.float32) * np.float32(0.042)
    tips = rng.normal(0, 1, (m, 1, 3)).astype(np.float32) * np.float32(0.03)
    t = share[None, :, None]
    whole += away * (1 - cut.clump * t) * np.minimum(1, 0.35 + 3 * t) + tips * t**2
    if cut.wave:
        size = np.repeat(long, each)[:, None]
        phase = np.repeat(rng.uniform(0, 6.3, len(guides)) * (1 if cut.wave > 0.04 else 0.35), each)[:, None] + rng.normal(0, 0.35, (m, 1))
        angle = 2 * np.pi * cut.beat * share[None] * size + phase
        swing = cut.wave * np.minimum(1, 0.15 + 2.2 * share[None]) * np.repeat(rng.uniform(0.6, 1.3, len(guides)), each)[:, None]
        whole[..., 0] += (swing * np.sin(angle)).astype(np.float32)
        whole[..., 2] += (swing * np.cos(angle)).astype(np.float32)
        whole[..., 1] += (0.5 * swing * np.sin(angle + 1)).astype(np.float32)
    tone = np.repeat(rng.normal(0, 0.16, len(guides)), each) + rng.normal(0, 0.14, m)
    return whole, share, tone.astype(np.float32)


@dataclass(frozen=True)
class Drawn:
    """Strands as planes (h, w): cover 0 or 1, depth, tangent (3, h, w), tone, share of length from the root."""

    cover: NDArray[Any]
    depth: NDArray[Any]
    tangent: NDArray[Any]
    tone: NDArray[Any]
    share: NDArray[Any]


def draw(
    columns_rows: Points, depth: NDArray[Any], tangent: Points, tone: NDArray[Any], share: NDArray[Any], body: NDArray[Any], thick: int
) -> Drawn:
    """Put strands into the picture, the nearest on top, hidden where the body is nearer.

    Args:
        columns_rows: (m, points, 2); depth (m, points); tangent (m, points, 3); tone (m,); share (points,).
        body: (h, w) depth of skin.
        thick: width of a strand in pixels.
    """
    h, w = body.shape
    points, flat = depth.shape[1], depth.ravel()
    column, row = (np.floor(columns_rows[..., axis]).astype(np.int32).ravel() for axis in (0, 1))
    inside = (column > 0) & (column < w - 1) & (row > 0) & (row < h - 1)
    at = np.where(inside, row * w + column, 0)
    free = np.flatnonzero(inside & (flat > body.ravel()[at] - 0.012))
    order = free[np.argsort(((flat[free] + 3) * 8000).astype(np.uint16), kind="stable")]
    seen, best = np.full(h * w, -1, np.int64), np.full(h * w, -9, np.float32)
    for dy in range(thick):
        for dx in range(thick):
            last = np.full(h * w, -1, np.int64)
            last[at[order] + dy * w + dx] = order  # the nearest is written last
            z = flat[last] - 0.012 * (dx + dy > 0)
            nearer = (last >= 0) & (z > best)
            best[nearer], seen[nearer] = z[nearer], last[nearer]
    cover = (seen >= 0).reshape(h, w)
    index = np.maximum(seen, 0)
    return Drawn(
        cover.astype(np.float32),
        np.where(cover, best.reshape(h, w), -9),
        np.moveaxis(tangent.reshape(-1, 3)[index].reshape(h, w, 3), 2, 0),
        tone[index // points].reshape(h, w),
        share[index % points].reshape(h, w),
    )
