import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from model_store.demo import cards, drawings, photos, train
from model_store.demo.courses import COURSES, Course
from samples.hair import COLOURS
from samples.render import render

TINY = Course("hair-colour", seed=1, steps=6, crop=32, batch=2)


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


def test_a_killed_training_ends_where_it_would_have_ended(make, tmp_path):
    whole, resumed = after(TINY, make), after(TINY, make, (2, 5), tmp_path)
    assert all(torch.equal(whole.kept[name], resumed.kept[name]) for name in whole.kept)
    assert whole.errors == resumed.errors


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
