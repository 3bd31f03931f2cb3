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
    FAILED = "failed"


class OutputState(StrEnum):
    DONE = "done"
    ERROR = "error"


class RunKind(StrEnum):
    REGISTER = "register"
    COMPARE = "compare"
    NIGHT = "night"
    BENCH = "bench"


class RunState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Number:
    """How a number is called in MLflow, on a page, and which direction is better."""

    key: str
    label: str
    unit: str
    lower_is_better: bool | None


# label and key of every column measurement; the key is the only spelling in MLflow and in `measurement.metric`.
MEASUREMENTS = {
    number.key: number
    for number in (
        Number("fid", "FID", "", True),
        Number("fd_standin", "FD (stand-in)", "", True),
        Number("kid", "KID", "×10³", True),
        Number("kid_standin", "KID (stand-in)", "×10³", True),
        Number("latency_p50_ms", "p50", "ms", True),
        Number("latency_p90_ms", "p90", "ms", True),
        Number("cpu_ratio", "CPU to first column", "×", True),
        Number("archive_bytes", "size", "bytes", True),
        Number("worker_rss_bytes", "memory", "bytes", True),
        Number("int8_share", "multiply-adds in INT8", "%", None),
        Number("psnr_twin", "PSNR to FP32", "dB", False),
        Number("difference_twin_max", "largest difference to FP32", "of 255", True),
    )
}
