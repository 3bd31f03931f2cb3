"""KID: kernel distance of two sets of features, without bias at any number of samples."""

import numpy as np
from numpy.typing import NDArray

from workers.metrics.base import Features, Sampled, require


def kid(features: Features, reference: Features) -> Sampled:
    """Squared maximum mean discrepancy of `features` (n, d) and `reference` (m, d), n ≥ 3, m ≥ 2; no unit.

    The unbiased estimate over all pairs with the kernel (xᵀy / d + 1)³ (Bińkowski et al. 2018); it is
    zero on average for two draws of one distribution, so a single value may be negative. The influence
    is the exact leave-one-out jackknife of a U-statistic; the reference set is held fixed.
    """
    n, m = len(features), len(reference)
    require(n, 3, "KID")
    require(m, 2, "KID's reference")
    own, other = _pairs(features), _pairs(reference)
    within = own.sum(axis=1)
    across = _kernel(features, reference).sum(axis=1)
    rest = other.sum() / (m * (m - 1))
    value = within.sum() / (n * (n - 1)) - 2 * across.sum() / (n * m) + rest
    without = (within.sum() - 2 * within) / ((n - 1) * (n - 2))
    without += rest - 2 * (across.sum() - across) / ((n - 1) * m)
    return Sampled(float(value), (n - 1) * (without.mean() - without))


def _pairs(features: Features) -> NDArray[np.float64]:
    """Kernel of every two different rows; a row with itself counts nothing."""
    kernel = _kernel(features, features)
    np.fill_diagonal(kernel, 0)
    return kernel


def _kernel(x: Features, y: Features) -> NDArray[np.float64]:
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3)
