"""Trains one version of the demo's SE-U-Net; run by hand, takes up where it was stopped.

python -m model_store.demo.train v2 --work some-folder [--photos folder-with-hair-masks]
"""

import argparse
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from model_store.demo import backdrops, cards, drawings, photos
from model_store.demo.courses import COURSES, Course
from model_store.demo.muon import Muon
from model_store.families.se_unet import COLOURS as OPTIONS
from model_store.families.se_unet import ConvBN, SEUNet

THREADS = 1
"""Another number adds in another order and ends in other weights; two wait for each other on a busy machine."""
SIDE = 256
OUTSIDE = 3.0
"""How much heavier a change outside the hair weighs than a wrong colour inside."""
KEEP = 0.995
"""How slowly the saved weights follow the trained ones."""
SAVE_EVERY = 100
HERE = Path(__file__).parent

log = logging.getLogger(__name__)
Example = Callable[[np.random.Generator, int], tuple[NDArray[np.float32], int]]


@dataclass
class State:
    """A training under way: everything that its next step depends on."""

    network: SEUNet
    optimisers: tuple[torch.optim.Optimizer, ...]
    kept: dict[str, Tensor]
    step: int = 0
    seconds: float = 0.0
    errors: list[float] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        optimisers = [each.state_dict() for each in self.optimisers]
        plain = {"network": self.network.state_dict(), "optimisers": optimisers}
        rest = {"kept": self.kept, "step": self.step, "seconds": self.seconds, "errors": self.errors}
        torch.save(plain | rest, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def resume(self, path: Path) -> None:
        """Take up what `save` wrote."""
        found = torch.load(path, weights_only=True)
        self.network.load_state_dict(found["network"])
        for each, kept in zip(self.optimisers, found["optimisers"], strict=True):
            each.load_state_dict(kept)
        self.kept, self.step = found["kept"], found["step"]
        self.seconds, self.errors = found["seconds"], found["errors"]


def begin(course: Course) -> State:
    """A fresh state: noise, or the parent's weights."""
    torch.manual_seed(course.seed)
    network = SEUNet().train().to(memory_format=torch.channels_last)
    if course.parent:
        network.load_state_dict(load_file(HERE / course.parent / cards.WEIGHTS))
    kept = {name: each.clone() for name, each in network.state_dict().items()}
    return State(network, optimisers(course, network), kept)


def optimisers(course: Course, network: SEUNet) -> tuple[torch.optim.Optimizer, ...]:
    """What moves the weights: AdamW, and Muon for the kernels of a course that turns them."""
    folded = [part for each in network.modules() if isinstance(each, ConvBN) for part in each.parameters()]
    kernels = [part for part in folded if part.ndim == 4 and course.turn]
    others = [each for each in network.parameters() if not any(each is kernel for kernel in kernels)]
    adam = torch.optim.AdamW(others, course.rate, weight_decay=1e-4)
    return (adam, Muon(kernels, course.turn)) if kernels else (adam,)


def examples(course: Course, work: Path, folder: Path | None) -> Example:
    """What makes a training pair of a side from random numbers."""
    if course.task == "backdrop":
        rooms = backdrops.gather(work / "backdrops", course.portraits)
        return lambda rng, side: backdrops.example(rng, rooms[rng.integers(len(rooms))], side)
    real = photos.gather(folder) if folder and course.photos else []
    if course.photos and not real:
        raise SystemExit("This version learns from photos: say where they are with --photos.")
    drawn = drawings.gather(work / "drawings", course.portraits)

    def one(rng: np.random.Generator, side: int) -> tuple[NDArray[np.float32], int]:
        if rng.random() < course.photos:
            return photos.example(rng, real[rng.integers(len(real))], side)
        return drawings.example(rng, drawn[rng.integers(len(drawn))], side)

    return one


class Batch(NamedTuple):
    """Input (n, 11, side, side), truth (n, 3, …) in -1…1, shares of hair and of skin (n, 1, …) in 0…1."""

    x: Tensor
    truth: Tensor
    cover: Tensor
    skin: Tensor


def batch(course: Course, make: Example, step: int) -> Batch:
    """What a step learns from, by its number alone."""
    rng = np.random.default_rng((course.seed, step))
    side, count = (SIDE, max(2, course.batch // 4)) if step % 4 == 3 else (course.crop, course.batch)
    made = [make(rng, side) for _ in range(count)]
    stack = torch.from_numpy(np.stack([picture for picture, _ in made])).permute(0, 3, 1, 2)
    wanted = one_hot(torch.tensor([colour for _, colour in made]), OPTIONS).float()
    planes = wanted[:, :, None, None].expand(-1, -1, side, side)
    x = torch.cat([stack[:, :3] * 2 - 1, planes], 1).contiguous(memory_format=torch.channels_last)
    return Batch(x, stack[:, 3:6] * 2 - 1, stack[:, 6:7], stack[:, 7:8])


def loss(course: Course, network: SEUNet, shown: Batch) -> tuple[Tensor, Tensor]:
    """What to minimise, and the plain mean absolute error of the picture."""
    x, truth, cover, skin = shown
    mask, hair = network.parts(x)
    picture = x[:, :3] + torch.sigmoid(mask) * (hair - x[:, :3])
    wrong = (picture - truth).abs()
    share = cover.mean().clamp_min(0.02)
    watched = 1 - skin * (1 - course.skin)
    inside, outside = (wrong * cover).mean() / share, (wrong * (1 - cover) * watched).mean()
    colour = ((hair - truth).abs() * (cover > 0.9)).mean() / share
    edge = binary_cross_entropy_with_logits(mask, cover, watched)
    missed = missing(course, torch.sigmoid(mask) * watched, cover)
    return inside + OUTSIDE * outside + colour + course.mask * (edge + missed), wrong.mean()


def missing(course: Course, found: Tensor, cover: Tensor) -> Tensor:
    """What the found share of hair lacks of the true one, 0…1: by Dice over the batch, or IoU of each picture."""
    if not course.each:
        return 1 - (2 * (found * cover).sum() + 1) / ((found + cover).sum() + 1)
    shared, both = (found * cover).sum((1, 2, 3)), (found + cover).sum((1, 2, 3))
    return (1 - (shared + 1) / (both - shared + 1)).mean()


def rate(course: Course, highest: float, step: int) -> float:
    """Learning rate of a step, of an optimiser that reaches a highest one."""
    rise = min(1.0, (step + 1) / (0.05 * course.steps))
    return highest * rise * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * step / course.steps)))


def train(course: Course, make: Example, state: State, until: Callable[[State], None]) -> None:
    """Run the course to its end; `until` is called after each step."""
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    while state.step < course.steps:
        began = time.monotonic()
        for optimiser in state.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate(course, optimiser.defaults["lr"], state.step)
        total, error = loss(course, state.network, batch(course, make, state.step))
        state.network.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(state.network.parameters(), 5.0)
        for optimiser in state.optimisers:
            optimiser.step()
        state.step += 1
        keep = min(KEEP, (1 + state.step) / (10 + state.step))
        for name, each in state.network.state_dict().items():
            old = state.kept[name]
            state.kept[name] = old * keep + each * (1 - keep) if each.is_floating_point() else each.clone()
        state.errors.append(round(error.item(), 5))
        state.seconds += time.monotonic() - began
        until(state)


def main() -> None:
    """Train one version and write weights, manifest and card into its folder."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", choices=COURSES)
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for drawings and the state, not ours"
    )
    parser.add_argument("--photos", type=Path, help="folder with images/, masks/ and manifest.csv, for v4")
    args = parser.parse_args()
    course = COURSES[args.version]
    make = examples(course, args.work, args.photos)
    state, path = begin(course), args.work / f"{args.version}.pt"
    if path.exists():
        state.resume(path)

    def note(now: State) -> None:
        if now.step % SAVE_EVERY == 0 or now.step == course.steps:
            now.save(path)
        if now.step % 20 == 0:
            log.info("step %d, error %.4f, %.0f s", now.step, np.mean(now.errors[-20:]), now.seconds)

    train(course, make, state, note)
    write(args.version, course, state)


def write(version: str, course: Course, state: State) -> None:
    """Weights, manifest and card of a finished version."""
    folder = HERE / version
    folder.mkdir(exist_ok=True)
    save_file({name: each.contiguous() for name, each in state.kept.items()}, folder / cards.WEIGHTS)
    (folder / cards.WEIGHTS).chmod(0o644)
    tenths: list[Any] = [round(float(np.mean(part)), 4) for part in np.array_split(state.errors, 10)]
    cards.write(folder, version, course, {"seconds": round(state.seconds), "mean_absolute_error": tenths})


if __name__ == "__main__":
    main()
