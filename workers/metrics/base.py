"""What a metric works with: photos, features, and a value that knows what each sample did to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from studio.domain.statistics import Estimate
from studio.errors import StudioError

Photo = NDArray[np.uint8]  # (h, w, 3), sRGB 0…255
Features = NDArray[np.float64]  # (n, d), one row a photo


class TooFewSamples(StudioError):
    """A number was asked of fewer samples than its formula needs."""

    status = 422


def require(n: int, least: int, metric: str) -> None:
    """Raise TooFewSamples unless `n` reaches `least`."""
    if n < least:
        raise TooFewSamples(
            f"{metric} needs at least {least} samples, there are {n}.",
            "Use a larger set, or heal the cells that failed.",
        )


@dataclass(frozen=True)
class Sampled:
    """A value of n samples and the influence of each.

    `influence` (n,) sums to zero: (influence[i]) / (n − 1) is, to first order, what the value would lose
    without sample i. Two values of the same samples in the same order subtract to their paired difference.
    """

    value: float
    influence: NDArray[np.float64]

    def __sub__(self, other: "Sampled") -> "Sampled":
        return Sampled(self.value - other.value, self.influence - other.influence)

    def estimate(self) -> Estimate:
        """The value with a 95 % t interval of the jackknife's standard error (Efron 1982, §3 and §6).

        It says how far another draw of n samples would move the value at this n, all else fixed. What
        a small n does to the value itself (a Fréchet distance grows as n shrinks) is not in it.
        """
        n = len(self.influence)
        error = np.sqrt(np.sum(self.influence**2) / (n * (n - 1)))
        reach = float(stdtrit(n - 1, 0.975) * error)
        return Estimate(self.value, self.value - reach, self.value + reach, n)
