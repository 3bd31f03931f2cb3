"""The brushes everything is painted with: soft edges, dabs, strokes, clouds, all on float32 planes."""

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Plane: TypeAlias = NDArray[Any]
"""(height, width) float32; numpy's own types would call every sum float64."""
Rgb: TypeAlias = NDArray[Any]
"""(3, height, width) float32, or (3, 1, 1) for one colour, sRGB 0…1."""


def rgb(colour: ArrayLike) -> Rgb:
    """One colour as (3, 1, 1)."""
    return np.asarray(colour, np.float32).reshape(3, 1, 1)


def pick(rng: np.random.Generator, colours: tuple[tuple[int, int, int], ...]) -> Rgb:
    """A colour between two neighbours of the list (0…255), as (3, 1, 1)."""
    at, share = divmod(rng.uniform(0, len(colours) - 1), 1)
    low, high = np.array(colours[int(at)]), np.array(colours[int(at) + 1])
    return rgb((low + (high - low) * share) / 255)


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


def clouds(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Plane:
    """Smooth noise, mean 0, deviation about 1, with `cells` bumps from top to bottom."""
    grid = rng.normal(0, 1, (cells, max(1, cells * shape[1] // shape[0]))).astype(np.float32)
    return cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
