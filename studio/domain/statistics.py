"""Numbers as they are reported, and what few ordered values can say about a percentile."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt


@dataclass(frozen=True)
class Estimate:
    """A value that another draw of `n` samples would change; `low`, `high` bound it at 95 %."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Fact:
    """A value that has no interval, such as a file's size."""

    value: float


def supports(n: int, share: float) -> bool:
    """Whether `n` draws say anything of the quantile `share`.

    They must hold two or more draws beyond it with probability .99, else one outlier is the percentile:
    n ≥ 11 for the median, 64 for p90, 662 for p99.
    """
    return _at_most(1, n, 1 - share) <= 0.01


def quantile(values: Sequence[float], share: float) -> Estimate | None:
    """The quantile `share` (0…1) of `values`, or None where they are too few to support it.

    The value interpolates linearly between order statistics. The interval is distribution-free: the
    innermost order statistics that a binomial count of draws below the true quantile leaves outside
    with at most 2.5 % on either side (Hahn & Meeker 1991, §5.2).
    """
    n = len(values)
    if not supports(n, share):
        return None
    ordered = sorted(values)
    place = share * (n - 1)
    below = int(place)
    value = ordered[below] + (place - below) * (ordered[min(below + 1, n - 1)] - ordered[below])
    low, high = _ranks(n, share)
    return Estimate(value, ordered[low], ordered[high], n)


def share(hits: int, n: int) -> Estimate:
    """`hits` of `n` ≥ 1 as a share 0…1, with Wilson's score interval (1927)."""
    z = 1.959964
    found, spread = hits / n, z * z / n
    middle = (found + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * sqrt(found * (1 - found) / n + spread / (4 * n))
    return Estimate(found, max(0.0, min(found, middle - reach)), min(1.0, max(found, middle + reach)), n)


def _ranks(n: int, share: float) -> tuple[int, int]:
    """Zero-based ranks of the interval's two ends."""
    low = max(rank for rank in range(n) if rank == 0 or _at_most(rank, n, share) <= 0.025)
    high = min(rank for rank in range(n) if rank == n - 1 or _at_most(rank, n, share) >= 0.975)
    return low, high


def _at_most(count: int, n: int, share: float) -> float:
    """Probability that at most `count` of `n` independent draws hit an event of probability `share`."""
    return sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(min(count, n) + 1))
