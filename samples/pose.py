"""Where a head is in the picture, how it is turned, and where the light stands."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from samples.brush import Plane

Points = NDArray[Any]
"""(…, 3) float32 positions or directions."""


@dataclass(frozen=True)
class Pose:
    """Head frame → picture.

    x, y: of each pixel in units of the head (half its height), measured from its middle, roll taken out.
    yaw: radians, positive to the viewer's right; pitch: positive looks down.
    light: unit vector towards the light, unturned frame.
    pixel: width of a pixel in units of the head.
    """

    x: Plane
    y: Plane
    yaw: float
    pitch: float
    roll: float
    middle: tuple[float, float]
    light: tuple[float, float, float]
    pixel: float

    @classmethod
    def draw(cls, rng: np.random.Generator, height: int, width: int) -> Self:
        """A random pose in a picture of (height, width)."""
        scale = height * rng.uniform(0.245, 0.305)
        yaw = float(np.clip(rng.normal(0, 0.3), -0.75, 0.75))
        pitch, roll = float(np.clip(rng.normal(0.02, 0.06), -0.12, 0.14)), rng.normal(0, 0.05)
        middle = (width * 0.5 + height * rng.normal(0, 0.03), height * rng.uniform(0.43, 0.48))
        columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        dx, dy = (columns - middle[0]) / scale, (rows - middle[1]) / scale
        x = (dx * math.cos(roll) + dy * math.sin(roll)).astype(np.float32)
        y = (dy * math.cos(roll) - dx * math.sin(roll)).astype(np.float32)
        sun = np.array([math.copysign(rng.uniform(0.35, 0.95), rng.normal()), rng.uniform(-0.75, -0.25), 0.8])
        sun /= np.linalg.norm(sun)
        return cls(x, y, yaw, pitch, roll, middle, (sun[0], sun[1], sun[2]), 1 / scale)

    def turned(self, share: float = 1.0) -> Points:
        """(3, 3) rotation of the head frame, or of what follows it by a share."""
        a, b = self.yaw * share, self.pitch * share
        yaw = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
        pitch = np.array([[1, 0, 0], [0, math.cos(b), math.sin(b)], [0, -math.sin(b), math.cos(b)]])
        both: Points = (pitch @ yaw).astype(np.float32)
        return both

    def inward(self, share: float = 1.0) -> "Inward":
        """Turns points of the unturned frame into the head's."""
        return Inward(self.turned(share))

    def pixels(self, points: Points) -> Points:
        """(…, 2) column and row of points (…, 3) of the unturned frame."""
        c, s = math.cos(self.roll), math.sin(self.roll)
        x, y = points[..., 0], points[..., 1]
        seen: Points = np.stack([x * c - y * s, x * s + y * c], -1) / self.pixel
        seen += np.array(self.middle)
        return seen


@dataclass(frozen=True)
class Inward:
    """The inverse of a turn, for planes of coordinates."""

    turn: Points

    def __call__(self, x: Plane, y: Plane, z: Plane) -> tuple[Plane, Plane, Plane]:
        """Coordinates in the turned body's own frame."""
        t = self.turn
        a, b, c = (t[0, i] * x + t[1, i] * y + t[2, i] * z for i in range(3))
        return a, b, c
