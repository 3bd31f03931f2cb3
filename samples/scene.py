"""What is behind and below the head: an out-of-focus room, shoulders and clothes."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.face import pick
from samples.head import Head, Plane, Rgb, clouds, lay, line, ramp, rgb

CLOTHES = (
    (44, 52, 70),
    (188, 182, 172),
    (122, 48, 52),
    (58, 84, 78),
    (214, 120, 62),
    (32, 32, 36),
    (132, 152, 178),
)


def room(rng: np.random.Generator, size: int) -> Rgb:
    """Soft colour fields, upright shapes and a few lights, all out of focus."""
    mood, hue = rng.uniform(0.22, 0.8), rng.uniform(0, 1)
    tint = 1 + 0.13 * np.cos(2 * np.pi * (hue + np.array([0, 0.33, 0.67])))
    shapes: NDArray[Any] = np.empty((size, size, 3), np.float32)
    shapes[:] = mood * tint
    for _ in range(rng.integers(0, 7)):
        left, top = (rng.uniform(-0.1, 1, 2) * size).astype(int).tolist()
        right, bottom = (
            (np.array([left, top]) + rng.uniform((0.05, 0.3), (0.35, 1)) * size).astype(int).tolist()
        )
        shade = (mood + rng.normal(0, 0.17)) * tint * (1 + rng.normal(0, 0.09, 3))
        cv2.rectangle(shapes, (left, top), (right, bottom), shade.tolist(), -1)
    shapes = cv2.GaussianBlur(shapes, (0, 0), size * rng.uniform(0.015, 0.05))
    lights = np.zeros_like(shapes)
    for _ in range(rng.integers(0, 8)):
        at = (rng.uniform(0, 1, 2) * size).astype(int).tolist()
        glow = rng.uniform(0.04, 0.22) * np.array([1.0, 0.86, 0.66])
        cv2.circle(lights, at, int(size * rng.uniform(0.02, 0.06)), glow.tolist(), -1, cv2.LINE_AA)
    lit = shapes + cv2.GaussianBlur(lights, (0, 0), size * 0.008)
    return np.clip(lit.transpose(2, 0, 1) + 0.05 * clouds(rng, size, 4), 0.02, 0.97)


def body(rng: np.random.Generator, head: Head, skin: Rgb, picture: Rgb) -> Plane:
    """Paint the neck in the chin's shadow and shoulders in a garment with a round or a V neck.

    Returns:
        What they cover, 0…1.
    """
    u, v = head.u - head.turn * 0.3, head.v
    reach = np.abs(u)
    shoulder = 1.3 + 0.3 * (reach / 1.5) ** 1.6 + 2.5 * np.clip(reach - 1.75, 0, 2) ** 2
    light = 0.6 + 0.42 * head.lit(
        u / 2.3, np.full_like(u, -0.35), np.sqrt(1 - np.clip(reach / 2.3, 0, 1) ** 2)
    )
    trunk = ramp(v - shoulder, head.edge)
    column = ramp(0.52 + 0.3 * np.clip(v - 1.0, 0, 1) ** 2 - reach, head.edge * 1.5) * ramp(v - 0.4, 0.1)
    shadow = 1 - 0.48 * ramp(1.5 - v + 0.2 * reach, 0.6)
    lay(picture, skin * (light * shadow) * rgb((1.04, 0.97, 0.92)), np.maximum(column, trunk))
    depth, sharp = rng.uniform(0.12, 0.55), float(rng.choice((1, 2)))
    neckline = 1.36 + depth * (1 - np.clip(reach / 0.7, 0, 1) ** sharp)
    fold = 0.05 * np.sin(5 * u + 3 * v + rng.uniform(0, 6)) * np.sin(2 * v + u)
    seam = 1 - 0.3 * line(v - neckline - 0.02, 0.05)
    knit = 1 + rng.uniform(0, 0.05) * clouds(rng, len(u), len(u) // 3)
    cloth = pick(rng, CLOTHES) * ((light + fold) * seam * knit * 1.1)
    lay(picture, cloth, trunk * ramp(v - neckline, head.edge))
    cover: Plane = np.maximum(column, trunk)
    return cover
