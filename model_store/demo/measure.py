"""Measures versions against the truth that only drawings have, and writes it into their cards.

python -m model_store.demo.measure
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from model_store import checkpoint
from model_store.demo import cards
from model_store.demo.cards import WEIGHTS
from model_store.demo.courses import COURSES
from model_store.manifest import Manifest
from samples.hair import COLOURS
from samples.render import Portrait, render

HERE = Path(__file__).parent
HELD_OUT = range(50_000, 50_012)
"""Portraits that neither training nor the sets of samples/ contain."""
NEAR = np.ones((11, 11), np.uint8)
"""Pixels within 5 of the hair count neither as hair nor as the rest."""


def network(version: str) -> nn.Module:
    """The version's network in evaluation mode."""
    manifest = Manifest.from_json((HERE / version / "manifest.json").read_bytes())
    return checkpoint.load(HERE / version / WEIGHTS, manifest)


def answer(model: nn.Module, photo: NDArray[np.uint8], colour: str) -> NDArray[np.uint8]:
    """The photo (256, 256, 3) with its hair in a colour, as the network draws it."""
    planes = torch.zeros(1, 3 + len(COLOURS), *photo.shape[:2])
    planes[0, :3] = torch.from_numpy(photo).permute(2, 0, 1) / 127.5 - 1
    planes[0, 3 + COLOURS.index(colour)] = 1
    with torch.inference_mode():
        made = model(planes)[0].permute(1, 2, 0).numpy()
    drawn: NDArray[np.uint8] = np.rint((made + 1) * 127.5).clip(0, 255).astype(np.uint8)
    return drawn


def lab(picture: NDArray[np.uint8]) -> NDArray[Any]:
    """CIE Lab (D65), (h, w, 3)."""
    return cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


def rest(portrait: Portrait) -> NDArray[np.bool_]:
    """Where there is no hair within 5 pixels."""
    apart: NDArray[np.bool_] = cv2.dilate((portrait.cover > 0.02).astype(np.uint8), NEAR) == 0
    return apart


def judge(model: nn.Module, portrait: Portrait, colour: str) -> tuple[float, float, float]:
    """Mean squared error to the truth (of 1), mean ΔE to the truth in the hair, mean ΔE to the photo outside."""
    drawn, truth = answer(model, portrait.photo, colour), portrait.recoloured(colour)
    wrong = float(np.square((drawn.astype(np.float64) - truth) / 255).mean())
    inside = np.linalg.norm(lab(drawn) - lab(truth), axis=-1)[portrait.hair_mask].mean()
    outside = np.linalg.norm(lab(drawn) - lab(portrait.photo), axis=-1)[rest(portrait)].mean()
    return wrong, float(inside), float(outside)


def version(name: str, portraits: list[Portrait], colours: tuple[str, ...] = COLOURS) -> dict[str, float]:
    """PSNR in dB over all pixels, ΔE in the hair to the truth, ΔE outside to the photo; means over all answers."""
    model = network(name)
    found = np.array([judge(model, portrait, colour) for portrait in portraits for colour in colours])
    wrong, inside, outside = found.mean(0)
    return {
        "psnr_db": round(float(-10 * np.log10(wrong)), 2),
        "delta_e_hair": round(float(inside), 2),
        "delta_e_rest": round(float(outside), 3),
    }


def main() -> None:
    """Print what each version that recolours hair reaches on the held-out portraits."""
    torch.set_num_threads(1)
    portraits = [render(seed) for seed in HELD_OUT]
    for name, course in COURSES.items():
        if course.task == "hair-colour" and (HERE / name / WEIGHTS).exists():
            found = version(name, portraits)
            cards.measured(HERE / name, found)
            print(name, found)  # noqa: T201


if __name__ == "__main__":
    main()
