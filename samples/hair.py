"""Drawn hair: a silhouette, strands that follow it, and one colour that can be exchanged."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from samples.head import Head, Plane, Rgb, clouds, line, ramp, rgb

# Medians over real portraits in CIE Lab (D65): what people have, then two dyes.
LAB = {
    "black": (8, 1, 1),
    "brown": (20, 6, 10),
    "blond": (49, 7, 21),
    "grey": (42, 1, 3),
    "copper": (30, 24, 27),
    "white": (74, 1, 5),
    "blue": (24, 4, -32),
    "violet": (27, 27, -25),
}
COLOURS = tuple(LAB)
GROWN = {"black": 0.24, "brown": 0.3, "blond": 0.18, "grey": 0.1, "copper": 0.14, "white": 0.04}
"""How often a portrait has a colour before anyone dyes it."""
LENGTHS = {"short": 0.3, "medium": 0.26, "long": 0.34, "up": 0.1}
CURLS = {"straight": 0.4, "wavy": 0.36, "curly": 0.24}


def choose(rng: np.random.Generator, chances: dict[str, float]) -> str:
    """One key by its chance; the chances sum to 1."""
    return str(rng.choice(list(chances), p=list(chances.values())))


def linear(colour: str) -> Rgb:
    """Linear RGB (3, 1, 1) of a named hair colour, 0…1."""
    return rgb(np.maximum(cv2.cvtColor(np.array([[LAB[colour]]], np.float32), cv2.COLOR_Lab2LRGB), 0.003))


@dataclass(frozen=True)
class Style:
    """How the hair is worn; lengths in u and v of the head."""

    length: str
    curl: str
    bottom: float
    volume: float
    flare: float
    parting: float
    sweep: float
    wave: float
    beat: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """A random style."""
        length, curl = choose(rng, LENGTHS), choose(rng, CURLS)
        low, high = {"short": (0.1, 0.3), "up": (0, 0.1), "medium": (0.75, 1.2), "long": (1.5, 2.4)}[length]
        return cls(
            length,
            curl,
            bottom=rng.uniform(low, high),
            volume=rng.uniform(0.1, 0.19)
            + (0.15 if curl == "curly" else 0)
            - (0.05 if length == "up" else 0),
            flare=rng.uniform(-0.05, 0.28),
            parting=float(rng.choice((-0.42, 0.0, 0.42)) + rng.normal(0, 0.08)),
            sweep=rng.uniform(0.5, 0.95),
            wave={"straight": 0.012, "wavy": 0.055, "curly": 0.05}[curl],
            beat=rng.uniform(1.0, 1.7),
        )


@dataclass(frozen=True)
class Hair:
    """Cover in front of and behind head and neck, 0…1; light and gloss, kept apart from any colour."""

    front: Plane
    back: Plane
    light: Plane
    gloss: Plane

    def coloured(self, colour: str) -> Rgb:
        """The hair alone in a named colour, sRGB 0…1, meaningful where it covers."""
        base = linear(colour)
        lit = base * self.light + self.gloss * (rgb((0.25, 0.24, 0.23)) + base)
        toned: Rgb = np.clip(lit, 0, 1) ** np.float32(1 / 2.2)
        return toned


def grow(rng: np.random.Generator, head: Head, style: Style) -> Hair:
    """Hair of this style on this head."""
    u, v = head.u, head.v
    swirl = clouds(rng, len(u), 22) if style.curl == "curly" else clouds(rng, len(u), 7) * 0.3
    reach: Plane = np.sqrt((u - style.parting) ** 2 + (v + 1.05) ** 2)
    swing = style.wave * np.sin(2 * np.pi * style.beat * reach + rng.uniform(0, 6) + 1.2 * swirl)
    sides = np.abs(u - 0.35 * head.turn) + swing * ramp(reach - 0.3, 0.8)
    outer, hairline = _silhouette(style, v), _hairline(style, u, head.turn)
    top = -(1 + style.volume) * np.sqrt(np.clip(1 - (u / (1 + style.volume)) ** 2, 0, 1))
    inner = (
        0.92 * np.sqrt(1 - np.clip(v, -0.9, 0) ** 2) - 0.16 * np.clip(v, 0, 1) + 0.1 * np.clip(v - 1, 0, 2)
    )
    down = ramp(v + 0.25, 0.5)
    across = (1 - down) * (v - hairline) / np.minimum(top - hairline, -0.08)
    across += down * (sides - inner) / np.maximum(outer - inner, 0.1)
    half = np.where(u > style.parting, np.float32(6.3), np.float32(1.3))
    fibre = _strands(rng, across + half, reach, style, swirl)
    behind = _strands(rng, sides / np.maximum(outer, 0.2) * 2 + half, reach, style, swirl)

    fray = 0.05 + (0.09 if style.curl == "curly" else 0)
    rough = fray * (0.6 * fibre + 0.5 * swirl)
    outline = ramp(outer - sides + rough, 0.03 + 0.3 * fray) * ramp(style.bottom + rough - v, 0.05 + fray)
    outline *= ramp(v - top * 1.02 + rough + 0.02, 0.04)
    over = ramp(hairline - v + 0.05 * fibre, 0.08)
    beside = ramp(sides - inner + 0.05 * fibre, 0.09) * ramp(v + 0.8, 0.2)
    front = outline * np.maximum(over, beside)
    if style.length == "up":
        radius = np.hypot(u - 0.2 * style.parting, (v + 1.22) * head.aspect) / 0.45
        bun = ramp(1 - radius + 0.06 * fibre, 0.14)
        front, across = np.maximum(front, bun), np.where(bun > front, 1 - radius, across)
    back = outline * ramp(v + 0.9, 0.2)
    light, gloss = _shine(rng, head, style, reach, np.clip(across, 0, 1), fibre)
    return Hair(front, back, light * front + (0.34 + 0.18 * behind) * (1 - front), gloss * front)


def _silhouette(style: Style, v: Plane) -> Plane:
    """Half width of the hair at each height, in u."""
    wide = 1 + style.volume
    crown = wide * np.sqrt(np.clip(1 - (np.minimum(v + 0.05, 0) / wide) ** 2, 0, 1))
    if style.length in ("short", "up"):
        return crown - (0.5 + style.volume) * np.clip(v + 0.15, 0, 1)
    fall = np.minimum(style.flare * np.clip(v, 0, 2.4) ** 0.9, 0.45)
    return crown + fall + 0.1 * np.clip(v, 0, 0.6) - 0.1 * np.clip(v - 1.6, 0, 1)


def _hairline(style: Style, u: Plane, turn: float) -> Plane:
    """Height of the hairline over the face, in v."""
    away = np.abs(u - style.parting - turn * 0.5) / (1 + abs(style.parting))
    bend = 1.7 if style.sweep > 0.7 else 2.4
    return -0.68 + style.sweep * away**bend + 0.5 * np.clip(np.abs(u) - 0.8, 0, 1)


def _strands(rng: np.random.Generator, across: Plane, along: Plane, style: Style, swirl: Plane) -> Plane:
    """Fibre texture, mean 0, about -1…1: noise that is long along the strand and fine across it."""
    noise = cv2.GaussianBlur(rng.normal(0, 1, (64, 1024)).astype(np.float32), (0, 0), 0.8, sigmaY=1.5)
    clump = cv2.GaussianBlur(noise, (0, 0), 5, sigmaY=3)
    curly = style.curl == "curly"
    place = across + (0.16 if curly else 0.03) * swirl
    rows = along * (7 if curly else 5) + (1.5 * swirl if curly else 0)
    fine = cv2.remap(noise / noise.std(), place * 75, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    broad = cv2.remap(clump / clump.std(), place * 60, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.clip(0.37 * fine + 0.33 * broad, -1.2, 1.2)


def _shine(
    rng: np.random.Generator, head: Head, style: Style, reach: Plane, across: Plane, fibre: Plane
) -> tuple[Plane, Plane]:
    """Diffuse light (about 1 in the middle) and gloss of the hair in front."""
    wide = 1 + style.volume
    nx, ny = head.u / wide * 0.9, np.clip(head.v, -wide, 0.35) / wide * 0.9
    facing = head.lit(nx, ny, np.sqrt(np.clip(1 - nx**2 - ny**2, 0.05, 1)))
    light = (0.25 + 1.25 * facing) * (0.55 + 0.45 * ramp(across, 0.3)) * np.exp(0.42 * fibre)
    light *= 1 - 0.14 * np.clip(head.v - 0.5, 0, 2)
    ring = line(reach - rng.uniform(0.42, 0.6) - 0.07 * fibre, 0.16)
    second = 0.5 * line(reach - rng.uniform(1.2, 1.6) - 0.08 * fibre, 0.22)
    gloss = (ring + second) * facing**2 * np.clip(0.6 + fibre, 0, 2) * rng.uniform(0.05, 0.16)
    return light, gloss * (0.4 if style.curl == "curly" else 1)
