import hashlib
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.hair import COLOURS, LAB
from samples.render import render

seeds = st.integers(0, 2**32)


@settings(max_examples=6)
@given(seeds)
def test_the_same_seed_gives_the_same_bytes(seed):
    assert (render(seed, 96).photo == render(seed, 96).photo).all()


def test_another_process_draws_the_same_bytes():
    ask = "import hashlib; from samples.render import render; print(hashlib.sha256(render(7).photo).hexdigest())"
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == hashlib.sha256(render(7).photo).hexdigest()


@settings(max_examples=6)
@given(seeds)
def test_only_the_hair_differs_between_two_colours(seed):
    portrait = render(seed, 96)
    changed = (portrait.recoloured("white") != portrait.recoloured("black")).any(-1)
    assert not changed[portrait.cover == 0].any()
    assert changed[portrait.hair_mask].mean() > 0.95


@settings(max_examples=6)
@given(seeds)
def test_there_is_always_hair_and_always_a_face(seed):
    share = render(seed, 96).hair_mask.mean()
    assert 0.02 < share < 0.65


@pytest.fixture(scope="module")
def portraits():
    return [render(seed, 128) for seed in range(6)]


@pytest.mark.parametrize("colour", COLOURS)
def test_hair_looks_like_hair_of_this_colour_on_photos(portraits, colour):
    found = []
    for portrait in portraits:
        pixels = cv2.cvtColor(portrait.recoloured(colour).astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
        found.append(np.median(pixels[portrait.cover > 0.95], axis=0))
    assert np.linalg.norm(np.median(found, axis=0) - LAB[colour]) < 16


def test_the_natural_colour_is_the_photo():
    portrait = render(3)
    assert (portrait.recoloured(portrait.colour) == portrait.photo).all()
    assert portrait.tags["colour"] == portrait.colour


def test_the_size_is_free():
    assert render(1, 128).photo.shape == (128, 128, 3)
