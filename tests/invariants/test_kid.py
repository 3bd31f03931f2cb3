import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_fidelity.metric_kid import kid_features_to_metric

from workers.metrics.base import TooFewSamples
from workers.metrics.kid import kid


def features(n: int, seed: int, d: int = 32, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d)) + shift


def test_it_is_torch_fidelitys_value_of_the_whole_set() -> None:
    x, y = features(60, 1), features(60, 2, shift=0.3)
    theirs = kid_features_to_metric(
        torch.from_numpy(x), torch.from_numpy(y), kid_subsets=1, kid_subset_size=60, verbose=False
    )
    assert kid(x, y).value == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-9)


def test_two_draws_of_one_distribution_are_at_no_distance_on_average() -> None:
    found = np.array([kid(features(12, seed), features(40, 1_000 + seed)).value for seed in range(400)])
    assert abs(found.mean()) < 3 * found.std() / np.sqrt(len(found))
    assert found.min() < 0


@settings(deadline=None)
@given(seed=st.integers(0, 999), n=st.integers(3, 20), m=st.integers(2, 20))
def test_the_influence_is_the_jackknifes(seed: int, n: int, m: int) -> None:
    x, y = features(n + 1, seed), features(m, seed + 1, shift=0.2)
    without = np.array([kid(np.delete(x, i, axis=0), y).value for i in range(n + 1)])
    assert np.allclose(kid(x, y).influence, n * (without.mean() - without), atol=1e-9)


@settings(deadline=None)
@given(seed=st.integers(0, 999))
def test_order_does_not_matter(seed: int) -> None:
    x, y = features(20, 1), features(30, 2)
    mixed = np.random.default_rng(seed).permutation(x)
    assert kid(mixed, y).value == pytest.approx(kid(x, y).value, abs=1e-12)


def test_further_is_more() -> None:
    y = features(60, 0)
    found = [kid(features(60, 1, shift=shift), y).value for shift in (0.0, 0.2, 0.4, 0.8)]
    assert found == sorted(found)


def test_the_interval_is_as_wide_as_other_draws_are_apart() -> None:
    y = features(128, 0)
    draws = [kid(features(24, seed, shift=0.3), y) for seed in range(1, 100)]
    spread = np.std([draw.value for draw in draws])
    width = np.mean([draw.estimate().high - draw.estimate().low for draw in draws]) / 2
    assert 1.5 * spread < width < 3.5 * spread


def test_two_photos_are_too_few() -> None:
    with pytest.raises(TooFewSamples, match="at least 3"):
        kid(features(2, 0), features(5, 1))
