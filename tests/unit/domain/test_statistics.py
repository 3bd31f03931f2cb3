import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.statistics import quantile, supports
from studio.domain.statistics import share as share_of

VALUES = st.lists(st.floats(0, 1e6), min_size=11, max_size=80)


@pytest.mark.parametrize(("share", "least"), [(0.5, 11), (0.9, 64), (0.99, 662)])
def test_a_percentile_needs_enough_draws(share: float, least: int) -> None:
    assert supports(least, share)
    assert not supports(least - 1, share)


def test_too_few_draws_give_no_percentile_instead_of_a_guess() -> None:
    assert quantile([1.0] * 63, 0.9) is None


@given(values=VALUES)
def test_a_median_lies_inside_its_interval_and_its_data(values: list[float]) -> None:
    found = quantile(values, 0.5)
    assert found is not None
    assert min(values) <= found.low <= found.value <= found.high <= max(values)
    assert found.n == len(values)


@given(values=VALUES, seed=st.integers(0, 99))
def test_order_does_not_matter(values: list[float], seed: int) -> None:
    mixed = random.Random(seed).sample(values, len(values))
    assert quantile(mixed, 0.5) == quantile(values, 0.5)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_interval_holds_the_true_quantile_nineteen_times_in_twenty(share: float) -> None:
    rng = random.Random(1)
    draws = [quantile([rng.random() for _ in range(64)], share) for _ in range(400)]
    held = sum(found.low <= share <= found.high for found in draws if found)
    assert held >= 370  # 99 % of a binomial of 400 draws at .95 are above 369


@given(st.integers(1, 500), st.data())
def test_the_interval_of_a_share_holds_it_and_stays_between_none_and_all(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    found = share_of(hits, n)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (found.value, found.n) == (hits / n, n)


def test_wilsons_interval_as_in_the_literature() -> None:
    found = share_of(81, 263)  # Newcombe 1998, table I
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
