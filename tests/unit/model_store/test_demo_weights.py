import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import model_store
from model_store.checkpoint import load
from model_store.demo import measure
from model_store.demo.courses import COURSES
from model_store.manifest import Manifest
from samples.render import render
from studio.domain import card as cards

DEMO = Path(model_store.__file__).parent / "demo"
PRESENT = [name for name in COURSES if (DEMO / name / "card.json").exists()]
LARGEST = 3_000_000


@cache
def portraits():
    return [render(seed) for seed in measure.HELD_OUT[:3]]


@cache
def found(name):
    torch.set_num_threads(1)
    return measure.version(name, portraits(), ("black", "blond", "copper", "violet"))


@pytest.mark.parametrize("name", PRESENT)
def test_weights_are_small_and_fit_their_family(name):
    (weights,) = (DEMO / name).glob("*.safetensors")
    assert weights.stat().st_size <= LARGEST
    load(weights, Manifest.from_json((DEMO / name / "manifest.json").read_bytes()))


@pytest.mark.parametrize("name", PRESENT)
def test_a_card_says_what_one_must_know_to_train_again(name):
    card = json.loads((DEMO / name / "card.json").read_text())
    assert {"data", "steps", "loss", "licence", "parameters", "macs", "limits"} <= card.keys()
    assert {"seed", "parent", "portraits", "rate", "seconds"} <= card["training"].keys()
    assert card["training"]["steps"] == card["steps"] == COURSES[name].steps


def test_v2_is_at_least_3_db_nearer_to_the_truth_than_v1():
    assert found("v2")["psnr_db"] - found("v1")["psnr_db"] >= 3


def test_v3_changes_the_rest_at_least_3_times_as_much_as_v2():
    assert found("v3")["delta_e_rest"] >= 3 * found("v2")["delta_e_rest"]


def test_v2_leaves_what_is_not_hair_as_it_is():
    assert found("v2")["delta_e_rest"] < 1


def test_v2_brings_hair_most_of_the_way_to_the_wanted_colour():
    for portrait in portraits():
        if portrait.colour != "copper":
            truth = measure.lab(portrait.recoloured("copper"))[portrait.hair_mask]
            before = measure.lab(portrait.photo)[portrait.hair_mask]
            after = measure.lab(measure.answer(measure.network("v2"), portrait.photo, "copper"))
            moved = np.linalg.norm(after[portrait.hair_mask] - truth, axis=-1).mean()
            assert moved < 0.5 * np.linalg.norm(before - truth, axis=-1).mean()


def test_all_but_v4_may_be_used_for_anything():
    for name in PRESENT:
        card = json.loads((DEMO / name / "card.json").read_text())
        assert cards.restricted(card) == (name == "v4")


def test_v4_brings_its_licence_or_is_not_there():
    assert (DEMO / "v4" / "LICENSE").exists() == ("v4" in PRESENT)


def test_the_full_frame_is_not_square_and_its_person_stays():
    manifest = Manifest.from_json((DEMO / "full-frame" / "manifest.json").read_bytes())
    assert (manifest.height, manifest.width) == (384, 512)
    network = load(DEMO / "full-frame" / "se-unet.safetensors", manifest)
    portrait = render(measure.HELD_OUT[3], 384, 512)
    planes = torch.zeros(1, manifest.planes, 384, 512)
    planes[0, :3] = torch.from_numpy(portrait.photo).permute(2, 0, 1) / 127.5 - 1
    planes[0, 3 + manifest.attributes["backdrop"].index("teal")] = 1
    with torch.inference_mode():
        answer = ((network(planes)[0] + 1) * 127.5).permute(1, 2, 0).numpy()
    person = cv2.erode((portrait.behind < 0.02).astype(np.uint8), measure.NEAR) == 1
    change = np.abs(answer - portrait.photo).mean(-1)
    assert change[person].mean() < 0.35 * change[portrait.behind > 0.98].mean()
    truth = portrait.before("teal").astype(float)
    assert np.abs(answer - truth).mean() < 0.6 * np.abs(portrait.photo - truth).mean()
