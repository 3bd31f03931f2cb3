"""What is painted on the head: complexion, lips and a smile, and the eyes."""

from dataclasses import dataclass

import numpy as np

from samples.brush import Plane, Rgb, clouds, lay, line, pick, ramp, rgb, spot
from samples.eye import Eye

SKINS = ((250, 218, 198), (240, 196, 168), (222, 172, 138), (190, 136, 100), (142, 94, 66), (94, 62, 45))
LIPS = ((196, 92, 92), (178, 70, 78), (160, 72, 66), (204, 106, 110))
IRISES = ((92, 62, 40), (66, 44, 30), (110, 134, 92), (96, 132, 160), (120, 128, 132))
EYE = (0.305, 0.07)
"""Middle of an eye, head frame."""
EYE_SIZE = 0.155
MOUTH = 0.625


@dataclass(frozen=True)
class Features:
    """One person's complexion and what the face does just now."""

    skin: Rgb
    brow: Rgb
    iris: Rgb
    lip: Rgb
    opening: float
    gaze: float
    lift: float
    smile: float
    teeth: bool
    mouth_width: float

    @property
    def closed(self) -> bool:
        """Are the eyes closed?"""
        return self.opening < 0.1


def features(rng: np.random.Generator, skin: Rgb, hair: Rgb) -> Features:
    """A random face; `hair` is the sRGB colour of the hair, which the brows follow."""
    lip = pick(rng, LIPS)
    smile = float(np.clip(rng.normal(0.4, 0.35), -0.1, 1))
    return Features(
        skin=skin,
        brow=np.clip(hair * 0.55 + skin * 0.1, 0.03, 0.5),
        iris=pick(rng, IRISES),
        lip=(lip * 0.55 + skin * 0.45 * rgb((1.0, 0.75, 0.75))) * np.clip(skin.mean() * 1.25, 0.45, 1),
        opening=0.0 if rng.random() < 0.1 else rng.uniform(0.85, 1.1),
        gaze=rng.normal(0, 0.08),
        lift=rng.uniform(-0.05, 0.08),
        smile=smile,
        teeth=smile > 0.45 and rng.random() < 0.75,
        mouth_width=rng.uniform(0.2, 0.24) * (1 + 0.22 * max(smile, 0)),
    )


def paint(rng: np.random.Generator, is_: Features, x: Plane, y: Plane, z: Plane) -> tuple[Rgb, Plane]:
    """Albedo of the skin at points of the surface (head frame), and how glossy it is there."""
    flesh = np.empty((3, *x.shape), np.float32)
    flesh[:] = is_.skin
    flesh *= 1 + 0.018 * clouds(rng, x.shape, 40) + 0.02 * clouds(rng, x.shape, 9)
    front = ramp(z - 0.1, 0.3)
    rosy = 0.9 * spot(np.abs(x) - 0.36, y - 0.33, 0.2, 0.17) + 0.7 * spot(x, y - 0.36, 0.1, 0.08)
    rosy += 0.8 * ramp(np.abs(x) - 0.7, 0.05)
    lay(flesh, flesh * rgb((1.03, 0.83, 0.82)), np.clip(rosy, 0, 1) * rng.uniform(0.4, 0.9))
    gloss = 0.55 + 0.8 * spot(x, y - 0.3, 0.08, 0.25) + 0.5 * spot(x, y + 0.4, 0.4, 0.2)
    lay(flesh, flesh * 0.35, 0.85 * front * spot(np.abs(x) - 0.062, y - 0.432, 0.03, 0.014))
    _mouth(is_, x, y, front, flesh, gloss)
    for side in (-1, 1):
        eye = Eye((x - side * EYE[0]) / EYE_SIZE, (y - EYE[1]) / EYE_SIZE, side, front)
        if is_.closed:
            eye.shut(flesh)
        else:
            eye.open(flesh, gloss, is_.iris, (is_.opening, is_.gaze, max(is_.smile, 0)))
        eye.brow(flesh, is_.brow, is_.lift)
    return flesh, gloss


def _mouth(is_: Features, x: Plane, y: Plane, front: Plane, flesh: Rgb, gloss: Plane) -> None:
    t = np.clip(np.abs(x) / is_.mouth_width, 0, 1)
    taper, inside = np.sqrt(1 - t**2), ramp(is_.mouth_width - np.abs(x), 0.03) * front
    middle = y - MOUTH + 0.085 * is_.smile * (t**2 - 0.3)
    gap = 0.045 * taper * is_.smile * is_.teeth
    bow = 0.062 - 0.016 * np.cos(3 * np.pi * np.clip(t, 0, 0.5))
    upper = ramp(middle + gap + bow * taper, 0.018) * ramp(-middle - gap + 0.005, 0.01) * inside
    lower = ramp(gap * 1.3 + 0.088 * taper - middle, 0.022) * ramp(middle - gap * 1.3 + 0.005, 0.01) * inside
    lay(flesh, is_.lip * 0.9, 0.9 * upper)
    lay(flesh, is_.lip * 1.06, 0.9 * lower)
    gloss += 1.2 * lower
    if is_.teeth:
        _teeth(flesh, x, middle, gap, inside * ramp(1.02 - t, 0.25))
    else:
        lay(flesh, is_.lip * 0.38, line(middle, 0.011) * inside)
    crease = line(np.hypot(np.abs(x) - 0.16, (y - 0.52) * 0.75) - 0.13, 0.028) * ramp(np.abs(x) - 0.2, 0.06)
    lay(flesh, flesh * 0.8, max(is_.smile, 0) * 0.75 * crease * front * spot(y, y - 0.52, 9, 0.13))
    lay(flesh, flesh * 0.86, 0.6 * front * spot(x, y - 0.79, 0.13, 0.03))


def _teeth(flesh: Rgb, x: Plane, middle: Plane, gap: Plane, inside: Plane) -> None:
    hole = ramp(gap - np.abs(middle - 0.1 * gap), 0.01) * np.minimum(inside * 4, 1)
    lay(flesh, rgb((0.24, 0.1, 0.09)), hole)
    grooves = 1 - 0.12 * line(np.abs((x / 0.052) % 1 - 0.5) - 0.5, 0.1)
    lay(
        flesh,
        rgb((0.9, 0.87, 0.82)) * grooves,
        0.95 * hole * inside * ramp(0.35 * gap - middle + 0.006, 0.012),
    )
