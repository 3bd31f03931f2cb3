"""How the numbers of a column are spelled in MLflow, and read back: one run is one column of one revision.

`fd_standin` with `.low .high .n` beside it; a paired difference is `against/<archive>/fd_standin`.
Tags say by which fingerprint each number was made, so that the cache can be rebuilt from MLflow alone.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from studio.domain.fingerprint import canonical, sha
from studio.domain.statistics import Estimate, Fact

FINGERPRINTS = "studio.fingerprints"  # JSON: metric → first 12 of its fingerprint's hash
_PARTS = "studio.fingerprint."  # + those 12: the parts as JSON


@dataclass(frozen=True)
class Number:
    """One number of a column; `against` is the archive hash (first 12) of the other half of a difference."""

    metric: str
    value: Estimate | Fact
    fingerprint: Mapping[str, object]
    against: str = ""


def key(archive_sha: str, revision_sha: str, controls_sha: str, take_id: int) -> str:
    """The name under which a column's numbers are published once, however often they are sent."""
    return f"{archive_sha[:12]}/{revision_sha[:12]}/{controls_sha[:12]}/{take_id}"


def metrics(numbers: Iterable[Number]) -> dict[str, Estimate | Fact]:
    return {_spelled(number.metric, number.against): number.value for number in numbers}


def tags(numbers: Iterable[Number]) -> dict[str, str]:
    found: dict[str, str] = {}
    by_metric = {}
    for number in numbers:
        short = sha(number.fingerprint)[:12]
        by_metric[_spelled(number.metric, number.against)] = short
        found[_PARTS + short] = canonical(number.fingerprint)
    return {FINGERPRINTS: canonical(by_metric), **found}


def read(values: Mapping[str, Estimate | Fact], tagged: Mapping[str, str]) -> list[Number]:
    """The numbers of a run; what has no fingerprint was not written by the studio and is left out."""
    by_metric: dict[str, str] = json.loads(tagged.get(FINGERPRINTS, "{}"))
    numbers = []
    for name, short in by_metric.items():
        parts = tagged.get(_PARTS + short)
        if name in values and parts is not None:
            against, metric = _parsed(name)
            numbers.append(Number(metric, values[name], json.loads(parts), against))
    return numbers


def _spelled(metric: str, against: str) -> str:
    return f"against/{against}/{metric}" if against else metric


def _parsed(name: str) -> tuple[str, str]:
    if not name.startswith("against/"):
        return "", name
    _, against, metric = name.split("/", 2)
    return against, metric
