import io
import json
import pickle
import struct

import pytest
import torch
from safetensors.torch import save, save_file

from model_store import checkpoint
from model_store.errors import CheckpointError
from model_store.families import FAMILIES
from model_store.families.se_unet import PARAMETERS, SEUNet
from model_store.manifest import Manifest

MANIFEST = Manifest("se-unet", "hair-colour", 64, 64, {"colour": tuple("abcdefgh")})


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return {name: tensor.contiguous() for name, tensor in SEUNet().state_dict().items()}


def stored(folder, weights):
    path = folder / "weights.safetensors"
    save_file(weights, path)
    return path


def zipped():
    file = io.BytesIO()
    torch.save({"a": torch.zeros(2)}, file)
    return file.getvalue()


def header(body):
    text = json.dumps(body).encode()
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no safetensors file"),
        (b"weights", "no safetensors file"),
        (zipped(), "a PyTorch or zip file"),
        (pickle.dumps({"a": 1}), "a Python pickle"),
        (struct.pack("<Q", 100 << 30) + b"{}", "no safetensors file"),
        (struct.pack("<Q", 2) + b"[]", "header is unreadable"),
        (struct.pack("<Q", 2) + b"{{", "header is unreadable"),
        (save({"a": torch.zeros(9)})[:-4], "4 bytes are missing"),
        (save({"a": torch.zeros(9)}) + b"more", "4 bytes are too many"),
        (header({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}) + b"1234", "damaged"),
        (header({"a": {"dtype": "F32", "shape": [1], "data_offsets": "no"}}), "header is unreadable"),
    ],
)
def test_a_file_that_is_no_whole_safetensors_is_refused_in_a_persons_words(tmp_path, body, said):
    path = tmp_path / "weights"
    path.write_bytes(body)
    with pytest.raises(CheckpointError, match=said) as refused:
        checkpoint.read(path)
    assert refused.value.hint


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(CheckpointError, match="not there"):
        checkpoint.read(tmp_path / "nothing")


def test_weights_that_fit_are_loaded_as_they_are(tmp_path, weights):
    network = checkpoint.load(stored(tmp_path, weights), MANIFEST)
    assert not network.training
    assert all(torch.equal(tensor, weights[name]) for name, tensor in network.state_dict().items())


def test_an_unknown_family_is_named_with_the_known_ones(tmp_path, weights):
    with pytest.raises(CheckpointError, match="stylegan9") as refused:
        checkpoint.load(stored(tmp_path, weights), Manifest("stylegan9", "any", 64, 64))
    assert "se-unet" in refused.value.hint


def test_missing_unknown_and_misshapen_tensors_are_named(tmp_path, weights):
    wrong = {
        "head.bias": weights | {"head.bias": torch.zeros(3)},
        "palette.weight": {name: tensor for name, tensor in weights.items() if name != "palette.weight"},
        "extra": weights | {"extra": torch.zeros(1)},
        "head.weight": weights | {"head.weight": torch.full_like(weights["head.weight"], torch.nan)},
    }
    for name, body in wrong.items():
        with pytest.raises(CheckpointError, match=name):
            checkpoint.load(stored(tmp_path, body), MANIFEST)


def test_every_family_builds_and_the_se_unet_has_the_size_it_says():
    assert all(build().state_dict() for build in FAMILIES.values())
    assert sum(each.numel() for each in SEUNet().parameters()) == PARAMETERS < 1_000_000


def test_a_dry_run_tells_what_the_network_is(tmp_path, weights):
    found = checkpoint.dry_run(stored(tmp_path, weights), MANIFEST)
    assert found.parameters == PARAMETERS
    assert found.output_shape == (1, 3, 64, 64)
    assert -1 <= found.low <= found.high <= 1
    assert found.macs > 10_000_000
    assert 0 < found.seconds < 60


def test_a_network_that_fails_shows_its_own_traceback(tmp_path, weights):
    three_colours = Manifest("se-unet", "hair-colour", 64, 64, {"colour": ("a", "b", "c")})
    with pytest.raises(CheckpointError) as failed:
        checkpoint.dry_run(stored(tmp_path, weights), three_colours)
    assert "se_unet.py" in failed.value.traceback
    assert "RuntimeError" in failed.value.message
