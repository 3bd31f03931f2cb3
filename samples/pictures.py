"""The library that the studio starts with: files, and what `manifest.csv` says of each."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Picture:
    """One picture of the library.

    Attributes:
        file: its name in images/.
        name: for people.
        landmarks: (x, y) in pixels of the viewer's left eye, right eye, nose and corners of the mouth, or none.
        hair: its mask as PNG, 0 or 255, where the truth is known.
        target: the same portrait with copper hair, where one was drawn.
    """

    file: str
    name: str
    data: bytes
    tags: tuple[tuple[str, str], ...]
    landmarks: tuple[tuple[float, float], ...]
    source: str
    licence: str
    hair: bytes | None
    target: bytes | None


def files(purpose: str) -> list[str]:
    """The files of the set of this purpose, in order."""
    return (HERE / "sets" / f"{purpose}.txt").read_text().split()


def read(file: str) -> Picture:
    """The picture of this file name.

    Raises:
        KeyError: there is no such picture.
    """
    with (HERE / "manifest.csv").open(newline="") as table:
        row = {row["file"]: row for row in csv.DictReader(table)}[file]
    tags = tuple((key, value) for key, _, value in (tag.partition(":") for tag in row["tags"].split(";")))
    stem = Path(file).stem
    return Picture(
        file,
        row["name"],
        (HERE / "images" / file).read_bytes(),
        tags,
        tuple((x, y) for x, y in json.loads(row["landmarks"] or "[]")),
        row["source"],
        row["licence"],
        _beside(HERE / "masks" / f"{stem}.png"),
        _beside(HERE / "targets" / f"{stem}.webp"),
    )


def _beside(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
