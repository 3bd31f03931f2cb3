"""Hair: named colours, ways to wear it, and how strands take the light apart from their colour."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from samples import guides, strands
from samples.brush import Plane, Rgb, ramp, rgb
from samples.guides import Cut
from samples.pose import Pose
from samples.strands import Drawn, Strands

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
LENGTHS = {"short": 0.3, "medium": 0.28, "long": 0.3, "up": 0.12}
CURLS = {"straight": 0.36, "wavy": 0.34, "curly": 0.3}


def choose(rng: np.random.Generator, chances: dict[str, float]) -> str:
    """One key by its chance; the chances sum to 1."""
    return str(rng.choice(list(chances), p=list(chances.values())))


def linear(colour: str) -> Rgb:
    """Linear RGB (3, 1, 1) of a named hair colour, 0…1."""
    return rgb(np.maximum(cv2.cvtColor(np.array([[LAB[colour]]], np.float32), cv2.COLOR_Lab2LRGB), 0.003))


@dataclass(frozen=True)
class Style:
    """Length and curl as words, and the cut that makes them."""

    length: str
    curl: str
    cut: Cut

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """A random style."""
        length, curl = choose(rng, LENGTHS), choose(rng, CURLS)
        low, high = {"short": (0.05, 0.35), "up": (0.1, 0.3), "medium": (0.7, 1.15), "long": (1.5, 2.2)}[
            length
        ]
        curly = curl == "curly"
        reach = {"short": rng.uniform(0.28, 0.6), "up": 1.0, "medium": 2.3, "long": 3.6}[length]
        cut = Cut(
            bottom=rng.uniform(low, high),
            reach=reach * (0.8 if curly and length != "up" else 1),
            part=float(rng.choice((-0.3, 0.0, 0.3)) + rng.normal(0, 0.05)),
            lift=rng.uniform(0.25, 0.6) + (0.5 if curly else 0) if length != "up" else 0.05,
            sweep=rng.uniform(0.3, 1.0),
            fringe=bool(length != "up" and not curly and rng.random() < 0.3),
            bun=length == "up",
            wave={"straight": 0.004, "wavy": 0.035, "curly": 0.07}[curl] * (0.3 if length == "up" else 1),
            beat={"straight": 0.5, "wavy": rng.uniform(1.1, 1.7), "curly": rng.uniform(2.5, 4.0)}[curl],
            volume=rng.uniform(0.06, 0.16) + (0.16 if curly else 0) if length != "up" else 0.04,
            clump={"straight": 0.35, "wavy": 0.6, "curly": 0.7}[curl],
        )
        return cls(length, curl, cut)


@dataclass(frozen=True)
class Hair:
    """Share of hair in each pixel, 0…1; its light and its gloss, kept apart from any colour."""

    cover: Plane
    light: Plane
    gloss: Plane

    def coloured(self, colour: str) -> Rgb:
        """The hair alone in a named colour, sRGB 0…1, meaningful where it covers."""
        base = linear(colour)
        lit = base * self.light + self.gloss * (rgb((0.25, 0.24, 0.23)) + base)
        toned: Rgb = np.clip(lit, 0, 1) ** np.float32(1 / 2.2)
        return toned


def grow(rng: np.random.Generator, pose: Pose, style: Style, body: Plane, scalp: Plane) -> Hair:
    """Hair of this style on a head whose skin lies at depth `body`; `scalp` is where it is grown with hair, 0…1."""
    cut = style.cut
    points = round((70 if cut.short else 170 if cut.bottom < 1.3 else 240) * body.shape[0] / 512)
    all_ = Strands.around(rng, cut, *guides.grow(rng, cut, 440), points)
    shaded = _shade(rng, pose, strands.draw(pose, all_.with_bun(rng) if cut.bun else all_, body))
    below = scalp * (1 - shaded.cover)
    return Hair(shaded.cover + below, np.where(below > 0, np.float32(0.4), shaded.light), shaded.gloss)


def _shade(rng: np.random.Generator, pose: Pose, drawn: Drawn) -> Hair:
    """Kajiya and Kay's strands in a soft key light; deeper strands lie in the shadow of those before them."""
    light = np.array(pose.light, np.float32)
    half = light + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    depth, open_ = np.where(drawn.cover > 0, drawn.depth, 0), _openness(drawn)
    middle = pose.turned() @ np.array([0, -0.1, -0.1], np.float32)
    nx, ny, nz = pose.x - middle[0], (pose.y - middle[1]) * 0.75, np.clip(depth - middle[2], 0.05, 2)
    length = np.sqrt(nx**2 + ny**2 + nz**2) + 1e-6
    facing = np.clip((nx * light[0] + ny * light[1] + nz * light[2]) / length * 0.75 + 0.25, 0, 1)
    along = np.tensordot(light, drawn.tangent, 1)
    shine = np.tensordot(half, drawn.tangent, 1) + 0.08 * drawn.tone
    diffuse = np.sqrt(np.clip(1 - along**2, 0, 1))
    value = (0.2 + 1.25 * facing * (0.35 + 0.65 * diffuse)) * np.exp(drawn.tone) * (0.3 + 0.7 * open_)
    value *= 0.75 + 0.25 * ramp(drawn.share, 0.25)
    spec = np.clip(1 - shine**2, 0, 1) ** 26 * facing**1.5 * open_ * np.exp(drawn.tone)
    spec *= rng.uniform(0.07, 0.16)
    return Hair(drawn.cover, value.astype(np.float32), spec.astype(np.float32))


def _openness(drawn: Drawn) -> Plane:
    """How little of the light the strands around and before a strand take from it, 0…1."""
    covered = drawn.cover > 0
    front = cv2.dilate(np.where(covered, drawn.depth, -2).astype(np.float32), np.ones((9, 9)))
    blurred: Plane = cv2.GaussianBlur(np.where(covered, front, 0).astype(np.float32), (0, 0), 5)
    before = blurred / (cv2.GaussianBlur(drawn.cover, (0, 0), 5) + 1e-3)
    left: Plane = np.exp(-2.4 * np.clip(before - np.where(covered, drawn.depth, 0), 0, 1))
    return left
