import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from workers.metrics.base import TooFewSamples
from workers.metrics.frechet import frechet, null_floor


def eigenvalue_form(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The distance by the symmetric square root, and the scale its rounding is measured by."""
    a, b = np.cov(x, rowvar=False).reshape(x.shape[1], -1), np.cov(y, rowvar=False).reshape(x.shape[1], -1)
    values, vectors = np.linalg.eigh(a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0)).sum()
    shift = x.mean(axis=0) - y.mean(axis=0)
    scale = shift @ shift + np.trace(a) + np.trace(b)
    return float(scale - 2 * shared), float(scale)


@st.composite
def two_sets(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Sets of any two sizes, of full or deficient rank, shifted, stretched, or one and the same."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, 64))
    n, m = draw(st.integers(2, 100)), draw(st.integers(2, 100))
    rank = draw(st.integers(1, d))
    mixing = rng.standard_normal((rank, d)) * draw(st.sampled_from([1e-3, 1.0, 1e3]))
    x = rng.standard_normal((n, rank)) @ mixing
    if draw(st.booleans()):
        return x, x.copy()
    return x, rng.standard_normal((m, rank)) @ mixing * draw(st.floats(0, 3)) + draw(st.floats(-5, 5))


def features(n: int, seed: int, d: int = 2048, shift: float = 0.0) -> np.ndarray:
    """Like features of photos: never negative, a few strong directions and a long tail."""
    rng = np.random.default_rng(seed)
    strength = np.arange(1, d + 1) ** -0.55
    return np.maximum(0, rng.standard_normal((n, d)) * strength + 0.3 + shift)


@settings(max_examples=200, deadline=None)
@given(sets=two_sets())
def test_it_is_the_eigenvalue_form(sets: tuple[np.ndarray, np.ndarray]) -> None:
    expected, scale = eigenvalue_form(*sets)
    assert abs(frechet(*sets).value - expected) <= 1e-6 * scale


def test_it_is_torch_fidelitys_own_value() -> None:
    x, y = features(24, 1), features(40, 2, shift=0.01)
    statistics = (fid_features_to_statistics(torch.from_numpy(rows)) for rows in (x, y))
    expected = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert frechet(x, y).value == pytest.approx(expected, rel=1e-5)


@settings(deadline=None)
@given(x=arrays(np.float64, st.tuples(st.integers(2, 30), st.integers(1, 20)), elements=st.floats(-1e3, 1e3)))
def test_a_set_is_at_no_distance_from_itself(x: np.ndarray) -> None:
    scale = float(np.sum((x - x.mean(axis=0)) ** 2)) + 1e-300
    found = frechet(x, x[::-1])
    assert found.value <= 1e-9 * scale
    assert np.abs(found.influence).max() <= 1e-6 * scale


@settings(deadline=None, max_examples=50)
@given(sets=two_sets(), seed=st.integers(0, 99))
def test_neither_order_nor_side_matters(sets: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    x, y = sets
    _, scale = eigenvalue_form(x, y)
    mixed = np.random.default_rng(seed).permutation(x)
    assert abs(frechet(mixed, y).value - frechet(x, y).value) <= 1e-9 * scale
    assert abs(frechet(y, x).value - frechet(x, y).value) <= 1e-9 * scale


def test_a_shift_costs_its_square() -> None:
    x = features(50, 1, d=16)
    assert frechet(x + 3.0, x).value == pytest.approx(16 * 9.0)


@pytest.mark.parametrize("d", [3, 40])
def test_the_influence_is_what_a_little_more_of_a_photo_does(d: int) -> None:
    copies = 400
    x, y = features(10, 1, d, shift=0.2), features(60, 2, d)
    many = np.repeat(x, copies, axis=0)
    plain, more = frechet(many, y).value, [frechet(np.vstack([many, row]), y).value for row in x]
    found = (np.array(more) - plain) * (len(many) + 1)
    assert np.allclose(frechet(x, y).influence, found, rtol=0.15, atol=0.1 * found.std())


def test_the_interval_is_as_wide_as_other_draws_are_apart() -> None:
    reference = features(128, 0, d=256)
    draws = [frechet(features(24, seed, d=256, shift=0.1), reference) for seed in range(1, 100)]
    spread = np.std([draw.value for draw in draws])
    width = np.mean([draw.estimate().high - draw.estimate().low for draw in draws]) / 2
    assert 1.5 * spread < width < 3.5 * spread


def test_a_column_drawn_like_the_reference_lies_near_its_floor_and_a_shifted_one_above() -> None:
    reference = features(128, 0, d=256)
    floor = null_floor(reference, 24)
    assert floor.low <= frechet(features(24, 1, d=256), reference).value <= floor.high
    assert frechet(features(24, 1, d=256, shift=0.5), reference).value > floor.high


def test_one_photo_has_no_spread_and_is_refused() -> None:
    with pytest.raises(TooFewSamples, match="at least 2"):
        frechet(np.zeros((1, 4)), np.zeros((5, 4)))
