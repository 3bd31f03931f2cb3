import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_store.errors import ManifestError
from model_store.manifest import Manifest

names = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable())
manifests = st.builds(
    Manifest,
    family=names,
    task=names,
    height=st.integers(8, 4096),
    width=st.integers(8, 4096),
    attributes=st.dictionaries(names, st.lists(names, min_size=1, max_size=9, unique=True), max_size=3),
    references=st.integers(0, 3),
    latent=st.integers(0, 512),
    value_range=st.sampled_from([(-1, 1), (0, 1), (0, 255)]),
    fit=st.sampled_from(["pad", "resize"]),
    back=st.sampled_from(["change", "replace"]),
)
GOOD = {"family": "se-unet", "task": "hair-colour", "height": 256, "width": 256}


@given(manifests)
def test_a_manifest_survives_its_own_json(manifest):
    again = Manifest.from_json(manifest.to_json())
    assert again == manifest
    assert again.sha256 == manifest.sha256


def test_the_order_of_keys_does_not_change_the_sum():
    turned = dict(reversed(GOOD.items()))
    assert Manifest.from_json(json.dumps(turned)).sha256 == Manifest.from_json(json.dumps(GOOD)).sha256


def test_the_order_of_options_changes_the_sum_because_it_is_the_order_of_planes():
    one, other = (Manifest(**GOOD, attributes={"colour": order}) for order in (["a", "b"], ["b", "a"]))
    assert one.sha256 != other.sha256


def test_planes_are_the_picture_and_every_option():
    assert Manifest(**GOOD, attributes={"colour": ["a", "b"], "length": ["c"]}).planes == 6


@pytest.mark.parametrize(
    "change",
    [
        {"height": 0},
        {"height": "256"},
        {"width": True},
        {"channels": 4},
        {"value_range": [1, -1]},
        {"value_range": [1]},
        {"fit": "crop"},
        {"back": "paint"},
        {"attributes": {"colour": []}},
        {"attributes": {"colour": "red"}},
        {"attributes": {"colour": ["red", "red"]}},
        {"attributes": ["colour"]},
        {"stride": 2},
    ],
)
def test_an_impossible_manifest_is_refused_with_a_sentence(change):
    with pytest.raises(ManifestError) as refused:
        Manifest.from_dict(GOOD | change)
    assert refused.value.message.endswith(".")
    assert refused.value.hint


@given(
    st.one_of(st.binary(max_size=60), st.text(max_size=60), st.recursive(st.none(), st.lists).map(json.dumps))
)
def test_any_other_text_is_refused_by_name(text):
    with pytest.raises(ManifestError):
        Manifest.from_json(text)
