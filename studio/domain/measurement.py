"""A number of a column, what it may be compared with, and what two columns say about each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.domain.desk import Column, twin
from studio.domain.fingerprint import difference

STAND_INS = frozenset({"fd_standin", "kid_standin"})


@dataclass(frozen=True)
class Value:
    """A number over all samples; `against_variant_id` is the other half of a paired difference, or None."""

    metric: str
    value: float
    low: float | None
    high: float | None
    n: int | None
    against_variant_id: int | None
    fingerprint: Mapping[str, Any]
    fingerprint_sha: str
    mlflow_run_id: str | None
    read_at: datetime | None


@dataclass(frozen=True)
class Numbers:
    """All numbers of one column by metric: its own, and those against another variant."""

    own: Mapping[str, Value]
    against: Mapping[str, Value]


NOTHING = Numbers({}, {})


@dataclass(frozen=True)
class TwinFact:
    """What quantized columns are beside their FP32 twins, the least favourable of them; None: not known.

    largest: of 255, over `n` photos. faster, smaller: FP32 ÷ the column.
    """

    columns: tuple[Column, ...]
    largest: float | None
    n: int | None
    faster: float | None
    smaller: float | None


def twin_fact(columns: Sequence[Column], numbers: Mapping[int, Numbers]) -> TwinFact | None:
    """The fact over all columns that stand beside their twin; None where none does or nothing is known.

    Faster by CPU time, which another load on the machine hardly moves; else by the median wall time.
    """
    pairs = [(column, other) for column in columns if (other := twin(column, columns))]
    largest, faster, smaller = [], [], []
    for column, other in pairs:
        mine, its = numbers.get(column.position, NOTHING), numbers.get(other.position, NOTHING)
        largest.append(mine.own.get("difference_twin_max"))
        faster.append(ratio("cpu_ms", its, mine) or ratio("latency_p50_ms", its, mine))
        smaller.append(ratio("archive_bytes", its, mine))
    worst = max((value for value in largest if value), key=lambda value: value.value, default=None)
    fact = TwinFact(
        tuple(column for column, _ in pairs),
        worst.value if worst and all(largest) else None,
        (worst.n or worst.fingerprint.get("n")) if worst else None,
        _least(faster),
        _least(smaller),
    )
    return None if fact.largest is fact.faster is fact.smaller is None else fact


def distance(numbers: Numbers) -> Value | None:
    """The Fréchet distance of a column by whichever extractor it was measured."""
    return numbers.own.get("fid") or numbers.own.get("fd_standin")


def apart_in(mine: Numbers, its: Numbers) -> tuple[str, ...]:
    """The parts of their fingerprints that keep the distances of two columns from being compared."""
    one, other = distance(mine), distance(its)
    if one is None or other is None:
        return ()
    if one.metric != other.metric:
        return ("extractor",)
    return difference(one.fingerprint, other.fingerprint)


def ratio(metric: str, above: Numbers, below: Numbers) -> float | None:
    """Above ÷ below, or None where one is missing or their fingerprints differ."""
    upper, lower = above.own.get(metric), below.own.get(metric)
    if upper is None or lower is None or not lower.value:
        return None
    return upper.value / lower.value if upper.fingerprint_sha == lower.fingerprint_sha else None


def _least(values: Sequence[float | None]) -> float | None:
    """The smallest, or None where one is unknown: a sentence about all must hold for all."""
    known = [value for value in values if value is not None]
    return min(known) if known and len(known) == len(values) else None
