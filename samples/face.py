"""Skin and features of a drawn portrait: neck, ears, face, eyes, nose and mouth."""

from dataclasses import dataclass

import numpy as np

from samples.head import Head, Plane, Rgb, lay, line, ramp, rgb, spot

SKINS = ((250, 221, 201), (238, 198, 170), (222, 174, 140), (196, 143, 106), (150, 100, 70), (102, 66, 47))
LIPS = ((196, 92, 92), (178, 70, 78), (160, 72, 66), (204, 106, 110))
IRISES = ((92, 62, 40), (66, 44, 30), (110, 134, 92), (96, 132, 160), (120, 128, 132))


def pick(rng: np.random.Generator, colours: tuple[tuple[int, int, int], ...]) -> Rgb:
    """A colour between two neighbours of the list, (3, 1, 1)."""
    at, share = divmod(rng.uniform(0, len(colours) - 1), 1)
    low, high = np.array(colours[int(at)]), np.array(colours[int(at) + 1])
    return rgb((low + (high - low) * share) / 255)


def face(rng: np.random.Generator, head: Head, skin: Rgb, brow: Rgb, picture: Rgb) -> Plane:
    """Paint ears, face and features in place; `brow` is the colour of the brows.

    Returns:
        What they cover, 0…1.
    """
    u, v = head.u, head.v
    cover = np.zeros_like(u)
    for side in (-1, 1):
        ear = ramp(spot(u - side * (0.98 - 0.3 * side * head.turn), v - 0.12, 0.13, 0.25) - 0.35, 0.1)
        lay(picture, skin * (0.86 - 0.25 * spot(u - side * 0.98, v - 0.12, 0.06, 0.12)), ear)
        cover = np.maximum(cover, ear)
    jaw = rng.uniform(0.16, 0.3)
    radius = np.sqrt((u / (1 - jaw * np.clip(v, 0, 1.2) ** 1.6)) ** 2 + v**2)
    shade = 0.52 + 0.55 * head.lit(u, v * 0.8, np.sqrt(np.clip(1 - radius**2 * 0.96, 0.02, 1)))
    flesh = skin * np.stack([shade**0.82, shade, shade**1.1])
    f = u - head.turn * np.sqrt(np.clip(1 - u**2 * 0.5, 0, 1)) * 1.3
    blush = spot(np.abs(f) - 0.52, v - 0.42, 0.26, 0.2)
    lay(flesh, flesh * rgb((1.03, 0.82, 0.81)), blush * rng.uniform(0.3, 0.8))
    _nose(head, f, flesh)
    _mouth(rng, f, v, flesh)
    _eyes(rng, head, f, flesh, brow)
    oval = ramp(1 - radius, head.edge)
    lay(picture, flesh, oval)
    return np.maximum(cover, oval)


def _nose(head: Head, f: Plane, flesh: Rgb) -> None:
    v, side = head.v, float(np.sign(head.light[0]))
    lay(flesh, flesh * 1.12, 0.75 * spot(f - 0.02 * side, v - 0.26, 0.055, 0.26))
    lay(flesh, flesh * 0.74, 0.6 * spot(f + 0.12 * side, v - 0.3, 0.06, 0.24))
    lay(flesh, flesh * 0.7, 0.65 * spot(f, v - 0.515, 0.16, 0.035))
    lay(flesh, np.clip(flesh * 1.25, 0, 1), 0.7 * spot(f - 0.03 * side, v - 0.42, 0.05, 0.045))
    lay(flesh, flesh * 0.6, 0.8 * spot(np.abs(f) - 0.085, v - 0.485, 0.045, 0.018))
    lay(flesh, flesh * 0.78, 0.6 * spot(np.abs(f) - 0.165, v - 0.44, 0.022, 0.06))


def _mouth(rng: np.random.Generator, f: Plane, v: Plane, flesh: Rgb) -> None:
    width, smile = rng.uniform(0.26, 0.33), rng.uniform(0.03, 0.12)
    gain = flesh.mean(0) / flesh.mean()
    lip = (pick(rng, LIPS) * 0.5 + flesh.mean((1, 2), keepdims=True) * 0.5) * gain
    t = np.clip(np.abs(f) / width, 0, 1)
    middle, taper = v - 0.68 + smile * (t**2 - 0.35), np.sqrt(1 - t**2)
    inside = ramp(width - np.abs(f), 0.12 * width)
    bow = 0.07 - 0.018 * np.cos(3 * np.pi * np.clip(t, 0, 0.5))
    lay(flesh, lip * 0.86, 0.9 * ramp(middle + bow * taper, 0.02) * ramp(-middle, 0.012) * inside)
    lower = ramp(0.1 * taper - middle, 0.025) * ramp(middle, 0.012) * inside
    lay(flesh, lip * (1.02 + 0.3 * spot(f, middle - 0.045, 0.12, 0.02)), 0.9 * lower)
    lay(flesh, lip * 0.35, line(middle, 0.014) * inside)
    lay(flesh, flesh * 0.8, 0.5 * spot(f, v - 0.83, 0.17, 0.04))
    lay(flesh, flesh * 0.85, 0.5 * spot(f, v - 0.575, 0.035, 0.05))


@dataclass(frozen=True)
class Look:
    """What both eyes share: how far open, where they look (in widths of an eye), iris, height of the brows."""

    opening: float
    gaze: float
    iris: Rgb
    lift: float


def _eyes(rng: np.random.Generator, head: Head, f: Plane, flesh: Rgb, brow: Rgb) -> None:
    look = Look(rng.uniform(0.85, 1.1), rng.normal(0, 0.06), pick(rng, IRISES), rng.uniform(-0.06, 0.1))
    for side in (-1, 1):
        near = _around(head, f, side)
        part = flesh[:, *near]
        ex, ey = (f[near] - side * 0.41) / 0.215, (head.v[near] - 0.06) * head.aspect / 0.215
        _eye(look, ex, ey, ex * side, part, head.light[0])
        along = np.clip((ex * side + 1.25) / 2.6, 0, 1)
        bow = ey + 1.1 + look.lift + 0.28 * np.sin(along * np.pi * 0.85) - 0.1 * along
        thick = 0.2 * (1 - 0.65 * along) + 0.03
        hairs = 0.8 + 0.2 * np.sin(ex * 60 + ey * 25)
        lay(part, brow, 0.9 * hairs * ramp(thick - np.abs(bow), 0.12) * ramp(1.3 - np.abs(ex), 0.2))


def _around(head: Head, f: Plane, side: int) -> tuple[slice, slice]:
    near = (np.abs(f - side * 0.41) < 0.36) & (np.abs(head.v + 0.02) < 0.42)
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _eye(look: Look, ex: Plane, ey: Plane, outward: Plane, flesh: Rgb, sun: float) -> None:
    """One open eye; ex, ey: -1…1 across it from its middle; outward: away from the nose."""
    lay(flesh, flesh * 0.8, 0.6 * spot(ex, ey + 0.3, 1.25, 0.7))
    arch = 1 - np.clip(np.abs(ex), 0, 1) ** 2.2
    upper, lower = ey + 0.5 * look.opening * arch + 0.06 * outward, 0.34 * arch - ey
    away = np.hypot(ex - look.gaze, ey + 0.03)
    ball = rgb((0.93, 0.9, 0.88)) * (0.62 + 0.38 * ramp(upper, 0.5))
    depth = (0.75 + 0.9 * np.clip(ey + 0.2, 0, 0.4)) * (1 - 0.55 * ramp(away - 0.34, 0.1))
    lay(ball, look.iris * depth, ramp(0.46 - away, 0.08))
    lay(ball, rgb((0.03, 0.025, 0.025)), ramp(0.21 - away, 0.06))
    glint = np.hypot(ex - look.gaze - 0.14 * np.sign(sun), ey + 0.17)
    lay(ball, rgb((1, 1, 1)), ramp(0.13 - glint, 0.07))
    lay(flesh, ball, ramp(upper, 0.1) * ramp(lower, 0.12) * ramp(1.02 - np.abs(ex), 0.08))
    lid = ramp(1.12 - np.abs(ex), 0.25)
    lay(flesh, rgb((0.1, 0.07, 0.06)), 0.92 * line(upper, 0.1) * lid)
    lay(flesh, rgb((0.3, 0.18, 0.15)), 0.4 * line(lower, 0.06) * lid)
    lay(flesh, flesh * 0.72, 0.5 * line(upper + 0.3, 0.07) * lid)
