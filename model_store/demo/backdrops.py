"""Drawn portraits whose background is known, to learn to hang it with paper of another colour."""

import multiprocessing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.render import Portrait, render
from samples.scene import BACKDROPS, papered

FIRST_SEED = 110_000
SIZE = (192, 256)
"""Height and width drawn at: half the network's picture, for speed."""
COLOURS = tuple(BACKDROPS)
Layers = NDArray[Any]
"""(192, 256, 7): photo and room in RGB, share of background."""


def layers(portrait: Portrait) -> Layers:
    """A portrait and what is behind it."""
    photo = portrait.photo.astype(np.float32) / 255
    room, behind = portrait.room.transpose(1, 2, 0), portrait.behind[..., None]
    return np.concatenate([photo, room, behind], -1).astype(np.float16)


def draw(path: Path) -> None:
    """Write one training portrait, named by its seed."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, layers(render(int(path.stem), *SIZE)))
    part.replace(path)


def gather(folder: Path, count: int) -> list[Layers]:
    """The first `count` training portraits; the missing ones are drawn into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [folder / f"{seed}.npy" for seed in range(FIRST_SEED, FIRST_SEED + count)]
    if missing := [path for path in wanted if not path.exists()]:
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            pool.map(draw, missing, chunksize=4)
    return [np.load(path) for path in wanted]


def example(rng: np.random.Generator, stack: Layers, side: int) -> tuple[NDArray[np.float32], int]:
    """One training pair: as `drawings.example`, with background for hair and nothing for skin."""
    zoom = 2 * np.exp(rng.uniform(-0.5, 0.1))
    move = cv2.getRotationMatrix2D((SIZE[1] / 2, SIZE[0] / 2), rng.normal(0, 4), zoom)
    move[:, 2] = move[:, 2] + np.array([side - SIZE[1], side - SIZE[0]]) / 2 + rng.normal(0, side / 6, 2)
    if rng.random() < 0.5:
        move[0] = -move[0] + [0, 0, side - 1]
    moved: NDArray[Any] = cv2.warpAffine(
        stack.astype(np.float32), move, (side, side), borderMode=cv2.BORDER_REFLECT
    )
    photo, room, behind = moved[..., :3], moved[..., 3:6], moved[..., 6:]
    wanted = int(rng.integers(len(COLOURS)))
    paper = papered(room.transpose(2, 0, 1), COLOURS[wanted]).transpose(1, 2, 0)
    pair: NDArray[Any] = np.concatenate([photo, photo + behind * (paper - room)], -1).clip(0, 1)
    pair *= np.tile(rng.uniform(0.85, 1.15) * (1 + rng.normal(0, 0.03, 3)), 2)
    grain = np.tile(rng.normal(0, rng.uniform(0, 0.015), (side, side, 3)), 2)
    known = [(pair + grain).clip(0, 1), behind, np.zeros_like(behind)]
    return np.concatenate(known, -1).astype(np.float32), wanted
