import csv
import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from samples.pictures import HERE, files, read
from samples.render import render


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_sets_have_their_sizes_and_nothing_in_common_but_the_astronaut():
    sets = [files(each) for each in ("compare", "calibrate", "reference", "full-frame")]
    assert [len(each) for each in sets] == [24, 32, 128, 13]
    assert len(set().union(*sets)) == sum(map(len, sets)) - 1


def test_the_first_compared_picture_is_the_astronaut():
    picture = read(files("compare")[0])
    assert picture.licence == "public domain"
    assert Image.open(io.BytesIO(picture.data)).size == (512, 512)
    assert set(np.unique(decoded(picture.hair))) == {0, 255}
    assert picture.target is None


def test_every_stored_picture_is_the_one_the_manifest_describes():
    with (HERE / "manifest.csv").open(newline="") as file:
        rows = {row["file"]: row["sha256"] for row in csv.DictReader(file)}
    stored = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (HERE / "images").iterdir()
    }
    assert stored == rows


def test_everybody_has_a_name_of_their_own():
    with (HERE / "manifest.csv").open(newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("file", files("compare")[1:])
def test_a_compared_portrait_brings_what_is_known_of_it(file):
    picture = read(file)
    photo, mask, target = decoded(picture.data), decoded(picture.hair), decoded(picture.target)
    assert photo.shape == mask.shape == target.shape == (512, 512, 3)
    assert set(np.unique(mask)) == {0, 255}
    assert {"hair", "curl", "colour", "light", "skin"} <= dict(picture.tags).keys()
    assert len(picture.landmarks) == 5
    assert all(0 < x < 512 and 0 < y < 512 for x, y in picture.landmarks)


def test_a_stored_portrait_is_the_one_that_its_seed_draws():
    file = files("calibrate")[0]
    drawn = render(int(file.removeprefix("portrait-").removesuffix(".webp"))).photo
    assert np.abs(decoded(read(file).data).astype(int) - drawn).mean() < 4


def test_full_frames_are_not_square():
    assert decoded(read(files("full-frame")[1]).data).shape == (384, 512, 3)


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        read("mona-lisa.png")
