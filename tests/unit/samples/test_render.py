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
from samples.scene import BACKDROPS

seeds = st.integers(0, 2**32)


@settings(max_examples=3, deadline=None)
@given(seeds)
def test_the_same_seed_gives_the_same_bytes(seed):
    assert (render(seed, 64).photo == render(seed, 64).photo).all()


def test_another_process_draws_the_same_bytes():
    ask = (
        "import hashlib; from samples.render import render; "
        "print(hashlib.sha256(render(7, 64).photo).hexdigest())"
    )
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == hashlib.sha256(render(7, 64).photo).hexdigest()


@pytest.fixture(scope="module")
def portraits():
    return [render(seed, 128) for seed in range(8)]


def test_only_the_hair_differs_between_two_colours(portraits):
    for portrait in portraits:
        changed = (portrait.recoloured("white") != portrait.recoloured("black")).any(-1)
        assert not changed[portrait.cover == 0].any()
        assert changed[portrait.hair_mask].mean() > 0.95


def test_only_the_background_differs_before_two_backdrops(portraits):
    one, other = list(BACKDROPS)[:2]
    for portrait in portraits:
        changed = (portrait.before(one) != portrait.before(other)).any(-1)
        assert not changed[portrait.behind == 0].any()
        assert changed[portrait.behind > 0.9].mean() > 0.95


def test_hair_and_background_share_the_picture_with_a_person(portraits):
    for portrait in portraits:
        assert portrait.cover.min() >= 0
        assert (portrait.cover + portrait.behind).max() < 1.02


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_there_is_always_hair_and_always_a_face(seed):
    portrait = render(seed, 64)
    assert 0.02 < portrait.hair_mask.mean() < 0.65
    assert (portrait.cover + portrait.behind < 0.1).mean() > 0.1


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_the_eyes_lie_above_the_nose_and_the_nose_above_the_mouth(seed):
    left, right, nose, *mouth = render(seed, 64).landmarks
    assert left[0] < right[0]
    assert max(left[1], right[1]) < nose[1] < min(y for _, y in mouth) + 2
    assert mouth[0][0] < mouth[1][0]


def test_landmarks_do_not_depend_on_the_size():
    small, large = np.array(render(11, 64).landmarks), np.array(render(11, 128).landmarks)
    assert np.abs(small * 2 - large).max() < 0.5


@pytest.mark.parametrize("colour", COLOURS)
def test_hair_looks_like_hair_of_this_colour_on_photos(portraits, colour):
    found = []
    for portrait in portraits:
        pixels = cv2.cvtColor(portrait.recoloured(colour).astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
        found.append(np.median(pixels[portrait.cover > 0.95], axis=0))
    assert np.linalg.norm(np.median(found, axis=0) - LAB[colour]) < 16


def test_the_natural_colour_is_the_photo(portraits):
    for portrait in portraits:
        assert (portrait.recoloured(portrait.colour) == portrait.photo).all()
        assert portrait.tags["colour"] == portrait.colour


def test_the_frame_need_not_be_square():
    assert render(1, 48, 64).photo.shape == (48, 64, 3)
