"""The portrait renderer: a seed becomes a picture whose hair is known exactly, in every colour."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samples import face, glasses, guides, hair, scene, sculpt
from samples.brush import Plane, Rgb, lay, pick, ramp
from samples.face import Features
from samples.pose import Pose
from samples.sculpt import Build

SCATTER = 0.006
"""Standard deviation of the sensor's noise, of the value range."""
FINE = 2
"""Drawn so many times larger, then averaged."""


@dataclass(frozen=True)
class Portrait:
    """A drawn portrait.

    rest: (3, h, w) everything but the hair, already weakened where hair covers it.
    room: (3, h, w) the background alone; `behind` (h, w) is its share in a pixel, 0…1.
    colour: the colour its hair has by nature, one of `hair.COLOURS`.
    tags: what is in the picture, in the words of the sample library.
    landmarks: (x, y) in pixels of the viewer's left eye, right eye, nose, left and right corner of the mouth.
    """

    rest: Rgb
    room: Rgb
    behind: Plane
    hair: hair.Hair
    colour: str
    tags: dict[str, str]
    landmarks: list[tuple[float, float]]

    @property
    def cover(self) -> Plane:
        """(h, w) share of hair in a pixel, 0…1."""
        return self.hair.cover

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
        return _whole(self.rest + self.hair.coloured(colour) * self.cover)

    def before(self, backdrop: str) -> NDArray[np.uint8]:
        """The same portrait, (h, w, 3) sRGB, before one of `scene.BACKDROPS` in the light of its own room."""
        photo = self.rest + self.hair.coloured(self.colour) * self.cover
        return _whole(photo + self.behind * (scene.papered(self.room, backdrop) - self.room))


def _whole(picture: Rgb) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0))


def render(seed: int, height: int = 256, width: int | None = None, backdrop: Rgb | None = None) -> Portrait:
    """Draw the portrait of this seed; the same seed always gives the same bytes.

    Args:
        backdrop: (3, height, width) sRGB 0…1 to draw upon instead of a room of our own.
    """
    rng = np.random.default_rng(seed)
    small = (height, width or height)
    size = (height * FINE, small[1] * FINE)
    pose, style = Pose.draw(rng, *size), hair.Style.draw(rng)
    colour, skin = hair.choose(rng, hair.GROWN), pick(rng, face.SKINS)
    is_ = face.features(rng, skin, hair.linear(colour) ** np.float32(1 / 2.2))
    build = Build(*(float(rng.uniform(1 - s, 1 + s)) for s in (0.06, 0.2, 0.2, 0.14, 0.15, 0.2)))
    room = scene.room(rng, size)
    if backdrop is not None:
        room = cv2.resize(backdrop.transpose(1, 2, 0), size[::-1]).transpose(2, 0, 1)
    picture = room.copy()
    chest = sculpt.look(_turned(sculpt.trunk, pose, 0.35), pose.x, pose.y, pose.pixel)
    head = sculpt.look(_turned(build.head, pose, 1.0), pose.x, pose.y, pose.pixel)
    body = np.where(head.cover > 0.5, head.depth, np.where(chest.cover > 0.5, chest.depth, -9))
    hx, hy, hz = pose.inward()(pose.x, pose.y, head.depth)
    line = guides.hairline(np.abs(np.arctan2(hx, hz + 0.1)))
    scalp = ramp(line - 0.05 - hy, 0.06) * head.cover * (head.depth >= body)
    grown = hair.grow(rng, pose, style, body, scalp)
    shade = _shadow(pose, grown)
    lay(picture, scene.clothed(rng, pose, chest, skin), chest.cover)
    albedo, gloss = face.paint(rng, is_, hx, hy, hz)
    lay(picture, scene.lit(pose, head, albedo, gloss, shade), head.cover)
    worn = glasses.wear(rng, pose, picture)
    rest = _smaller(picture * (1 - grown.cover), small)
    cover = _smaller(grown.cover[None], small)[0]
    behind = _smaller(((1 - chest.cover) * (1 - head.cover) * (1 - grown.cover))[None], small)[0]
    share = np.maximum(cover, 1e-3)
    light, shine = (
        _smaller((plane * grown.cover)[None], small)[0] / share for plane in (grown.light, grown.gloss)
    )
    rest += rng.normal(0, SCATTER, rest.shape).astype(np.float32)
    tags = {"hair": style.length, "curl": style.curl, "colour": colour} | _tags(pose, is_, worn)
    grown = hair.Hair(cover, light, shine)
    return Portrait(rest, _smaller(room, small), behind, grown, colour, tags, _landmarks(pose, is_))


def _turned(solid: sculpt.Solid, pose: Pose, share: float) -> sculpt.Solid:
    inward = pose.inward(share)
    return lambda at: solid(inward(*at))


def _smaller(planes: Rgb, size: tuple[int, int]) -> Rgb:
    layers = [cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA) for plane in planes]
    return np.stack(layers).astype(np.float32)


def _shadow(pose: Pose, grown: hair.Hair) -> Plane:
    """Light that hair leaves to the skin beside and below it, 0…1."""
    size = grown.cover.shape[0]
    move = np.array([[1, 0, -pose.light[0] * size * 0.022], [0, 1, -pose.light[1] * size * 0.03]], np.float32)
    cast = cv2.warpAffine(cv2.GaussianBlur(grown.cover, (0, 0), size * 0.012), move, grown.cover.shape[::-1])
    return 1 - 0.6 * cast


def _landmarks(pose: Pose, is_: Features) -> list[tuple[float, float]]:
    x, y = face.EYE
    corner = face.MOUTH - 0.06 * is_.smile
    points = [
        (-x, y, 0.66),
        (x, y, 0.66),
        (0, 0.36, 0.94),
        (-is_.mouth_width, corner, 0.68),
        (is_.mouth_width, corner, 0.68),
    ]
    seen = pose.pixels(np.array(points, np.float32) @ pose.turned().T) / FINE
    return [(round(float(a), 1), round(float(b), 1)) for a, b in seen]


def _tags(pose: Pose, is_: Features, worn: str | None) -> dict[str, str]:
    tags = {"light": "left" if pose.light[0] < 0 else "right"}
    tone = float(is_.skin.mean())
    tags["skin"] = "light" if tone > 0.68 else "medium" if tone > 0.45 else "dark"
    if abs(pose.yaw) > 0.3:
        tags["yaw"] = "right" if pose.yaw > 0 else "left"
    if worn:
        tags["glasses"] = worn
    if is_.closed:
        tags["eyes"] = "closed"
    if is_.smile > 0.45:
        tags["mouth"] = "smile"
    return tags
