import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.metrics import paired
from workers.metrics.frechet import frechet
from workers.metrics.kid import kid

D = 16
REFERENCE = np.random.default_rng(0).standard_normal((60, D))


def columns(seed: int, shift: float, n: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Two columns over the same samples: what the sample brings, and what each version adds to it."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, D))
    return shared + 0.2 * rng.standard_normal((n, D)), shared + 0.2 * rng.standard_normal((n, D)) + shift


def test_equal_columns_are_no_evidence() -> None:
    a, _ = columns(1, 0.0)
    assert paired.swap_test(a, a, REFERENCE, permutations=99) == 1.0


def test_a_clear_difference_has_the_smallest_p_there_can_be() -> None:
    assert paired.swap_test(*columns(1, 1.0), REFERENCE, permutations=199) == pytest.approx(1 / 200, abs=1e-3)


def test_without_a_difference_one_test_in_twenty_is_below_five_percent() -> None:
    found = [paired.swap_test(*columns(seed, 0.0), REFERENCE, permutations=39) for seed in range(100)]
    assert sum(p <= 0.05 for p in found) <= 12  # 99.9 % of a binomial of 100 draws at .05
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 99))
def test_which_column_comes_first_does_not_matter(seed: int) -> None:
    a, b = columns(seed, 0.1)
    assert paired.swap_test(a, b, REFERENCE, 49) == pytest.approx(paired.swap_test(b, a, REFERENCE, 49))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99), d=st.sampled_from([2, 40, 200]))
def test_the_distances_that_are_swapped_are_frechet_distances(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, reference = (
        rng.standard_normal((9, d)),
        rng.standard_normal((9, d)) + 1,
        rng.standard_normal((30, d)),
    )
    gram, cross = paired._products(np.concatenate([a, b]) - reference.mean(axis=0), reference)
    swap = rng.random(9) < 0.5
    one, other = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    expected = frechet(one, reference).value - frechet(other, reference).value
    assert paired._apart(gram, cross, swap) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("metric", [frechet, kid])
def test_a_paired_difference_is_sharper_than_two_values_side_by_side(metric) -> None:
    a, b = columns(1, 0.3, n=24)
    one, other = metric(a, REFERENCE), metric(b, REFERENCE)
    found = (other - one).estimate()
    assert found.value == pytest.approx(other.value - one.value)
    assert found.low > 0
    assert found.high - found.low < other.estimate().high - other.estimate().low


def test_the_mean_of_a_cell_value_has_the_textbook_interval() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    found = paired.mean(values).estimate()
    assert found.value == 2.5
    assert found.high - 2.5 == pytest.approx(3.1824 * values.std(ddof=1) / 2, rel=1e-4)
