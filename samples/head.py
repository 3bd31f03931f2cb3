"""The coordinates of a drawn head and the brushes everything is painted with."""

import math
from dataclasses import dataclass, replace
from typing import Any, Self, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Plane: TypeAlias = NDArray[Any]
"""(size, size) float32; numpy's own types would call every sum float64."""
Rgb: TypeAlias = NDArray[Any]
"""(3, size, size) float32, or (3, 1, 1) for one colour, sRGB 0…1."""


def rgb(colour: ArrayLike) -> Rgb:
    """One colour as (3, 1, 1)."""
    return np.asarray(colour, np.float32).reshape(3, 1, 1)


def lay(under: Rgb, colour: Rgb, cover: Plane) -> None:
    """Paint `colour` over `under` in place where `cover` is 1."""
    under += (colour - under) * cover


def ramp(distance: Plane, width: float) -> Plane:
    """Soft edge: 0 where `distance` is negative, 1 beyond `width`, smooth between."""
    t = np.clip(distance / width, 0, 1)
    return t * t * (3 - 2 * t)


def spot(x: Plane, y: Plane, width: float, height: float) -> Plane:
    """Gaussian dab around the origin of x and y."""
    return np.exp(-((x / width) ** 2) - (y / height) ** 2)


def line(distance: Plane, width: float) -> Plane:
    """Gaussian stroke along the places where `distance` is zero."""
    return np.exp(-((distance / width) ** 2))


def clouds(rng: np.random.Generator, size: int, cells: int) -> Plane:
    """Smooth noise, mean 0, deviation about 1, with `cells` bumps across the picture."""
    grid = rng.normal(0, 1, (cells, cells)).astype(np.float32)
    return cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)


@dataclass(frozen=True)
class Head:
    """Where the head is and how the light falls.

    u, v: coordinates of the head, -1…1 from ear to ear and from crown to chin.
    turn: how far the features are moved sideways by turning, in u.
    light: unit vector towards the light (x, y down, z to the viewer).
    aspect: height of the head over its width.
    edge: one and a half pixels in u and v.
    """

    u: Plane
    v: Plane
    turn: float
    light: tuple[float, float, float]
    aspect: float
    edge: float

    @classmethod
    def pose(cls, rng: np.random.Generator, size: int) -> Self:
        """A head of random place, size, tilt, turn and light on a picture of `size` pixels."""
        axis = (np.arange(size, dtype=np.float32) + 0.5) * (2 / size) - 1
        x, y = np.meshgrid(axis, axis)
        width, roll, aspect = rng.uniform(0.36, 0.45), rng.normal(0, 0.055), rng.uniform(1.26, 1.38)
        dx, dy = x - rng.normal(0, 0.05), y - rng.uniform(-0.14, -0.02)
        u = (dx * math.cos(roll) + dy * math.sin(roll)) / width
        v = (dy * math.cos(roll) - dx * math.sin(roll)) / (width * aspect)
        sun = (math.copysign(rng.uniform(0.25, 0.75), rng.normal()), rng.uniform(-0.6, -0.15), 0.75)
        length = math.hypot(*sun)
        turn = min(max(rng.normal(0, 0.09), -0.2), 0.2)
        return cls(u, v, turn, (sun[0] / length, sun[1] / length, sun[2] / length), aspect, 3 / size / width)

    def window(self, width: float, height: float) -> tuple[slice, slice]:
        """The rows and columns that hold |u| < width and |v| < height."""
        inside = (np.abs(self.u) < width) & (np.abs(self.v) < height)
        rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

    def cut(self, window: tuple[slice, slice]) -> Self:
        """The same head seen through a window."""
        return replace(self, u=self.u[window], v=self.v[window])

    def lit(self, nx: Plane, ny: Plane, nz: Plane) -> Plane:
        """Share of the light that a surface with this normal receives, 0…1."""
        lx, ly, lz = self.light
        return np.clip(nx * lx + ny * ly + nz * lz, 0, 1)
