"""Paired comparison of two columns over the same samples: what no absolute value at small n can say."""

import numpy as np
from numpy.typing import NDArray

from workers.metrics.base import Features, Sampled, require
from workers.metrics.frechet import spread


def mean(values: NDArray[np.float64]) -> Sampled:
    """Mean of one cell value over a column, (n,); subtract two of them for their paired difference."""
    require(len(values), 2, "A mean with an interval")
    return Sampled(float(values.mean()), values - values.mean())


def swap_test(a: Features, b: Features, reference: Features, permutations: int = 999, seed: int = 0) -> float:
    """The p value of "both columns are equally far from the reference", by swapping them sample by sample.

    If the columns are exchangeable, swapping a random half of the pairs changes nothing but chance: p is
    the share of swaps whose difference of Fréchet distances is as large as the one found, the found one
    counted (Phipson & Smyth 2010), so p ≥ 1 / (permutations + 1). Exact at any n.

    a, b: (n, d), row i of both from the same sample; reference: (m, d).
    """
    n = len(a)
    require(min(n, len(reference)), 2, "The swap test")
    gram, cross = _products(np.concatenate([a, b]) - reference.mean(axis=0), reference)
    found = abs(_apart(gram, cross, np.zeros(n, dtype=np.bool_)))
    swaps = np.random.default_rng(seed).random((permutations, n)) < 0.5
    least = found - 1e-9 * float(np.trace(gram)) / n  # rounding must not break the ties of equal columns
    as_far = sum(abs(_apart(gram, cross, swap)) >= least for swap in swaps)
    return float((as_far + 1) / (permutations + 1))


def _products(rows: Features, reference: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """All that the distances of any choice of rows need: their inner products, and those with the reference.

    The latter is turned to at most as many columns as rows, which leaves singular values as they are.
    """
    cross = rows @ spread(reference).T
    return rows @ rows.T, np.linalg.qr(cross.T).R.T


def _apart(gram: NDArray[np.float64], cross: NDArray[np.float64], swap: NDArray[np.bool_]) -> float:
    """Difference of the two distances when the pairs in `swap` change places."""
    n = len(swap)
    rows = np.arange(n)
    return _distance(gram, cross, rows + n * swap) - _distance(gram, cross, rows + n * ~swap)


def _distance(gram: NDArray[np.float64], cross: NDArray[np.float64], rows: NDArray[np.intp]) -> float:
    """Fréchet distance of some rows, less the trace of the reference that is the same for all."""
    n = len(rows)
    shift = gram[np.ix_(rows, rows)].sum() / n**2
    trace = (gram[rows, rows].sum() - n * shift) / (n - 1)
    chosen = cross[rows]
    shared = np.linalg.svd(chosen - chosen.mean(axis=0), compute_uv=False).sum() / np.sqrt(n - 1)
    return float(shift + trace - 2 * shared)
