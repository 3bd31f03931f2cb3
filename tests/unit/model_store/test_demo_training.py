import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model_store.demo import cards, drawings, muon, photos, train
from model_store.demo.courses import COURSES, Course
from model_store.demo.muon import Muon
from samples.hair import COLOURS
from samples.render import render

TINY = Course("hair-colour", seed=1, steps=6, crop=32, batch=2)
TURNING = replace(TINY, turn=0.02, mask=3.0, each=True)


@pytest.fixture(scope="module")
def make():
    stack = drawings.layers(render(1))
    return lambda rng, side: drawings.example(rng, ("brown", stack), side)


def after(course, make, stops=(), folder=None):
    """The weights of a course; at each of `stops` it is killed and taken up from its file."""
    state, saved = train.begin(course), []

    class KilledHere(Exception):
        pass

    def note(now):
        if now.step in stops and now.step not in saved:
            saved.append(now.step)
            now.save(folder / "state.pt")
            raise KilledHere

    while True:
        try:
            train.train(course, make, state, note)
        except KilledHere:
            state = train.begin(course)
            state.resume(folder / "state.pt")
        else:
            return state


def test_the_same_course_ends_in_the_same_weights(make):
    one, other = after(TINY, make).kept, after(TINY, make).kept
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("course", [TINY, TURNING], ids=["adam", "muon"])
def test_a_killed_training_ends_where_it_would_have_ended(course, make, tmp_path):
    whole, resumed = after(course, make), after(course, make, (2, 5), tmp_path)
    assert all(torch.equal(whole.kept[name], resumed.kept[name]) for name in whole.kept)
    assert whole.errors == resumed.errors


def test_every_weight_has_one_optimiser():
    for course in (TINY, TURNING):
        network = train.SEUNet()
        held = [
            part
            for optimiser in train.optimisers(course, network)
            for group in optimiser.param_groups
            for part in group["params"]
        ]
        assert sorted(map(id, held)) == sorted(map(id, network.parameters()))


def test_muon_moves_a_kernel_by_the_share_it_is_told_however_large_the_gradient():
    torch.manual_seed(0)
    for size in (1e-4, 1.0, 1e4):
        kernel = torch.nn.Parameter(torch.randn(24, 8, 3, 3))
        before = kernel.detach().clone()
        kernel.grad = size * torch.randn_like(kernel)
        Muon([kernel], 0.01).step()
        moved = (kernel.detach() - before).norm() / before.norm()
        assert moved.item() == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("shape", [(24, 72), (72, 24), (40, 40)])
def test_an_orthogonal_matrix_turns_all_directions_about_alike(shape):
    torch.manual_seed(1)
    matrix = torch.randn(shape) @ torch.diag(torch.logspace(-1, 0, shape[1]))
    values = torch.linalg.svdvals(muon.orthogonal(matrix))
    assert values.min() > 0.3
    assert values.max() < 1.3


def test_hair_missed_in_a_small_picture_counts_as_much_as_in_a_large_one():
    found = torch.zeros(2, 1, 8, 8)
    cover = found.clone()
    cover[0, :, :1], cover[1] = 1, 1
    found[1] = 1
    assert train.missing(TURNING, found, cover) == pytest.approx(0.5, abs=0.06)
    assert train.missing(TINY, found, cover) < 0.1
    assert train.missing(TURNING, cover, cover) == train.missing(TINY, cover, cover) == 0


def test_a_layered_portrait_is_the_portrait_in_every_colour():
    portrait = render(2)
    for colour in COLOURS[:3]:
        drawn = np.rint(drawings.coloured(drawings.layers(portrait), colour).clip(0, 1) * 255)
        assert np.abs(drawn - portrait.recoloured(colour)).max() <= 1


def test_outside_the_hair_photo_and_truth_are_the_same(make):
    pair, _ = make(np.random.default_rng(5), 96)
    bare = cv2.dilate(pair[..., 6], np.ones((9, 9))) == 0  # both may be blurred
    assert bare.any()
    assert np.abs(pair[..., :3][bare] - pair[..., 3:6][bare]).max() < 1e-3


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    portrait = render(3, 96, 64)
    cv2.imwrite(str(tmp_path / "images" / "one.png"), portrait.photo[..., ::-1])
    cv2.imwrite(str(tmp_path / "masks" / "one.png"), portrait.hair_mask.astype(np.uint8) * 255)
    (tmp_path / "manifest.csv").write_text("file,has_mask\nimages/one.png,real\nimages/two.png,\n")
    return tmp_path


def test_photos_are_padded_and_those_without_a_mask_left_out(folder):
    (picture,) = photos.gather(folder)
    assert picture.shape == (256, 256, 4)
    assert (picture[:, :20, :3] == photos.GREY).all()
    assert not picture[:, :20, 3].any()


@pytest.mark.parametrize("colour", COLOURS)
def test_a_recoloured_photo_has_the_wanted_hair_and_the_same_rest(folder, colour):
    (picture,) = photos.gather(folder)
    photo, cover = picture[..., :3].astype(np.float32) / 255, picture[..., 3].astype(np.float32) / 255
    made = photos.recoloured(photo, cover, colour)
    assert (made[cover == 0] == photo[cover == 0]).all()
    hair = cv2.cvtColor(made, cv2.COLOR_RGB2Lab)[cover > 0.8].mean(0)
    assert np.linalg.norm(hair - photos.LAB[colour]) < 14


@cache
def masked():
    portrait = render(3)
    return np.dstack([portrait.photo, portrait.hair_mask.astype(np.uint8) * 255])


@given(seed=st.integers(0, 2**32), side=st.sampled_from((32, 64, 96)))
@settings(max_examples=40, deadline=None)
def test_a_photo_to_learn_from_is_in_range_and_its_truth_has_the_same_rest(seed, side):
    pair, wanted = photos.example(np.random.default_rng(seed), masked(), side)
    assert pair.shape == (side, side, 8)
    assert pair.dtype == np.float32
    assert pair.min() >= 0
    assert pair.max() <= 1 + 1e-6
    assert wanted in range(len(COLOURS))
    bare = pair[..., 6] == 0
    assert (pair[..., :3][bare] == pair[..., 3:6][bare]).all()


def test_a_photo_course_wants_photos():
    with pytest.raises(SystemExit):
        train.examples(COURSES["v4"], Path("/nowhere"), None)


@pytest.mark.parametrize("version", COURSES)
def test_a_card_is_written_beside_the_weights(version, make, tmp_path):
    course = COURSES[version]
    state = train.State(train.SEUNet(), None, train.SEUNet().state_dict())
    train.save_file(state.kept, tmp_path / cards.WEIGHTS)
    cards.write(tmp_path, version, course, {"seconds": 1, "mean_absolute_error": []})
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["parameters"] == 493_268
    assert card["steps"] == course.steps
    assert "{" not in card["loss"] + card["data"]
