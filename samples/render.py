"""The portrait renderer: a seed becomes a picture whose hair is known exactly, in every colour."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samples import hair, scene
from samples.face import SKINS, face, pick
from samples.head import Head, Plane, Rgb, lay, rgb

SCATTER = 0.006
"""Standard deviation of the sensor's noise, of the value range."""


@dataclass(frozen=True)
class Portrait:
    """A drawn portrait.

    rest: (3, h, w) everything but the hair, already weakened where hair covers it.
    cover: (h, w) share of hair in a pixel, 0…1.
    colour: the colour its hair has by nature, one of `hair.COLOURS`.
    tags: what is in the picture, in the words of the sample library.
    """

    rest: Rgb
    cover: Plane
    hair: hair.Hair
    colour: str
    tags: dict[str, str]

    @property
    def photo(self) -> NDArray[np.uint8]:
        """(h, w, 3) sRGB."""
        return self.recoloured(self.colour)

    @property
    def hair_mask(self) -> NDArray[np.bool_]:
        """(h, w), true where more than half of the pixel is hair."""
        return self.cover > 0.5

    def recoloured(self, colour: str) -> NDArray[np.uint8]:
        """The same portrait, (h, w, 3) sRGB, with its hair in one of `hair.COLOURS`."""
        picture = self.rest + self.hair.coloured(colour) * self.cover
        return np.ascontiguousarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0))


def render(seed: int, size: int = 256, backdrop: Rgb | None = None) -> Portrait:
    """Draw the portrait of this seed; the same seed always gives the same bytes.

    Args:
        backdrop: (3, size, size) sRGB 0…1 to draw upon instead of a room of our own.
    """
    rng = np.random.default_rng(seed)
    head, style = Head.pose(rng, size), hair.Style.draw(rng)
    colour, skin = hair.choose(rng, hair.GROWN), pick(rng, SKINS)
    picture = scene.room(rng, size)
    if backdrop is not None:
        picture[:] = backdrop
    grown = hair.grow(rng, head, style)
    person = scene.body(rng, head, skin, picture)
    brow = np.clip(hair.linear(colour) * 0.8, 0.02, 0.3) ** np.float32(1 / 2.2)
    near = head.window(1.2, 1.1)
    person[near] = np.maximum(person[near], face(rng, head.cut(near), skin, brow, picture[:, *near]))
    cast = cv2.GaussianBlur(np.roll(grown.front, size // 50, 0), (0, 0), size * 0.018)
    picture *= 1 - 0.45 * cast * person
    cover = np.maximum(grown.front, grown.back * (1 - person))
    lay(picture, rgb((0, 0, 0)), cover)
    picture += rng.normal(0, SCATTER, picture.shape)
    tags = {"hair": style.length, "curl": style.curl, "colour": colour}
    return Portrait(picture, cover, grown, colour, tags | {"light": "left" if head.light[0] < 0 else "right"})
