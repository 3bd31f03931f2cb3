"""What lies beside the weights of a demo version: manifest and card."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model_store import checkpoint
from model_store.demo.courses import Course
from model_store.manifest import Manifest
from samples.hair import COLOURS
from samples.scene import BACKDROPS

WEIGHTS = "se-unet.safetensors"
SIDE = 256
FRAME = (384, 512)
"""Height and width of the full frame."""
DRAWN = "{portraits} drawn portraits of samples/render.py; no photos."
USE = "Shows in the studio what a version is; recolours the hair of a portrait to one of eight colours."
LIMITS = "Has never seen a photo. Knows no hats, beards or groups; fine strands at the edge stay soft."
LOSS = (
    "mean absolute error in the hair, 3 × outside it, and of the hair's colour; cross-entropy and Dice of the mask; "
    "all of it {skin} × on skin and clothes"
)

SAID: dict[str, dict[str, Any]] = {
    "v1": {"limits": "Trained for a minute: finds the hair, but hardly gets its colour. " + LIMITS},
    "v2": {},
    "v3": {"limits": "Its loss does not look at skin and clothes: colour leaks into them. " + LIMITS},
    "v4": {
        "data": (
            "667 photos of people with hair masks, four fifths of each batch; the other fifth are {portraits} drawn "
            "portraits. Before and after exist for no photo: the truth is made by moving the mean Lab of the hair. "
            "Three of ten photos have their hair dyed first, a quarter are partly hidden."
        ),
        "sources": [
            "372 of CelebAMask-HQ (CelebA-HQ pictures): non-commercial research",
            "182 of Figaro-1k: research",
            "113 of LFW with part labels: research",
        ],
        "licence": "CC-BY-NC-4.0",
        "restriction": "Research and demonstration only. Not part of the Apache-licensed whole.",
        "loss": (
            "mean absolute error in the hair, 3 × outside it, and of the hair's colour; {mask} × cross-entropy and "
            "what each picture's mask lacks of an IoU of 1"
        ),
        "how": "One run. AdamW, and Muon for the kernels of the convolutions.",
        "measured_on_photos": (
            "60 photos that it never saw: mask IoU .80 (median .85), 85 % of the change inside the mask, 92 % within "
            "5 pixels of it. 240: IoU .76 (CelebAMask-HQ .73, Figaro .86, LFW .63)."
        ),
        "limits": (
            "Mostly retouched, frontal pictures of celebrities, two thirds light-skinned: expect it to be worse on "
            "others. Takes some beards for hair, as a sixth of its masks does, and a dark collar on a small figure "
            "(the astronaut's). White and very short hair is found in part. Fine strands stay soft."
        ),
    },
    "full-frame": {
        "intended_use": "Hangs a paper roll of another colour behind a person; full frames of 512 × 384.",
        "limits": "Has never seen a photo. One person, head and shoulders; a busy room is found only in part.",
    },
}


def write(folder: Path, version: str, course: Course, facts: dict[str, Any]) -> None:
    """Write both into the version's folder; the network's size is counted on its weights."""
    if course.task == "backdrop":
        manifest = Manifest("se-unet", "backdrop", *FRAME, {"backdrop": tuple(BACKDROPS)})
    else:
        manifest = Manifest("se-unet", "hair-colour", SIDE, SIDE, {"colour": COLOURS})
    (folder / "manifest.json").write_text(json.dumps(manifest.to_dict(), indent=2) + "\n")
    counted = checkpoint.probe(str(folder / WEIGHTS), manifest.to_dict())
    training = asdict(course) | facts
    card = {
        "intended_use": USE,
        "data": DRAWN,
        "steps": course.steps,
        "loss": LOSS,
        "licence": "Apache-2.0",
        "parameters": counted["parameters"],
        "macs": counted["macs"],
        "limits": LIMITS,
    } | SAID[version]
    said = {key: _filled(value, training) for key, value in card.items()}
    (folder / "card.json").write_text(
        json.dumps(said | {"training": training}, indent=2, ensure_ascii=False) + "\n"
    )


def _filled(value: Any, training: dict[str, Any]) -> Any:
    return value.format(**training) if isinstance(value, str) else value


def measured(folder: Path, found: dict[str, float]) -> None:
    """Write what was measured on held-out portraits into the card."""
    path = folder / "card.json"
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"measured": found}, indent=2, ensure_ascii=False) + "\n"
    )
