"""The library by name: `astronaut.png` is a file, `render:1000` is drawn from its seed."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.render import render

HERE = Path(__file__).parent
SETS = ("compare", "calibrate", "reference")
DRAWN = "render:"


@dataclass(frozen=True)
class Picture:
    """One picture of the library; `hair` is its mask as PNG (0 or 255) where the truth is known."""

    name: str
    png: bytes
    tags: dict[str, str]
    source: str
    licence: str
    hair: bytes | None


def names(purpose: str) -> list[str]:
    """The names in the set of this purpose, in order."""
    return (HERE / "sets" / f"{purpose}.txt").read_text().split()


def read(name: str) -> Picture:
    """The picture of this name.

    Raises:
        KeyError: there is no such picture.
    """
    if name.startswith(DRAWN):
        return _drawn(name)
    with (HERE / "manifest.csv").open(newline="") as file:
        known = {row["name"]: row for row in csv.DictReader(file)}
    row = known[name]
    tags = dict(tag.split(":", 1) for tag in row["tags"].split(";"))
    return Picture(name, (HERE / "images" / name).read_bytes(), tags, row["source"], row["licence"], None)


def _drawn(name: str) -> Picture:
    portrait = render(int(name.removeprefix(DRAWN)))
    mask = _png(portrait.hair_mask.astype(np.uint8) * 255)
    photo = _png(cv2.cvtColor(portrait.photo, cv2.COLOR_RGB2BGR))
    return Picture(name, photo, portrait.tags, "drawn by samples/render.py", "Apache-2.0", mask)


def _png(picture: NDArray[Any]) -> bytes:
    return cv2.imencode(".png", picture)[1].tobytes()
