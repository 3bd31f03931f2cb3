"""Guide hairs: where they root on the scalp, and how they fall over head, neck and shoulders."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samples.brush import Plane
from samples.pose import Points

STEPS = 30
GATHERED = np.array([0, -0.72, -0.72], np.float32)
"""Where hair that is worn up comes together."""


@dataclass(frozen=True)
class Ball:
    """An ellipsoid that hair cannot pass, head frame."""

    middle: Points
    radii: Points

    def outside(self, at: Points, grown: Any) -> Points:
        """Points (n, 3), pushed out where they lie inside it, grown by a factor or one for each, (n,)."""
        near = (at - self.middle) / self.radii
        reach = np.linalg.norm(near, axis=1)
        out = near / (reach[:, None] + 1e-6)
        size = np.broadcast_to(np.asarray(grown, np.float32), reach.shape)
        pushed: Points = np.where((reach < size)[:, None], self.middle + out * self.radii * size[:, None], at)
        return pushed


def _ball(middle: tuple[float, ...], radii: tuple[float, ...]) -> Ball:
    return Ball(np.array(middle, np.float32), np.array(radii, np.float32))


SKULL = _ball((0, -0.27, -0.1), (0.735, 0.755, 0.855))
FACE = _ball((0, 0.22, 0.2), (0.66, 0.86, 0.66))
NECK = _ball((0, 1.1, -0.2), (0.4, 1.2, 0.42))
CHEST = _ball((0, 2.55, -0.25), (1.5, 1.0, 0.72))


@dataclass(frozen=True)
class Cut:
    """How hair is worn.

    bottom: height (y) where it is cut off; reach: length of a strand, whichever comes first.
    part: x of the parting; lift: how far strands rise from the scalp first; sweep: how strongly the
    front is combed back; fringe: some of the front falls over the brow; bun: gathered behind.
    wave, beat: amplitude of curls and how many there are in a unit of length; volume: distance from the skull.
    clump: how closely strands keep to their guide at the tips, 0…1.
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

    @property
    def short(self) -> bool:
        """Does it end before it can hang?"""
        return self.reach < 1


def hairline(azimuth: Plane) -> Plane:
    """Height (y) up to which the scalp is grown with hair, by angle from the front, 0…π."""
    at = [0, 0.5, 0.8, 1.15, 1.45, 1.9, 2.5, np.pi]
    return np.interp(azimuth, at, [-0.66, -0.62, -0.5, -0.2, -0.05, 0.3, 0.5, 0.55]).astype(np.float32)


def grow(rng: np.random.Generator, cut: Cut, count: int) -> tuple[Points, NDArray[Any]]:
    """Guides (n, STEPS, 3) in the head frame, n about a third of `count`, and their number of used steps (n,)."""
    place, normal = _roots(rng, count)
    n = len(place)
    side = np.sign(place[:, 0] - cut.part + rng.normal(0, 0.03, n)).astype(np.float32)
    heading, falls = _combed(cut, place, normal, side)
    reach = cut.reach * rng.uniform(0.85, 1.08, n)
    reach[falls] = np.minimum(reach[falls], rng.uniform(0.5, 0.66, falls.sum()))
    if cut.bun:
        reach[:] = np.linalg.norm(GATHERED.astype(float) - place, axis=1) * 1.25
    step = (reach / (STEPS - 1)).astype(np.float32)[:, None]
    out = (1.02 + cut.volume * rng.uniform(0.15, 1, n) ** 0.8).astype(np.float32)
    drift = rng.normal(0, 0.06, (n, 3)).astype(np.float32)
    path, used = np.empty((n, STEPS, 3), np.float32), np.full(n, STEPS)
    path[:, 0] = place
    for k in range(1, STEPS):
        to = _clear(cut, path[:, k - 1] + heading * step, 1 + (out - 1) * min(1, k / 5), out, side, falls)
        heading = _unit(to - path[:, k - 1])
        heading = _unit(_gathering(heading, to) if cut.bun else _hanging(cut, heading, to, drift))
        path[:, k] = to
        used[(to[:, 1] > cut.bottom + rng.normal(0, 0.03, n)) & (used == STEPS)] = k
    return path, used


def _roots(rng: np.random.Generator, count: int) -> tuple[Points, Points]:
    """Places on the scalp, evenly spread (Fibonacci's sphere), and the normals there, (n, 3) each."""
    index = np.arange(count * 2) + 0.5
    y = 1 - index / count
    turn = index * np.pi * (3 - np.sqrt(5)) + rng.uniform(0, 6)
    ring = np.sqrt(1 - y**2)
    d = np.stack([ring * np.sin(turn), y, ring * np.cos(turn)], 1).astype(np.float32)
    d += rng.normal(0, 0.02, d.shape).astype(np.float32)
    place = SKULL.middle + d * SKULL.radii
    d = d[place[:, 1] < hairline(np.abs(np.arctan2(place[:, 0], place[:, 2] + 0.1)))]
    return SKULL.middle + d * SKULL.radii, _unit(d / SKULL.radii, 0)


def _combed(cut: Cut, place: Points, normal: Points, side: NDArray[Any]) -> tuple[Points, NDArray[Any]]:
    """Where each hair first points, (n, 3), and which fall over the brow, (n,)."""
    front, top = np.clip((place[:, 2] + 0.1) / 0.8, 0, 1), np.clip((-0.3 - place[:, 1]) / 0.6, 0, 1)
    short = float(cut.short)
    down = 0.9 - 0.75 * top - (0.7 + 0.5 * cut.sweep) * short * front
    back = -0.5 * cut.sweep - (0.4 + 0.5 * short) * front * (0.3 + cut.sweep)
    over = np.clip((place[:, 0] - cut.part) / 0.5, -1, 1) if cut.short else side
    way: Points = np.stack([over * (0.25 + 0.75 * top) * (1 - 0.6 * short * cut.sweep), down, back], 1)
    falls = cut.fringe & (front > 0.72) & (np.abs(place[:, 0]) < 0.5) & (place[:, 1] < -0.5)
    x = place[falls, 0]
    way[falls] = np.stack([0.5 * x + 0.1, 0 * x + 0.4, 0 * x + 0.9], 1)
    if cut.bun:
        way = GATHERED - place
    way -= (way * normal).sum(1, keepdims=True) * normal
    return _unit(_unit(way) + cut.lift * (1 - 0.4 * short) * normal, 0), falls


def _clear(
    cut: Cut, to: Points, rise: NDArray[Any], out: NDArray[Any], side: NDArray[Any], falls: NDArray[Any]
) -> Points:
    """Points moved out of skull, face, neck and chest; `rise` and `out` keep each hair its distance from the head."""
    to = SKULL.outside(to, rise)
    to = FACE.outside(to, np.where(falls, np.float32(1.03), 1.0 + 0.5 * (out - 1)))
    if not cut.short:
        to = np.where(falls[:, None], to, _aside(to, side))
    return CHEST.outside(NECK.outside(to, 1.0), 1.0)


def _aside(at: Points, side: NDArray[Any]) -> Points:
    """Points before the face moved to its edge, as a hand would."""
    edge = 0.56 * np.clip((at[:, 1] + 0.72) / 0.5, 0, 1) ** 0.7 * np.clip((at[:, 2] - 0.05) / 0.3, 0, 1)
    edge *= np.clip((1.35 - at[:, 1]) / 0.4, 0.35, 1)
    moved = at.copy()
    moved[:, 0] = np.where(side * at[:, 0] < edge, side * edge, at[:, 0])
    return moved


def _hanging(cut: Cut, heading: Points, to: Points, drift: Points) -> Points:
    """Headings after their own weight, a little stubbornness, and the pull of the hair beside towards the neck."""
    pull = 0.05 if cut.short else 0.34
    heading = heading * (1 - pull) + np.array([0, pull, 0], np.float32) + drift * 0.25
    heading[:, 0] -= 0.16 * to[:, 0] * np.clip(to[:, 1] + 0.3, 0, 0.8) * (np.abs(to[:, 0]) > 0.62)
    return heading


def _gathering(heading: Points, to: Points) -> Points:
    return heading * 0.7 + 0.3 * _unit(GATHERED - to)


def _unit(way: Points, least: float = 1e-6) -> Points:
    unit: Points = way / (np.linalg.norm(way, axis=1, keepdims=True) + least)
    return unit
