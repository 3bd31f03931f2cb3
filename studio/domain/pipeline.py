"""The steps of work as data: where each runs, how long its silence may last, how often it is tried.

A run goes stage by stage; the steps of the next stage are made when all of this one have ended.
"""

from dataclasses import dataclass

from studio.domain.vocabulary import RunKind


@dataclass(frozen=True)
class StepKind:
    name: str
    queue: str
    lease_s: float  # a running step whose beat stands still this long is taken back
    at_once: int  # how many of this kind may be under way
    attempts: int = 4
    alone: bool = False  # nothing else runs beside it: it measures time


# 60 s for what computes: some libraries hold the interpreter's lock for up to 11 s, then the beat stands still.
STEPS = {
    kind.name: kind
    for kind in (
        StepKind("validate", "work", lease_s=60, at_once=2),
        StepKind("package", "work", lease_s=60, at_once=2),
        StepKind("deploy", "work", lease_s=15, at_once=2),
        StepKind("generate", "work", lease_s=5, at_once=2),
        StepKind("measure", "work", lease_s=60, at_once=1),
        StepKind("bench", "work", lease_s=60, at_once=1, alone=True),
        StepKind("publish", "work", lease_s=15, at_once=2, attempts=12),
        StepKind("night", "work", lease_s=15, at_once=2),
        StepKind("load", "work", lease_s=15, at_once=1, attempts=6),
    )
}

# What the scheduler asks for, every so many seconds; it leaves no row, because the next look repeats it.
PERIODIC = {"warm": 10.0, "prepare": 10.0, "schedule": 10.0, "sweep": 6 * 3600.0}

# What the calendar starts when its row in SQL says so, and its usual time.
SCHEDULED = {"nights": "0 2 * * *"}

STAGES: dict[RunKind, tuple[str, ...]] = {
    RunKind.REGISTER: ("validate", "package", "deploy"),
    RunKind.COMPARE: ("generate", "measure", "bench", "publish"),
    RunKind.NIGHT: ("generate", "measure", "bench", "publish", "night"),
    RunKind.LOAD: ("load",),
}

CHUNK = 24  # cells of one generate step: small enough to cancel, large enough to keep an endpoint busy
WINDOW = 4  # steps sent ahead: twice the slots, so that order and cancelling stay decisions of SQL


def pause_s(attempts: int) -> float:
    """Seconds before the next attempt, after `attempts` failed ones: 1, 2, 4 … 60."""
    return float(min(60, 2 ** max(0, attempts - 1)))


def chunk_subject(column: int, first: int, last: int) -> str:
    """`column` of a comparison, positions first ≤ p < last of its revision."""
    return f"c{column}:{first}-{last}"


def parse_chunk(subject: str) -> tuple[int, int, int]:
    column, _, span = subject.removeprefix("c").partition(":")
    first, _, last = span.partition("-")
    return int(column), int(first), int(last)


def column_subject(column: int) -> str:
    return f"c{column}"


def parse_column(subject: str) -> int:
    return int(subject.removeprefix("c"))
