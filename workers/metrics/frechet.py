"""Fréchet distance of two sets of features, exact at any number of samples.

‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½ (Dowson & Landau 1982; for features of pictures Heusel et al.
2017). With Σ = AᵀA the last trace is the sum of the singular values of A₁A₂ᵀ, an n × m matrix: no d × d
covariance, no square root of a nearly singular matrix, equal sets give zero.
"""

import numpy as np
from numpy.typing import NDArray

from studio.domain.statistics import Estimate
from workers.metrics.base import Features, Sampled, require


def frechet(features: Features, reference: Features) -> Sampled:
    """Fréchet distance of `features` (n, d) from `reference` (m, d), n ≥ 2, m ≥ 2; units of the features².

    The influence is the derivative of the distance by the weight of each row of `features`; the
    reference set is held fixed. It comes out of the same singular values, so the interval costs nothing.
    """
    n = len(features)
    require(min(n, len(reference)), 2, "The Fréchet distance")
    rows, others = spread(features), spread(reference)
    left, singular = _cross(rows, others)
    shift = features.mean(axis=0) - reference.mean(axis=0)
    own, shared = np.sum(rows**2), np.sum(singular)
    value = shift @ shift + own + np.sum(others**2) - 2 * shared
    influence = (
        2 * np.sqrt(n - 1) * rows @ shift
        + (n * np.sum(rows**2, axis=1) - own)
        - (n * left**2 @ singular - shared)
    )
    return Sampled(max(0.0, float(value)), influence - influence.mean())


def null_floor(reference: Features, n: int, splits: int = 40, seed: int = 0) -> Estimate:
    """Distance that `n` pictures of the reference set itself have from the rest of it (m ≥ 2 n).

    The value is the median of random splits; low and high hold 95 % of them. A column inside is not to
    be told from the reference by this metric. The rest is smaller than the whole reference, so the floor
    is a little high.
    """
    require(len(reference), 2 * n, f"The floor at n = {n}")
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(splits):
        order = rng.permutation(len(reference))
        found.append(frechet(reference[order[:n]], reference[order[n:]]).value)
    low, value, high = np.quantile(found, (0.025, 0.5, 0.975))
    return Estimate(float(value), float(low), float(high), n)


def spread(features: Features) -> Features:
    """A with AᵀA = the unbiased covariance: rows less their mean, divided by √(n − 1)."""
    return np.asarray((features - features.mean(axis=0)) / np.sqrt(len(features) - 1))


def _cross(rows: Features, others: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Left singular vectors and singular values of rows · othersᵀ, by whichever is smaller, n × m or d × d."""
    if min(len(rows), len(others)) <= rows.shape[1]:
        left, singular, _ = np.linalg.svd(rows @ others.T, full_matrices=False)
        return left, singular
    basis, small = np.linalg.qr(rows)
    small_other = np.linalg.qr(others).R
    left, singular, _ = np.linalg.svd(small @ small_other.T)
    return basis @ left, singular
