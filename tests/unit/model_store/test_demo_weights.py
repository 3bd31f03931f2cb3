from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import model_store
from model_store.checkpoint import load
from model_store.manifest import Manifest
from samples.hair import COLOURS
from samples.render import render

DEMO = Path(model_store.__file__).parent / "demo" / "v1"
HELD_OUT = range(50_000, 50_004)


def lab(picture):
    return cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


@pytest.fixture(scope="module")
def recoloured():
    manifest = Manifest.from_json((DEMO / "manifest.json").read_bytes())
    network = load(DEMO / "se-unet.safetensors", manifest)
    torch.set_num_threads(1)
    found = []
    for seed in HELD_OUT:
        portrait = render(seed)
        for plane, colour in enumerate(COLOURS):
            planes = torch.zeros(1, manifest.planes, 256, 256)
            planes[0, :3] = torch.from_numpy(portrait.photo).permute(2, 0, 1) / 127.5 - 1
            planes[0, 3 + plane] = 1
            with torch.inference_mode():
                answer = network(planes)[0].permute(1, 2, 0).numpy()
            found.append((portrait, colour, np.rint((answer + 1) * 127.5).astype(np.uint8)))
    return found


def test_held_out_hair_moves_most_of_the_way_to_the_wanted_colour(recoloured):
    for colour in COLOURS:
        before, after = [], []
        for portrait, wanted, answer in recoloured:
            if wanted == colour != portrait.colour:
                truth = lab(portrait.recoloured(colour))[portrait.hair_mask]
                before.append(np.linalg.norm(lab(portrait.photo)[portrait.hair_mask] - truth, axis=-1).mean())
                after.append(np.linalg.norm(lab(answer)[portrait.hair_mask] - truth, axis=-1).mean())
        assert 1 - np.mean(after) / np.mean(before) >= 0.6, colour


def test_what_is_not_hair_keeps_its_colour(recoloured):
    for portrait, wanted, answer in recoloured:
        near = cv2.dilate((portrait.cover > 0.02).astype(np.uint8), np.ones((9, 9))).astype(bool)
        change = np.abs(answer.astype(np.int16) - portrait.photo)[~near].mean() / 255
        assert change <= 0.02, (portrait.tags, wanted)
