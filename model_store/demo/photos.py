"""Photos with hair masks to learn from, and a believable truth for them, which no camera took."""

import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.hair import COLOURS, LAB

SIDE = 256
GREY = 128
LEVELS: NDArray[Any] = np.arange(256, dtype=np.float32) / 255


def gather(folder: Path) -> list[NDArray[np.uint8]]:
    """Every photo of `folder/images` with its mask of `folder/masks`, (256, 256, 4), padded as the handler pads."""
    with (folder / "manifest.csv").open(newline="") as file:
        names = sorted(row["file"] for row in csv.DictReader(file) if row["has_mask"])
    return [read(folder / name) for name in names]


def read(path: Path) -> NDArray[np.uint8]:
    """One photo and its mask (`masks/<stem>.png` beside `images`), (256, 256, 4)."""
    photo = cv2.cvtColor(_decoded(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    mask = _decoded(path.parents[1] / "masks" / f"{path.stem}.png", cv2.IMREAD_GRAYSCALE)
    scale = SIDE / max(photo.shape[:2])
    height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
    picture = np.full((SIDE, SIDE, 4), (GREY, GREY, GREY, 0), np.uint8)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    place = picture[top : top + height, left : left + width]
    place[..., :3] = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
    place[..., 3] = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    return picture


def _decoded(path: Path, how: int) -> NDArray[Any]:
    picture = cv2.imread(str(path), how)
    if picture is None:
        raise FileNotFoundError(path)
    return picture


def recoloured(photo: NDArray[Any], cover: NDArray[Any], colour: str) -> NDArray[Any]:
    """The photo (h, w, 3) sRGB 0…1 with its hair in a colour: mean Lab moved there, the strands' contrast kept."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2Lab)
    sure = cover > 0.8
    if sure.sum() < 30:
        return photo
    mean, spread = lab[sure].mean(0), float(lab[sure][:, 0].std())
    wanted = np.array(LAB[colour], np.float32)
    gain = np.clip((0.28 * wanted[0] + 4.5) / (spread + 2), 0.3, 1.8)
    light = np.clip(wanted[0] + (lab[..., 0] - mean[0]) * gain, 0, 100)
    share = np.clip(light / max(float(wanted[0]), 1), 0, 1.6)[..., None]
    tint = wanted[1:] * (0.4 + 0.6 * share) + 0.3 * (lab[..., 1:] - mean[1:])
    hair = cv2.cvtColor(np.concatenate([light[..., None], tint], -1).astype(np.float32), cv2.COLOR_Lab2RGB)
    mixed: NDArray[Any] = photo + cover[..., None] * (np.clip(hair, 0, 1) - photo)
    return mixed


def example(
    rng: np.random.Generator, picture: NDArray[np.uint8], side: int
) -> tuple[NDArray[np.float32], int]:
    """One training pair: as `drawings.example`; where skin is, nobody knows, so it counts as background."""
    moved = _moved(rng, picture, side)
    if rng.random() < 0.25:
        _covered(rng, moved)
    photo = LEVELS[moved[..., :3]]
    cover: NDArray[Any] = cv2.GaussianBlur(LEVELS[moved[..., 3]], (0, 0), 1.0)
    if rng.random() < 0.3:
        dyed = recoloured(photo, cover, str(rng.choice(COLOURS)))
        photo += np.float32(rng.uniform(0.4, 1)) * (dyed - photo)
    photo = _lit(rng, photo)
    if rng.random() < 0.2:
        photo = cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.3, 1.2))
    if rng.random() < 0.06:
        photo[:] = photo.mean(2, keepdims=True)
    wanted = int(rng.integers(len(COLOURS)))
    truth = recoloured(photo, cover, COLOURS[wanted])
    known = [photo, truth, cover[..., None], np.zeros_like(cover[..., None])]
    return np.concatenate(known, -1).astype(np.float32), wanted


def _moved(rng: np.random.Generator, picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    zoom = side / SIDE * np.exp(rng.uniform(-0.35, 0.4))
    move = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), rng.normal(0, 10), zoom)
    move[:, 2] = move[:, 2] + side / 2 - SIDE / 2 + rng.normal(0, side / 12, 2)
    if rng.random() < 0.5:
        move[0] = -move[0] + [0, 0, side - 1]
    grey = (GREY, GREY, GREY, 0)
    moved = cv2.warpAffine(picture, move, (side, side), flags=cv2.INTER_LINEAR, borderValue=grey)
    return moved.astype(np.uint8, copy=False)


def _covered(rng: np.random.Generator, picture: NDArray[np.uint8]) -> None:
    """Hide some of it behind a thing of one colour, or behind what stands upside down on its other side."""
    side = len(picture)
    hole = np.zeros((side, side), np.uint8)
    place, size = rng.uniform(0, side, 2), rng.uniform(0.08, 0.35, 2) * side
    cv2.ellipse(hole, (place.tolist(), size.tolist(), rng.uniform(0, 180)), 1, -1)
    plain = np.append(rng.integers(0, 256, 3), 0).astype(np.uint8)
    thing = np.broadcast_to(plain, picture.shape) if rng.random() < 0.5 else picture[::-1, ::-1].copy()
    picture[hole > 0] = thing[hole > 0]


def _lit(rng: np.random.Generator, photo: NDArray[Any]) -> NDArray[Any]:
    """The photo (h, w, 3) in 0…1 under another light: contrast, brightness, tint, and its colours mixed a little."""
    mix = (
        rng.uniform(0.7, 1.3) * (1 + rng.normal(0, 0.05, (3, 1))) * (np.eye(3) + rng.normal(0, 0.05, (3, 3)))
    )
    curve = LEVELS ** np.float32(rng.uniform(0.75, 1.35))
    lit: NDArray[Any] = cv2.transform(curve[(photo * 255 + 0.5).astype(np.uint8)], mix.astype(np.float32))
    return lit.clip(0, 1)
