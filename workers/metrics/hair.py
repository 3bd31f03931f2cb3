"""Hair: how far its colour moved, and how much of the rest of the picture moved with it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.metrics.base import Photo
from workers.metrics.difference import lab, levels

Mask = NDArray[np.bool_]  # (h, w), true on hair

EDGE = 5  # px around the hair that belong to neither: a mask is not exact to the pixel


def mask_of(picture: Photo, height: int, width: int) -> Mask:
    """A stored mask as (height, width); nearest neighbour, so that it stays black and white."""
    return np.asarray(cv2.resize(picture[..., 0], (width, height), interpolation=cv2.INTER_NEAREST)) > 127


def hair(output: Photo, photo: Photo, mask: Mask) -> float:
    """Mean colour difference inside the mask, CIE 1976 ΔE*ab, 0…~375; NaN where the mask is empty.

    1976 and not CIEDE2000: it is what the page shows under the pointer, and ten times faster. Between
    strong colours it says more than CIEDE2000 would; a limit of 3 only asks whether anything moved.
    """
    if not mask.any():
        return float("nan")
    apart = lab(output) - lab(photo)
    return float(np.sqrt(np.einsum("hwc,hwc->hw", apart, apart))[mask].mean())


def rest(output: Photo, photo: Photo, mask: Mask) -> float:
    """Mean absolute difference outside the mask grown by `EDGE` px, % of 255; NaN where nothing is outside.

    Over pixels and channels, so 0…100. Grown by a disc of that radius.
    """
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * EDGE + 1, 2 * EDGE + 1))
    outside = cv2.dilate(mask.astype(np.uint8), disc) == 0
    return float(levels(output, photo)[outside].mean() / 2.55) if outside.any() else float("nan")
