"""What is behind and below the head, and how light falls on skin and cloth."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.brush import Plane, Rgb, clouds, lay, line, pick, ramp, rgb
from samples.pose import Pose
from samples.sculpt import Surface

CLOTHES = (
    (44, 52, 70),
    (188, 182, 172),
    (122, 48, 52),
    (58, 84, 78),
    (196, 124, 84),
    (32, 32, 36),
    (132, 152, 178),
)
WALLS = (
    (196, 190, 182),
    (150, 160, 168),
    (110, 118, 112),
    (172, 150, 134),
    (74, 78, 88),
    (212, 210, 206),
    (128, 140, 160),
)


BACKDROPS = {
    "paper white": (226, 225, 222),
    "studio grey": (128, 130, 134),
    "charcoal": (52, 54, 60),
    "sand": (208, 182, 148),
    "rose": (204, 150, 148),
    "sage": (138, 158, 132),
    "teal": (48, 122, 128),
    "dusk blue": (74, 92, 144),
}
"""Colours of a photographer's paper roll."""


def papered(room: Rgb, backdrop: str) -> Rgb:
    """A room (sRGB 0…1) hung with paper of this colour: its own fall of light, none of its own colour."""
    light = (room ** np.float32(2.2)).mean(0)
    light = np.clip(light / light.mean(), 0.35, 1.8)
    paper = rgb(BACKDROPS[backdrop]) / np.float32(255)
    hung: Rgb = np.clip(paper ** np.float32(2.2) * light, 0, 1) ** np.float32(1 / 2.2)
    return hung


def room(rng: np.random.Generator, size: tuple[int, int]) -> Rgb:
    """A wall with a soft fall of light, upright shapes and a few lights, all out of focus."""
    tint = pick(rng, WALLS).reshape(3) * rng.uniform(0.7, 1.15)
    shapes: NDArray[Any] = np.empty((*size, 3), np.float32)
    shapes[:] = tint
    for _ in range(rng.integers(0, 6)):
        left, top = (rng.uniform(-0.1, 1, 2) * size[::-1]).astype(int).tolist()
        right, bottom = (
            (np.array([left, top]) + rng.uniform((0.05, 0.3), (0.3, 1)) * size[0]).astype(int).tolist()
        )
        shade = tint * (1 + rng.normal(0, 0.28)) * (1 + rng.normal(0, 0.08, 3))
        cv2.rectangle(shapes, (left, top), (right, bottom), shade.tolist(), -1)
    shapes = cv2.GaussianBlur(shapes, (0, 0), size[0] * rng.uniform(0.02, 0.06))
    lights = np.zeros_like(shapes)
    for _ in range(rng.integers(0, 7)):
        at = (rng.uniform(0, 1, 2) * size[::-1]).astype(int).tolist()
        glow = rng.uniform(0.04, 0.2) * np.array([1.0, 0.88, 0.7])
        cv2.circle(lights, at, int(size[0] * rng.uniform(0.02, 0.06)), glow.tolist(), -1, cv2.LINE_AA)
    whole = shapes + cv2.GaussianBlur(lights, (0, 0), size[0] * 0.006)
    fall = 1 + 0.22 * np.linspace(-1, 1, size[1], dtype=np.float32)[None, :] * rng.choice((-1, 1))
    fall = fall * (1.08 - 0.25 * np.linspace(0, 1, size[0], dtype=np.float32)[:, None])
    seen: Rgb = whole.transpose(2, 0, 1) * fall + 0.02 * clouds(rng, size, 4)
    kept: Rgb = np.clip(seen, 0.02, 0.97).astype(np.float32)
    return kept


def lit(pose: Pose, body: Surface, albedo: Rgb, gloss: Plane, shadow: Plane | float = 1.0) -> Rgb:
    """Skin or cloth (sRGB albedo) in a soft key light, fill from the other side, sky and bounce; sRGB 0…1."""
    nx, ny, nz = body.normal
    lx, ly, lz = pose.light
    key = nx * lx + ny * ly + nz * lz
    red, green, blue = (np.clip((key + wrap) / (1 + wrap), 0, 1) ** 1.25 for wrap in (0.42, 0.3, 0.26))
    direct = np.stack([red, green, blue]) * shadow * rgb((1.02, 0.98, 0.93))
    fill = np.clip((-nx * lx * 0.8 + nz * 0.6 + 0.35) / 1.2, 0, 1)
    around = (0.2 * (0.65 - 0.35 * ny) + 0.2 * fill) * (0.35 + 0.65 * body.open) * (0.5 + 0.5 * shadow)
    light = 0.86 * direct * (0.55 + 0.45 * body.open) + around * rgb((0.96, 1.0, 1.06))
    hx, hy, hz = lx, ly, lz + 1
    length = (hx * hx + hy * hy + hz * hz) ** 0.5
    glance = np.clip((nx * hx + ny * hy + nz * hz) / length, 0, 1)
    edge = np.clip(1 - nz, 0, 1) ** 3
    shine = (0.1 * glance**18 + 0.07 * glance**60) * gloss * shadow * body.open + 0.05 * edge * body.open
    toned: Rgb = np.clip(albedo ** np.float32(2.2) * light + shine, 0, 1) ** np.float32(1 / 2.2)
    return toned


def clothed(rng: np.random.Generator, pose: Pose, body: Surface, skin: Rgb) -> Rgb:
    """Neck in the chin's shadow and shoulders in a garment with a round or a V neck, sRGB 0…1."""
    x, y, _ = pose.inward(0.35)(pose.x, pose.y, body.depth)
    reach = np.abs(x)
    depth, sharp = rng.uniform(0.05, 0.5), float(rng.choice((1, 2)))
    neckline = y - 1.38 - depth * (1 - np.clip(reach / 0.62, 0, 1) ** sharp) + 0.1 * ramp(reach - 0.3, 0.5)
    knit = 1 + rng.uniform(0, 0.04) * clouds(rng, x.shape, x.shape[0] // 6)
    fold = 1 + 0.08 * np.sin(5 * x + 3 * y + rng.uniform(0, 6)) * np.sin(2 * y + x)
    cloth = pick(rng, CLOTHES) * knit * fold * (1 - 0.3 * line(neckline - 0.03, 0.025))
    flesh = np.empty_like(cloth)
    flesh[:] = skin
    under = ramp(neckline, pose.pixel * 2)
    lay(flesh, cloth.astype(np.float32), under)
    shadow = 1 - 0.72 * ramp(1.42 - y + 0.1 * x * np.sign(pose.light[0]), 0.4) * (1 - under)
    return lit(pose, body, flesh, 0.5 * (1 - under), shadow)
