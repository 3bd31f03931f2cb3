"""When two photos are nearly the same, and when a photo fits no generator."""

from collections.abc import Iterable
from enum import StrEnum

NEAR_BITS = 8  # of 64: resized, recompressed and slightly cropped copies stay within it
LEAST_FILLED = 0.5  # of a generator's picture; less, and most of what it sees is padding


class Misfit(StrEnum):
    SMALL = "small"  # every generator would have to enlarge it
    LONG = "long"  # it would fill less than half of any generator's picture


def distance(one: str, other: str) -> int:
    """Differing bits, 0…64, of two perceptual hashes of 16 hexadecimal digits."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def misfit(width: int, height: int, frames: Iterable[tuple[int, int]]) -> Misfit | None:
    """Why none of the generators' pictures (width, height) suits a photo of this size; None if one does."""
    reasons = [_misfit(width, height, *frame) for frame in frames]
    if not reasons or None in reasons:
        return None
    return Misfit.LONG if Misfit.LONG in reasons else Misfit.SMALL


def _misfit(width: int, height: int, across: int, down: int) -> Misfit | None:
    scale = min(across / width, down / height)
    if width * height * scale**2 < LEAST_FILLED * across * down:
        return Misfit.LONG
    return Misfit.SMALL if scale > 1 else None
