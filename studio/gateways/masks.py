"""Masks of a photo: grey PNGs of its size whose pixels are 0 or 255."""

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from studio.errors import UnreadablePhoto
from studio.gateways import photos

MIDDLE = range(48, 208)  # levels that a mask has only along its edge
MOST_MIDDLE = 0.3  # share of such pixels; above it, what came is a photo
SAME_ASPECT = 0.01

# Half axes of the ellipse of an eye, as shares of the distance between the pupils. Adults have eye fissures of
# 31 × 11 mm (Farkas, Anthropometry of the Head and Face, 1994) and 63 mm between the pupils (Dodgson 2004);
# a quarter longer and twice as high takes lashes and lids in.
LENGTH = 1.25 * 31 / 63 / 2
HEIGHT = 2 * 11 / 63 / 2
CORNERS = 64  # of the polygon that stands for an ellipse: under a tenth of a pixel off at 100 px half axis


def hair(data: bytes, width: int, height: int) -> bytes:
    """A hair mask as it is kept, from any picture that is white on hair and black elsewhere.

    Args:
        data: what `photos.decode` reads; transparent counts as black; another size of the same shape is
            brought to the photo's by the nearest pixel.

    Raises:
        UnreadablePhoto: no picture, of another shape than the photo, a photo, or of one colour.
    """
    image = photos.decode(data, ground=0).convert("L")
    if abs(image.width * height / (image.height * width) - 1) > SAME_ASPECT:
        raise UnreadablePhoto(
            f"The mask is {image.width} × {image.height} pixels, the photo {width} × {height}.",
            "Export the mask at the size of the photo.",
        )
    levels = image.histogram()
    if sum(levels[level] for level in MIDDLE) > MOST_MIDDLE * image.width * image.height:
        raise UnreadablePhoto(
            "This looks like a photo, not like a mask.", "A mask is white on hair, else black."
        )
    mask = image.point(lambda level: 255 if level > 127 else 0).resize(
        (width, height), Image.Resampling.NEAREST
    )
    low, high = mask.getextrema()
    if low == high:
        raise UnreadablePhoto(
            f"The whole mask is {'white' if high else 'black'}.", "A mask is white on hair, else black."
        )
    return _png(mask)


def eyes(left: Sequence[float], right: Sequence[float], width: int, height: int) -> bytes:
    """The mask of two eyes: an ellipse on each pupil, along the line through both.

    Half axes are `LENGTH` and `HEIGHT` times the distance between the pupils.

    Args:
        left, right: pupils, x and y in pixels of the photo.
    """
    across, down = right[0] - left[0], right[1] - left[1]
    mask = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mask)
    for x, y in (left, right):
        draw.polygon([_corner(x, y, across, down, n) for n in range(CORNERS)], fill=255)
    return _png(mask)


def _corner(x: float, y: float, across: float, down: float, n: int) -> tuple[float, float]:
    angle = 2 * math.pi * n / CORNERS
    along, beside = LENGTH * math.cos(angle), HEIGHT * math.sin(angle)
    return x + along * across - beside * down, y + along * down + beside * across


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
