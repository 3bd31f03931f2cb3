"""Latency of several columns on one machine, measured in interleaved rounds.

One call of each column a round, in random order, so that whatever disturbs the machine disturbs all alike.
The verdict is the paired ratio of CPU time; wall time is reported, and trusted only when nothing disturbed.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from studio.domain.statistics import Estimate, quantile
from workers.metrics.machine import cpu_waited_us

ROUNDS = 64  # 40 tell +10 % of CPU time from none; the 90th percentile needs 64
MOST_ROUNDS = 160
WAITING = 0.20  # share of the time in which some task waited for a CPU, from which wall time is not trusted
COMPUTING = 0.90  # share of its wall time that a single-threaded handler computes on a free machine


@dataclass(frozen=True)
class Timing:
    """One answer, all in ms: `wall_ms` as the client sees it, the rest as the handler measured it.

    queue_ms: waiting for a worker; cpu_ms: CPU time of the handler's process for decode, model and encode.
    """

    wall_ms: float
    queue_ms: float
    decode_ms: float
    model_ms: float
    encode_ms: float
    cpu_ms: float

    @property
    def compute_ms(self) -> float:
        return self.decode_ms + self.model_ms + self.encode_ms


@dataclass(frozen=True)
class Latency:
    """Of one column, ms: percentiles of the client's wall time (None where the rounds are too few), medians
    of queue, compute and CPU time, and the paired ratio of its CPU time to the first column's.
    """

    p50: Estimate | None
    p90: Estimate | None
    p99: Estimate | None
    queue: Estimate | None
    compute: Estimate | None
    cpu: Estimate | None
    cpu_ratio: Estimate | None


@dataclass(frozen=True)
class Rounds:
    """What was measured: `disturbance` is empty when wall time may be trusted, else it says why not."""

    columns: dict[str, Latency]
    timings: dict[str, tuple[Timing, ...]]
    disturbance: str

    @property
    def trusted(self) -> bool:
        return not self.disturbance


def rounds(
    columns: Mapping[str, Callable[[], Timing]],
    n: int = ROUNDS,
    warmup: int = 3,
    seed: int = 0,
    waited_us: Callable[[], int | None] = cpu_waited_us,
) -> Rounds:
    """Measure `n` rounds after `warmup` unmeasured ones; the first column is what the others are compared to.

    A disturbed block of n rounds is measured again, up to 160 rounds in all; the first undisturbed block
    counts, and if there is none, all rounds count and `disturbance` says so. The median needs n ≥ 11,
    p90 64, p99 662.
    """
    rng = random.Random(seed)
    for _ in range(warmup):
        _round(columns, rng)
    blocks: list[list[dict[str, Timing]]] = []
    disturbance = ""
    while not blocks or (disturbance and n * (len(blocks) + 1) <= MOST_ROUNDS):
        block, disturbance = _block(columns, n, rng, waited_us)
        blocks.append(block)
    counted = [one for block in blocks for one in block] if disturbance else blocks[-1]
    return _summary(list(columns), counted, disturbance)


def _round(columns: Mapping[str, Callable[[], Timing]], rng: random.Random) -> dict[str, Timing]:
    names = list(columns)
    rng.shuffle(names)
    return {name: columns[name]() for name in names}


def _block(
    columns: Mapping[str, Callable[[], Timing]],
    n: int,
    rng: random.Random,
    waited_us: Callable[[], int | None],
) -> tuple[list[dict[str, Timing]], str]:
    waited, started = waited_us(), time.monotonic()
    block = [_round(columns, rng) for _ in range(n)]
    elapsed = time.monotonic() - started
    now = waited_us()
    waiting = None if waited is None or now is None else (now - waited) / 1e6 / elapsed
    timings = [timing for one in block for timing in one.values()]
    computing = sum(t.cpu_ms for t in timings) / max(sum(t.compute_ms for t in timings), 1e-9)
    return block, _disturbance(waiting, computing)


def _disturbance(waiting: float | None, computing: float) -> str:
    if waiting is not None and waiting >= WAITING:
        return f"Other work waited for a CPU {waiting:.0%} of the time."
    if computing < COMPUTING:
        return f"The model had a CPU for only {computing:.0%} of its time."
    return ""


def _summary(names: list[str], counted: list[dict[str, Timing]], disturbance: str) -> Rounds:
    timings = {name: tuple(one[name] for one in counted) for name in names}
    first = timings[names[0]]
    columns = {name: _latency(own, first) for name, own in timings.items()}
    return Rounds(columns, timings, disturbance)


def _latency(own: tuple[Timing, ...], first: tuple[Timing, ...]) -> Latency:
    walls = [t.wall_ms for t in own]
    ratios = [t.cpu_ms / base.cpu_ms for t, base in zip(own, first, strict=True)]
    return Latency(
        p50=quantile(walls, 0.5),
        p90=quantile(walls, 0.9),
        p99=quantile(walls, 0.99),
        queue=quantile([t.queue_ms for t in own], 0.5),
        compute=quantile([t.compute_ms for t in own], 0.5),
        cpu=quantile([t.cpu_ms for t in own], 0.5),
        cpu_ratio=quantile(ratios, 0.5),
    )
