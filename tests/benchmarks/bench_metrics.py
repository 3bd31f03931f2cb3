# ruff: noqa: T201 a benchmark prints
"""How long the metrics take on this machine.

Interleaved rounds, medians, and ratios, which travel better between machines than milliseconds.
"""

import os
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from skimage.data import astronaut
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

from workers.metrics import machine, paired
from workers.metrics.features import load
from workers.metrics.frechet import frechet, null_floor
from workers.metrics.kid import kid
from workers.metrics.registry import cell_values

D = 2048
THREADS = 2

pytestmark = pytest.mark.timeout(600)


def features(n: int, seed: int) -> np.ndarray:
    strength = np.arange(1, D + 1) ** -0.55
    return np.maximum(0, np.random.default_rng(seed).standard_normal((n, D)) * strength + 0.3)


def torch_fidelity_fid(x: np.ndarray, y: np.ndarray) -> float:
    both = [fid_features_to_statistics(torch.from_numpy(rows)) for rows in (x, y)]
    return float(fid_statistics_to_metric(*both, verbose=False)["frechet_inception_distance"])


def torch_fidelity_kid(x: np.ndarray, y: np.ndarray) -> float:
    size = min(len(x), len(y), 1_000)
    both = (torch.from_numpy(x), torch.from_numpy(y))
    found = kid_features_to_metric(*both, kid_subsets=100, kid_subset_size=size, verbose=False)
    return float(found["kernel_inception_distance_mean"])


def interleaved(rounds: int, **work: Callable[[], object]) -> None:
    """Time each once a round; print medians and their ratio to the first."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            started = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    first = next(iter(medians.values()))
    for name, median in medians.items():
        print(f"  {name:<32} {median * 1e3:>10.1f} ms   × {median / first:.3g}")


def distances() -> None:
    reference = features(128, 0)
    for n, rounds in ((24, 2), (1_000, 1)):
        x, y = features(n, 1), reference if n < 1_000 else features(n, 2)
        print(f"\nn = {n} against {len(y)}, d = {D}, {rounds} rounds")
        interleaved(
            rounds,
            frechet_with_interval=lambda x=x, y=y: frechet(x, y),
            frechet_torch_fidelity=lambda x=x, y=y: torch_fidelity_fid(x, y),
            kid_with_interval=lambda x=x, y=y: kid(x, y),
            kid_torch_fidelity=lambda x=x, y=y: torch_fidelity_kid(x, y),
        )
        ours, theirs = frechet(x, y).value, torch_fidelity_fid(x, y)
        print(f"  Fréchet {ours:.9g}, torch-fidelity {theirs:.9g}, relative {abs(ours / theirs - 1):.1e}")
    a, b = features(24, 1), features(24, 2)
    print("\npaired, n = 24 against 128")
    interleaved(
        3,
        floor_40_splits=lambda: null_floor(reference, 24),
        swap_test_999=lambda: paired.swap_test(a, b, reference),
    )


def pictures() -> None:
    photo = astronaut()[:256, :256]
    noisy = np.clip(photo + np.random.default_rng(0).normal(0, 5, photo.shape), 0, 255).astype(np.uint8)
    print("\ncell values of one 256 × 256 picture")
    interleaved(9, cell_values=lambda: cell_values(noisy, photo))
    own = load(None)
    plain = load(None)
    plain.network.to(memory_format=torch.contiguous_format)
    batch = [photo] * 16
    print(f"\nInception, 16 pictures of 256 × 256, {THREADS} threads, stand-in weights {own.weights[:12]}")
    interleaved(
        2,
        channels_last=lambda: own.extract(batch, THREADS),
        as_torch_fidelity_makes_it=lambda: plain.extract(batch, THREADS),
    )
    started = time.perf_counter()
    own.extract(batch, THREADS)
    print(f"  {16 / (time.perf_counter() - started):.1f} images/s")


def test_how_long_the_metrics_take() -> None:
    torch.set_num_threads(THREADS)
    print("CPU", " ".join(machine.cpu_flags()))
    print("libraries", machine.libraries(), "load", [round(each, 1) for each in os.getloadavg()])
    pictures()
    print(f"  memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    distances()
