"""The closed lists of words that tables, pages, API and workers share, and the names of numbers."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    PLANNER = "planner"
    ENGINEER = "engineer"
    ADMIN = "admin"


class SampleKind(StrEnum):
    PHOTO = "photo"
    SEED = "seed"
    CLIP = "clip"


class Purpose(StrEnum):
    COMPARE = "compare"
    CALIBRATE = "calibrate"
    REFERENCE = "reference"
    NIGHT = "night"
    HOLDOUT = "holdout"


# Which sets a group may use for what. Photos that are compared must not have set the ranges of INT8.
SUITS: dict[Purpose, frozenset[Purpose]] = {
    Purpose.COMPARE: frozenset({Purpose.COMPARE, Purpose.NIGHT, Purpose.HOLDOUT}),
    Purpose.CALIBRATE: frozenset({Purpose.CALIBRATE}),
    Purpose.REFERENCE: frozenset({Purpose.REFERENCE}),
    Purpose.NIGHT: frozenset({Purpose.NIGHT, Purpose.COMPARE}),
}


class TagOrigin(StrEnum):
    PERSON = "person"
    RULE = "rule"


class Lane(StrEnum):
    REALTIME = "realtime"
    POSTEDIT = "postedit"


class VersionState(StrEnum):
    DRAFT = "draft"
    SERVING = "serving"
    APPROVED = "approved"
    RETIRED = "retired"


class ParentKind(StrEnum):
    NONE = "none"
    BRANCH = "branch"
    SWAP = "swap"


class Precision(StrEnum):
    FP32 = "fp32"
    INT8 = "int8"


class VariantState(StrEnum):
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class EndpointKind(StrEnum):
    TORCHSERVE = "torchserve"


class DeploymentState(StrEnum):
    LOADING = "loading"
    LOADED = "loaded"
    UNLOADING = "unloading"
    UNLOADED = "unloaded"  # known, with what its last load took
    FAILED = "failed"


class OutputState(StrEnum):
    DONE = "done"
    ERROR = "error"


class Fill(StrEnum):
    """Which cells without a picture a run makes."""

    ALL = ""
    FAILED = "failed"
    MISSING = "missing"


class RunKind(StrEnum):
    REGISTER = "register"
    COMPARE = "compare"
    NIGHT = "night"
    BENCH = "bench"
    LOAD = "load"  # have an archive on an endpoint, or not


class RunState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


OPEN_RUNS = (RunState.PENDING, RunState.RUNNING)


class StepState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


OPEN_STEPS = (StepState.PENDING, StepState.SENT, StepState.RUNNING)


class NightState(StrEnum):
    RUNNING = "running"
    OK = "ok"
    REGRESSION = "regression"
    UNTRUSTED = "untrusted"  # or incomplete: no verdict


@dataclass(frozen=True)
class Number:
    """How a number is called in MLflow, on a page, and which direction is better."""

    key: str
    label: str
    unit: str
    lower_is_better: bool | None


# Label and key of every number of a column; the key is its only spelling, in MLflow and in `measurement.metric`.
# A row with `against_variant_id` holds the paired difference of the same metric; `*_p` is its p-value.
MEASUREMENTS = {
    number.key: number
    for number in (
        Number("fid", "FID", "", lower_is_better=True),
        Number("fid_p", "FID, p of the difference", "", lower_is_better=None),
        Number("fid_floor", "FID of the reference set with itself", "", lower_is_better=None),
        Number("kid", "KID", "", lower_is_better=True),
        Number("fd_standin", "FD (stand-in)", "", lower_is_better=True),
        Number("fd_standin_p", "FD (stand-in), p of the difference", "", lower_is_better=None),
        Number(
            "fd_standin_floor", "FD (stand-in) of the reference set with itself", "", lower_is_better=None
        ),
        Number("kid_standin", "KID (stand-in)", "", lower_is_better=True),
        Number("latency_p50_ms", "p50", "ms", lower_is_better=True),
        Number("latency_p90_ms", "p90", "ms", lower_is_better=True),
        Number("cpu_ms", "CPU time", "ms", lower_is_better=True),
        Number("cpu_ratio", "CPU time to the first column", "×", lower_is_better=True),
        Number("latency_trusted", "machine undisturbed", "", lower_is_better=None),
        Number("archive_bytes", "size", "bytes", lower_is_better=True),
        Number("worker_rss_bytes", "memory", "bytes", lower_is_better=True),
        Number("int8_share", "multiply-adds in INT8", "", lower_is_better=None),
        Number("hair_changed", "photos with changed hair", "", lower_is_better=None),
        Number("rest_changed", "change outside the hair", "%", lower_is_better=True),
        Number("psnr_twin", "PSNR to FP32", "dB", lower_is_better=False),
        Number("difference_twin_max", "largest difference to FP32", "of 255", lower_is_better=True),
    )
}
