"""Trains the demo's SE-U-Net on drawn portraits: ten minutes on two quiet cores, the same seed the same weights.

python -m model_store.demo.train --out model_store/demo/v1
"""

import argparse
import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from model_store.families.se_unet import SEUNet
from model_store.manifest import Manifest
from samples.hair import COLOURS, linear
from samples.render import Portrait, render

THREADS = 2
"""Another number adds in another order and ends in other weights."""
FIRST_SEED = 100_000
"""Training portraits count from here; the sets of samples/ stay far below."""
SIDE = 256
OUTSIDE = 3.0
"""How much heavier a change outside the hair weighs than a wrong colour inside."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Course:
    """What to train on and how long: first many small crops, then whole pictures."""

    seed: int = 7
    portraits: int = 400
    small_steps: int = 800
    small_crop: int = 128
    small_batch: int = 8
    whole_steps: int = 400
    whole_batch: int = 4
    rate: float = 4e-3

    def crops(self) -> list[tuple[int, int]]:
        """(side, batch) of each step."""
        small, whole = (self.small_crop, self.small_batch), (SIDE, self.whole_batch)
        return [small] * self.small_steps + [whole] * self.whole_steps


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
    grain = cv2.GaussianBlur(
        rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32),
        (0, 0),
        rng.uniform(0.6, 6),
        sigmaY=rng.uniform(0.6, 12),
    )
    picture += rng.uniform(0, 0.12) * (grain / grain.std())[..., None]
    blurred: NDArray[np.float32] = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 3)).clip(0, 1)
    return blurred.transpose(2, 0, 1)


def layers(portrait: Portrait) -> NDArray[np.float32]:
    """A portrait before it has a hair colour, (256, 256, 6): the rest in RGB, cover, light, gloss."""
    hair = np.stack([portrait.cover, portrait.hair.light, portrait.hair.gloss])
    return np.ascontiguousarray(np.concatenate([portrait.rest, hair]).transpose(1, 2, 0).astype(np.float32))


def coloured(stack: NDArray[np.float32], colour: str) -> NDArray[np.float32]:
    """Layers (h, w, 6) → the picture (h, w, 3) in a hair colour, sRGB 0…1."""
    base, (cover, light, gloss) = linear(colour).reshape(3), np.moveaxis(stack[..., 3:, None], 2, 0)
    lit = base * light + gloss * (np.array([0.25, 0.24, 0.23], np.float32) + base)
    whole: NDArray[np.float32] = stack[..., :3] + cover * np.clip(lit, 0, 1) ** np.float32(1 / 2.2)
    return whole


def example(
    rng: np.random.Generator, drawn: tuple[str, NDArray[np.float32]], side: int
) -> tuple[NDArray[np.float32], int]:
    """One training pair: photo, truth and hair cover as (side, side, 7) in 0…1, and the wanted colour.

    Photo and truth are moved, lit, blurred and grained alike, so only the hair tells them apart.
    """
    colour, stack = drawn
    zoom = side / SIDE * np.exp(rng.uniform(-1.1, 0.3))  # photos show smaller heads than our portraits
    move = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2 - 8 + rng.normal(0, 14)), rng.normal(0, 8), zoom)
    move[:, 2] = move[:, 2] + side / 2 - SIDE / 2 + rng.normal(0, side / 14, 2)
    if rng.random() < 0.5:
        move[0] = -move[0] + [0, 0, side - 1]
    moved: NDArray[Any] = cv2.warpAffine(
        stack, move, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    wanted = int(rng.integers(len(COLOURS)))
    worn = colour if rng.random() < 0.7 else str(rng.choice(COLOURS))
    pair = np.concatenate([coloured(moved, worn), coloured(moved, COLOURS[wanted])], -1).clip(0, 1)
    if rng.random() < 0.3:
        pair = cv2.GaussianBlur(pair, (0, 0), rng.uniform(0.3, 1.1))
    light = rng.uniform(0.8, 1.3) * (1 + rng.normal(0, 0.05, 3))
    pair = pair ** rng.uniform(0.75, 1.3) * np.tile(light, 2)
    grain = np.tile(rng.normal(0, rng.uniform(0, 0.025), (side, side, 3)), 2)
    return np.concatenate([(pair + grain).clip(0, 1), moved[..., 3:4]], -1).astype(np.float32), wanted


def batch(
    rng: np.random.Generator, drawn: list[tuple[str, NDArray[np.float32]]], side: int, count: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Network input (n, 11, side, side), truth (n, 3, …) in -1…1 and hair cover (n, 1, …) in 0…1."""
    made = [example(rng, drawn[index], side) for index in rng.integers(len(drawn), size=count)]
    stack = torch.from_numpy(np.stack([picture for picture, _ in made])).permute(0, 3, 1, 2)
    wanted = one_hot(torch.tensor([colour for _, colour in made]), len(COLOURS)).float()
    planes = wanted[:, :, None, None].expand(-1, -1, side, side)
    return torch.cat([stack[:, :3] * 2 - 1, planes], 1), stack[:, 3:6] * 2 - 1, stack[:, 6:7]


def loss(network: SEUNet, x: Tensor, truth: Tensor, cover: Tensor) -> tuple[Tensor, Tensor]:
    """What to minimise, and the plain mean absolute error of the picture."""
    mask, hair = network.parts(x)
    picture = x[:, :3] + torch.sigmoid(mask) * (hair - x[:, :3])
    wrong = (picture - truth).abs()
    share = cover.mean().clamp_min(0.02)
    inside, outside = (wrong * cover).mean() / share, (wrong * (1 - cover)).mean()
    colour = ((hair - truth).abs() * (cover > 0.9)).mean() / share
    return inside + OUTSIDE * outside + colour + binary_cross_entropy_with_logits(mask, cover), wrong.mean()


def train(course: Course) -> tuple[SEUNet, dict[str, Any]]:
    """A trained network and what the card says of its training."""
    torch.manual_seed(course.seed)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    began, rng = time.monotonic(), np.random.default_rng(course.seed)
    drawn = []
    for seed in range(FIRST_SEED, FIRST_SEED + course.portraits):
        portrait = render(seed, backdrop=clutter(rng) if seed % 2 else None)
        drawn.append((portrait.colour, layers(portrait)))
    network, crops = SEUNet().train(), course.crops()
    optimiser = torch.optim.AdamW(network.parameters(), course.rate, weight_decay=1e-4)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, course.rate, len(crops), pct_start=0.15)
    errors: list[float] = []
    for step, (side, count) in enumerate(crops, 1):
        total, error = loss(network, *batch(rng, drawn, side, count))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        plan.step()
        errors.append(error.item())
        if step % 50 == 0:
            log.info("step %d, error %.4f, %.0f s", step, np.mean(errors[-50:]), time.monotonic() - began)
    tenths = [round(float(np.mean(part)), 4) for part in np.array_split(errors, 10)]
    facts = {"seconds": round(time.monotonic() - began), "mean_absolute_error": tenths}
    return network.eval(), asdict(course) | facts


def main() -> None:
    """Train and write weights, manifest and card into one folder."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--small-steps", type=int, default=Course.small_steps)
    parser.add_argument("--whole-steps", type=int, default=Course.whole_steps)
    args = parser.parse_args()
    network, record = train(Course(small_steps=args.small_steps, whole_steps=args.whole_steps))
    args.out.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    save_file(weights, args.out / "se-unet.safetensors")
    manifest = Manifest("se-unet", "hair-colour", SIDE, SIDE, {"colour": COLOURS})
    (args.out / "manifest.json").write_text(json.dumps(manifest.to_dict(), indent=2) + "\n")
    card = {
        "intended_use": "Shows the way from a checkpoint to a compared picture; recolours drawn hair.",
        "data": f"{record['portraits']} drawn portraits of samples/render.py, seeds from {FIRST_SEED}; no photos.",
        "training": record,
        "limits": "Has never seen a photo. Knows no hats, beards or groups; fine strands at the edge stay soft.",
    }
    (args.out / "card.json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    main()
