"""Draws the library's portraits anew; a second time writes the same pictures."""

import csv
import hashlib
import json
import multiprocessing
from collections import Counter
from dataclasses import dataclass
from typing import Any

import cv2
from numpy.typing import NDArray

from samples.pictures import HERE
from samples.render import Portrait, render

COMPARED = (
    *(1018, 1032, 1009, 1003, 1029, 1014, 1039, 1010, 1036, 1007, 1046, 1001),
    *(1015, 1000, 1044, 1031, 1020, 1011, 1024, 1038, 1006, 1016, 1008),
)
"""Chosen by eye for variety; the order in which people meet them."""
CALIBRATED, REFERENCE, FRAMED = range(2000, 2032), range(3000, 3128), range(4000, 4012)
TARGET = "copper"
WATCHED = ("compare", "full-frame")
ASTRONAUT = "astronaut.png"
COLUMNS = ("file", "name", "tags", "landmarks", "source", "licence", "sha256")
FROM = ("drawn by samples/render.py", "Apache-2.0")


@dataclass(frozen=True)
class Size:
    """Height and width to draw at, and the quality of the WebP."""

    height: int
    width: int
    quality: int


def rebuild() -> None:
    """Write images, masks, targets, sets and manifest."""
    with (HERE / "manifest.csv").open(newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["file"] == ASTRONAUT]
    for folder in ("images", "masks", "targets"):
        for old in (HERE / folder).glob("portrait-*"):
            old.unlink()
    for purpose, seeds, size in (
        ("compare", COMPARED, Size(512, 512, 90)),
        ("calibrate", CALIBRATED, Size(256, 256, 85)),
        ("reference", REFERENCE, Size(256, 256, 85)),
        ("full-frame", FRAMED, Size(384, 512, 88)),
    ):
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            drawn = pool.starmap(draw, [(seed, size, purpose) for seed in seeds], chunksize=1)
        rows += drawn
        files = [ASTRONAUT] if purpose in WATCHED else []
        files += [row["file"] for row in drawn]
        (HERE / "sets" / f"{purpose}.txt").write_text("\n".join(files) + "\n")
    _tell_apart(rows)
    with (HERE / "manifest.csv").open("w", newline="") as table:
        writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def draw(seed: int, size: Size, purpose: str) -> dict[str, str]:
    """Write one portrait; one that people look at with its mask, a square one also with its target.

    Returns:
        Its line of the manifest.
    """
    portrait, stem = render(seed, size.height, size.width), f"portrait-{seed}"
    body = _webp(portrait.photo, size.quality)
    (HERE / "images" / f"{stem}.webp").write_bytes(body)
    if purpose in WATCHED:
        mask = cv2.imencode(".png", portrait.hair_mask.astype("uint8") * 255, [cv2.IMWRITE_PNG_BILEVEL, 1])[1]
        (HERE / "masks" / f"{stem}.png").write_bytes(mask.tobytes())
    if purpose == "compare":
        (HERE / "targets" / f"{stem}.webp").write_bytes(_webp(portrait.recoloured(TARGET), 82))
    tags = ";".join(f"{key}:{value}" for key, value in portrait.tags.items())
    landmarks = json.dumps([list(point) for point in portrait.landmarks])
    values = (f"{stem}.webp", name(portrait), tags, landmarks, *FROM, hashlib.sha256(body).hexdigest())
    return dict(zip(COLUMNS, values, strict=True))


def _tell_apart(rows: list[dict[str, str]]) -> None:
    """Number the second and each further portrait of a name."""
    taken: Counter[str] = Counter()
    for row in rows:
        taken[row["name"]] += 1
        row["name"] += f" ({count})" if (count := taken[row["name"]]) > 1 else ""


def name(portrait: Portrait) -> str:
    """What one would call the portrait: long curly blond hair, glasses."""
    tags = portrait.tags
    hair = f"{tags['curl']} {tags['colour']} hair"
    said = f"{hair} worn up" if tags["hair"] == "up" else f"{tags['hair']} {hair}"
    more = {"clear": ", glasses", "sunglasses": ", sunglasses"}.get(tags.get("glasses", ""), "")
    more += ", eyes closed" if "eyes" in tags else ", smiling" if "mouth" in tags else ""
    return (said + more).capitalize()


def _webp(picture: NDArray[Any], quality: int) -> bytes:
    found = cv2.imencode(
        ".webp", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, quality]
    )
    return found[1].tobytes()
