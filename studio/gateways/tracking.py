"""MLflow as the pages read it: three small REST calls, never its client (180 MB and seconds to import)."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests

from studio.domain.statistics import Estimate, Fact
from studio.errors import TrackingUnavailable

KEY = "studio.key"
COMPANIONS = (".low", ".high", ".n")
PAGE = 1_000


@dataclass(frozen=True)
class Tracked:
    """What MLflow holds now of one column: the latest value of each metric, by name, and the tags."""

    mlflow_run_id: str
    metrics: dict[str, Estimate | Fact]
    tags: dict[str, str]


class Tracking(Protocol):
    def read(self, experiment: str, keys: Sequence[str]) -> dict[str, Tracked]:
        """The runs of these `studio.key`s in an experiment; a key that was never published is absent."""
        ...


@dataclass(frozen=True)
class NoTracking:
    """Tracking that holds nothing, or what a test gives it."""

    held: Mapping[str, Tracked] = field(default_factory=dict)

    def read(self, experiment: str, keys: Sequence[str]) -> dict[str, Tracked]:  # noqa: ARG002
        return {key: self.held[key] for key in keys if key in self.held}


@dataclass(frozen=True)
class MlflowTracking:
    """MLflow's REST at `address`; a read takes `limit_s` seconds at most, then raises TrackingUnavailable."""

    address: str
    limit_s: float = 2.0

    def read(self, experiment: str, keys: Sequence[str]) -> dict[str, Tracked]:
        """See Tracking. One look-up of the experiment's number, one search by the keys' common beginning."""
        if not keys:
            return {}
        end = time.monotonic() + self.limit_s
        wanted = set(keys)
        with requests.Session() as session:
            number = self._experiment(session, experiment, end)
            runs = self._search(session, number, keys, end) if number else []
        # Should a key be there twice for a moment, the writer keeps the run made first: it comes last here.
        runs.sort(key=lambda run: (int(run["info"]["start_time"]), str(run["info"]["run_id"])), reverse=True)
        tracked = (_tracked(run) for run in runs)
        return {one.tags[KEY]: one for one in tracked if one.tags.get(KEY) in wanted}

    def _experiment(self, session: requests.Session, name: str, end: float) -> str | None:
        answer = self._call(session, "GET", "experiments/get-by-name", end, params={"experiment_name": name})
        return str(answer["experiment"]["experiment_id"]) if answer else None

    def _search(
        self, session: requests.Session, number: str, keys: Sequence[str], end: float
    ) -> list[dict[str, Any]]:
        """MLflow's filters know neither IN nor OR for tags, so the keys' common beginning narrows the search."""
        query: dict[str, Any] = {
            "experiment_ids": [number],
            "filter": f"tags.`{KEY}` LIKE '{_beginning(keys)}%'",
            "max_results": PAGE,
        }
        runs: list[dict[str, Any]] = []
        while True:
            answer = self._call(session, "POST", "runs/search", end, json=query)
            runs += answer.get("runs", [])
            query["page_token"] = answer.get("next_page_token")
            if not query["page_token"]:
                return runs

    def _call(
        self, session: requests.Session, method: str, verb: str, end: float, **content: Any
    ) -> dict[str, Any]:
        """One answer as JSON, {} for "no such thing"; the time left is shared by connecting and reading."""
        left = end - time.monotonic()
        try:
            if left <= 0:
                raise requests.Timeout(f"no answer within {self.limit_s:g} s")
            url = f"{self.address.rstrip('/')}/api/2.0/mlflow/{verb}"
            answer = session.request(method, url, timeout=(left / 4, left * 3 / 4), **content)
            if answer.status_code == requests.codes.not_found:
                return {}
            answer.raise_for_status()
            return dict(answer.json())
        except (requests.RequestException, ValueError) as error:
            raise TrackingUnavailable(
                f"MLflow at {self.address} cannot be read: {error}",
                "The numbers shown are the last ones read. Start MLflow and load the page again.",
            ) from error


def _beginning(keys: Sequence[str]) -> str:
    first, last = min(keys), max(keys)
    return first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


def _tracked(run: Mapping[str, Any]) -> Tracked:
    values = {metric["key"]: float(metric["value"]) for metric in run["data"].get("metrics", [])}
    tags = {tag["key"]: str(tag["value"]) for tag in run["data"].get("tags", [])}
    metrics = {name: _number(name, values) for name in values if not name.endswith(COMPANIONS)}
    return Tracked(run["info"]["run_id"], metrics, tags)


def _number(name: str, values: Mapping[str, float]) -> Estimate | Fact:
    low, high, n = (values.get(name + companion) for companion in COMPANIONS)
    if low is None or high is None or n is None:
        return Fact(values[name])
    return Estimate(values[name], low, high, int(n))
