from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from workers.metrics.features import Extractor, WrongWeights, load, of_reference
from workers.metrics.frechet import frechet

PHOTO = astronaut()
CROPS = [PHOTO[y : y + 160, x : x + 160] for y in (0, 160, 320) for x in (100, 260)]


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load(None)


@pytest.fixture(scope="module")
def features(extractor: Extractor) -> np.ndarray:
    return extractor.extract(CROPS, threads=2)


def test_without_the_real_weights_the_numbers_cannot_be_called_fid(extractor: Extractor) -> None:
    assert not extractor.real


def test_the_stand_in_is_the_same_network_every_time(extractor: Extractor) -> None:
    assert load(None).key == extractor.key


def test_a_file_that_is_not_the_inception_file_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"not weights")
    with pytest.raises(WrongWeights, match="not the Inception file"):
        load(tmp_path / "weights.pth")
    with pytest.raises(WrongWeights, match="cannot be read"):
        load(tmp_path / "missing.pth")


def test_features_are_computed_in_float32_and_kept_in_float64(
    extractor: Extractor, features: np.ndarray
) -> None:
    assert {parameter.dtype for parameter in extractor.network.parameters()} == {torch.float32}
    assert features.dtype == np.float64
    assert features.shape == (len(CROPS), 2048)
    assert np.isfinite(features).all()


def test_features_do_not_depend_on_the_other_photos_of_the_batch(
    extractor: Extractor, features: np.ndarray
) -> None:
    alone = extractor.extract(CROPS[3:4], threads=2)
    assert np.allclose(alone[0], features[3], rtol=1e-4, atol=1e-5 * features.max())


def test_photos_of_many_sizes_keep_their_order(extractor: Extractor, features: np.ndarray) -> None:
    mixed = extractor.extract([CROPS[0], PHOTO[:90, :200], CROPS[1]], threads=2)
    assert np.allclose(mixed[[0, 2]], features[:2], rtol=1e-4, atol=1e-5 * features.max())
    assert not np.allclose(mixed[1], mixed[0], rtol=1e-2)


def test_the_process_gets_its_threads_back(extractor: Extractor) -> None:
    before = torch.get_num_threads()
    extractor.extract(CROPS[:1], threads=1)
    assert torch.get_num_threads() == before


def test_more_noise_is_further_away(extractor: Extractor, features: np.ndarray) -> None:
    def distance(strength: float) -> float:
        rng = np.random.default_rng(0)
        noisy = [
            np.clip(crop + rng.normal(0, strength, crop.shape), 0, 255).astype(np.uint8) for crop in CROPS
        ]
        return frechet(extractor.extract(noisy, threads=2), features).value

    near, far = distance(4), distance(16)
    assert 0 < near < far


def test_a_reference_set_is_computed_once(extractor: Extractor) -> None:
    store: dict[str, bytes] = {}
    asked = []

    def photos() -> list[np.ndarray]:
        asked.append(1)
        return CROPS[:2]

    first = of_reference("revision", photos, extractor, store.get, store.__setitem__)
    again = of_reference("revision", photos, extractor, store.get, store.__setitem__)
    other = of_reference("other", photos, extractor, store.get, store.__setitem__)
    assert np.array_equal(first, again)
    assert np.array_equal(first, other)
    assert (len(asked), len(store)) == (2, 2)
