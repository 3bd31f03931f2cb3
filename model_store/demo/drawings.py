"""Drawn portraits to learn from: kept as layers, so that each step can give them another colour, light and place."""

import multiprocessing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.hair import COLOURS, linear
from samples.render import Portrait, render

FIRST_SEED = 100_000
"""Training portraits count from here; the sets of samples/ stay far below."""
SIDE = 256
Layers = NDArray[Any]
"""(256, 256, 7): the rest in RGB, cover, light and gloss of the hair, share of skin and clothes."""


def clutter(rng: np.random.Generator) -> NDArray[np.float32]:
    """Background to learn what is not hair: overlapping shapes of all sizes (dead leaves), (3, 256, 256) sRGB 0…1."""
    picture: NDArray[Any] = np.full((SIDE, SIDE, 3), rng.uniform(0, 1), np.float32)
    for _ in range(90):
        left, top = (rng.uniform(0, 1, 2) * SIDE).astype(int).tolist()
        reach = int(SIDE * min(0.02 / rng.uniform(0.04, 1), 0.35)) + 1
        colour = (rng.uniform(0.05, 0.9) * (1 + rng.normal(0, 0.25, 3))).tolist()
        if rng.random() < 0.5:
            cv2.circle(picture, (left, top), reach, colour, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(picture, (left, top), (left + reach, top + 2 * reach), colour, -1)
    noise = rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.6, 6), sigmaY=rng.uniform(0.6, 12))
    picture += rng.uniform(0, 0.12) * (grain / grain.std())[..., None]
    blurred: NDArray[np.float32] = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 3)).clip(0, 1)
    return blurred.transpose(2, 0, 1)


def layers(portrait: Portrait) -> Layers:
    """A portrait before it has a hair colour."""
    skin = np.clip(1 - portrait.cover - portrait.behind, 0, 1)
    more = np.stack([portrait.cover, portrait.hair.light, portrait.hair.gloss, skin])
    return np.ascontiguousarray(np.concatenate([portrait.rest, more]).transpose(1, 2, 0).astype(np.float32))


def coloured(stack: Layers, colour: str) -> NDArray[np.float32]:
    """Layers (h, w, 7) → the picture (h, w, 3) in a hair colour, sRGB 0…1."""
    base, (cover, light, gloss) = linear(colour).reshape(3), np.moveaxis(stack[..., 3:6, None], 2, 0)
    lit = base * light + gloss * (np.array([0.25, 0.24, 0.23], np.float32) + base)
    whole: NDArray[np.float32] = stack[..., :3] + cover * np.clip(lit, 0, 1) ** np.float32(1 / 2.2)
    return whole


def draw(path: Path) -> None:
    """Write one training portrait, named by its seed; half of them stand before clutter."""
    seed = int(path.stem)
    portrait = render(seed, backdrop=clutter(np.random.default_rng((seed, 1))) if seed % 2 else None)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, stack=layers(portrait).astype(np.float16), colour=portrait.colour)
    part.replace(path)


def gather(folder: Path, count: int) -> list[tuple[str, Layers]]:
    """The first `count` training portraits as (natural colour, layers); the missing ones are drawn into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [folder / f"{seed}.npz" for seed in range(FIRST_SEED, FIRST_SEED + count)]
    if missing := [path for path in wanted if not path.exists()]:
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            pool.map(draw, missing, chunksize=4)
    drawn = []
    for path in wanted:
        with np.load(path) as kept:
            drawn.append((str(kept["colour"]), kept["stack"]))
    return drawn


def example(
    rng: np.random.Generator, drawn: tuple[str, Layers], side: int
) -> tuple[NDArray[np.float32], int]:
    """One training pair: photo, truth, share of hair and of skin as (side, side, 8) in 0…1, and the wanted colour.

    Photo and truth are moved, lit, blurred and grained alike, so only the hair tells them apart.
    """
    colour, stack = drawn
    zoom = side / SIDE * np.exp(rng.uniform(-0.7, 0.4))
    move = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2 - 8 + rng.normal(0, 14)), rng.normal(0, 8), zoom)
    move[:, 2] = move[:, 2] + side / 2 - SIDE / 2 + rng.normal(0, side / 14, 2)
    if rng.random() < 0.5:
        move[0] = -move[0] + [0, 0, side - 1]
    moved: NDArray[Any] = cv2.warpAffine(
        stack.astype(np.float32), move, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    wanted = int(rng.integers(len(COLOURS)))
    worn = colour if rng.random() < 0.7 else str(rng.choice(COLOURS))
    pair = np.concatenate([coloured(moved, worn), coloured(moved, COLOURS[wanted])], -1).clip(0, 1)
    if rng.random() < 0.3:
        pair = cv2.GaussianBlur(pair, (0, 0), rng.uniform(0.3, 1.1))
    if rng.random() < 0.6:
        light = rng.uniform(0.8, 1.25) * (1 + rng.normal(0, 0.04, 3))
        pair = pair ** rng.uniform(0.8, 1.25) * np.tile(light, 2)
    grain = np.tile(rng.normal(0, rng.uniform(0, 0.02), (side, side, 3)), 2)
    return np.concatenate([(pair + grain).clip(0, 1), moved[..., [3, 6]]], -1).astype(np.float32), wanted
