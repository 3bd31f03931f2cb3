"""Trains the demo's SE-U-Net on drawn portraits: ten minutes on two cores, the same seed the same weights.

    python -m model_store.demo.train --out model_store/demo/v1
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from model_store.families.se_unet import COLOURS as PLANES
from model_store.families.se_unet import SEUNet
from samples.hair import COLOURS
from samples.render import Portrait, render

FIRST_SEED = 100_000
"""Training portraits count from here; the demo's own sets stay far below."""
OUTSIDE = 3.0
"""How much heavier a change outside the hair weighs than a wrong colour inside."""


@dataclass(frozen=True)
class Course:
    """How long and on what to train."""

    seed: int = 7
    portraits: int = 480
    crop: int = 160
    batch: int = 8
    steps: int = 900
    rate: float = 4e-3


def leaves(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Clutter to learn what is not hair: overlapping shapes of all sizes, (3, size, size) sRGB 0…1."""
    picture = np.full((size, size, 3), rng.uniform(0, 1), np.float32)
    for _ in range(90):
        at = (rng.uniform(0, 1, 2) * size).astype(int)
        reach = int(size * min(0.02 / rng.uniform(0.04, 1), 0.35)) + 1
        colour = (rng.uniform(0.05, 0.9) * (1 + rng.normal(0, 0.25, 3))).tolist()
        if rng.random() < 0.5:
            cv2.circle(picture, at.tolist(), reach, colour, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(picture, (at - reach).tolist(), (at + [reach, reach * 2]).tolist(), colour, -1)
    grain = rng.normal(0, 1, (size, size)).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.6, 6), sigmaY=rng.uniform(0.6, 12))
    picture += rng.uniform(0, 0.12) * (grain / grain.std())[..., None]
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 3)).clip(0, 1).transpose(2, 0, 1)


def draw(course: Course) -> list[Portrait]:
    """The portraits of a course, every second one before clutter."""
    rng = np.random.default_rng(course.seed)
    seeds = range(FIRST_SEED, FIRST_SEED + course.portraits)
    return [render(seed, backdrop=leaves(rng, 256) if seed % 2 else None) for seed in seeds]


def example(rng: np.random.Generator, portrait: Portrait, crop: int) -> tuple[NDArray[np.float32], int]:
    """One training pair: photo, truth and hair cover as (crop, crop, 7) in 0…1, and the wanted colour.

    Photo and truth are moved, blurred, lit and grained alike, so only the hair tells them apart.
    """
    wanted = int(rng.integers(len(COLOURS)))
    worn = portrait.colour if rng.random() < 0.7 else str(rng.choice(COLOURS))
    pair = np.concatenate([portrait.recoloured(worn), portrait.recoloured(COLOURS[wanted])], -1)
    stack = np.concatenate([pair.astype(np.float32) / 255, portrait.cover[..., None]], -1)
    zoom, turn = crop / 256 * np.exp(rng.uniform(-0.6, 0.5)), rng.normal(0, 8)
    move = cv2.getRotationMatrix2D((128, 120 + rng.normal(0, 14)), turn, zoom)
    move[:, 2] += (crop / 2 - 128) + rng.normal(0, crop / 14, 2)
    if rng.random() < 0.5:
        move[0] = -move[0] + [0, 0, crop - 1]
    stack = cv2.warpAffine(stack, move, (crop, crop), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    if rng.random() < 0.3:
        stack = cv2.GaussianBlur(stack, (0, 0), rng.uniform(0.3, 1.3))
    light = rng.uniform(0.75, 1.25) * (1 + rng.normal(0, 0.05, 3))
    colours = stack[..., :6].clip(0, 1) ** rng.uniform(0.8, 1.25) * np.tile(light, 2)
    grain = rng.normal(0, rng.uniform(0, 0.025), (crop, crop, 3))
    stack[..., :6] = (colours + np.tile(grain, 2)).clip(0, 1)
    return stack, wanted


def batch(rng: np.random.Generator, portraits: list[Portrait], course: Course) -> tuple[Tensor, Tensor, Tensor]:
    """Network input (n, 11, c, c), truth (n, 3, c, c) in -1…1 and hair cover (n, 1, c, c) in 0…1."""
    chosen = rng.integers(len(portraits), size=course.batch)
    drawn = [example(rng, portraits[index], course.crop) for index in chosen]
    stack = torch.from_numpy(np.stack([picture for picture, _ in drawn])).permute(0, 3, 1, 2)
    wanted = F.one_hot(torch.tensor([colour for _, colour in drawn]), PLANES)
    planes = wanted[:, :, None, None].expand(-1, -1, course.crop, course.crop)
    x = torch.cat([stack[:, :3] * 2 - 1, planes.float()], 1).contiguous(memory_format=torch.channels_last)
    return x, stack[:, 3:6] * 2 - 1, stack[:, 6:7]


def loss(network: SEUNet, x: Tensor, truth: Tensor, cover: Tensor) -> tuple[Tensor, Tensor]:
    """What to minimise and the plain mean absolute error of the picture."""
    mask, contrast, shift = network.parts(x)
    photo = x[:, :3]
    hair = contrast * (photo + 1) - 1 + shift
    picture = photo + torch.sigmoid(mask) * (hair - photo)
    wrong = (picture - truth).abs()
    inside = (wrong * cover).mean() / cover.mean().clamp_min(0.02)
    outside = (wrong * (1 - cover)).mean()
    colour = ((hair - truth).abs() * cover).mean() / cover.mean().clamp_min(0.02)
    return inside + OUTSIDE * outside + 0.5 * colour + F.binary_cross_entropy_with_logits(mask, cover), wrong.mean()


def train(course: Course) -> tuple[SEUNet, dict[str, Any]]:
    """A trained network and what the card says of its training."""
    torch.manual_seed(course.seed)
    torch.use_deterministic_algorithms(True)
    began, rng = time.monotonic(), np.random.default_rng(course.seed)
    portraits = draw(course)
    network = SEUNet().to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), course.rate, weight_decay=1e-4)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, course.rate, course.steps, pct_start=0.15)
    history: list[float] = []
    for step in range(course.steps):
        total, error = loss(network, *batch(rng, portraits, course))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        plan.step()
        history.append(float(error))
        if step % 50 == 49:
            print(f"step {step + 1} error {np.mean(history[-50:]):.4f} {time.monotonic() - began:.0f} s", flush=True)
    tens = np.mean(np.reshape(history[: len(history) // 10 * 10], (10, -1)), 1)
    record = {"seconds": round(time.monotonic() - began), "mean_absolute_error": [round(float(e), 4) for e in tens]}
    return network.eval(), record | vars(course)


def main() -> None:
    """Train as asked and write weights and card beside each other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=Course.steps)
    args = parser.parse_args()
    network, record = train(Course(steps=args.steps))
    args.out.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(weights, args.out / "se-unet.safetensors")
    card = {
        "intended_use": "Shows the way from a checkpoint to a compared picture; recolours drawn hair.",
        "data": f"{record['portraits']} drawn portraits of samples/render.py, seeds from {FIRST_SEED}; no real photos.",
        "training": record,
        "limits": "Has never seen a real photo. Hair edges are soft; hats, beards and several people are unknown to it.",
    }
    (args.out / "card.json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    main()
