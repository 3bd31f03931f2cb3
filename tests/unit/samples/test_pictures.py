import csv
import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from samples.pictures import HERE, SETS, names, read


def test_the_sets_have_their_sizes_and_nothing_in_common():
    sets = [names(purpose) for purpose in SETS]
    assert [len(each) for each in sets] == [24, 32, 128]
    assert len(set().union(*sets)) == 184


def test_the_first_compared_picture_is_the_astronaut():
    picture = read(names("compare")[0])
    assert picture.licence == "public domain"
    assert Image.open(io.BytesIO(picture.png)).size == (512, 512)
    assert picture.hair is None


def test_every_stored_picture_is_the_one_the_manifest_describes():
    with (HERE / "manifest.csv").open(newline="") as file:
        rows = {row["name"]: row["sha256"] for row in csv.DictReader(file)}
    stored = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (HERE / "images").iterdir()
    }
    assert stored == rows


def test_a_drawn_picture_brings_its_hair_mask_and_tags():
    picture = read("render:1000")
    mask = np.asarray(Image.open(io.BytesIO(picture.hair)))
    assert mask.shape == np.asarray(Image.open(io.BytesIO(picture.png))).shape[:2]
    assert set(np.unique(mask)) == {0, 255}
    assert {"hair", "curl", "colour", "light"} == picture.tags.keys()


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        read("mona-lisa.png")
