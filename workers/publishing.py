"""The only writer to MLflow: one MLflow run a column, written so often as it takes, there once."""

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from studio.domain.statistics import Estimate, Fact
from studio.errors import StudioError, TrackingUnavailable

if TYPE_CHECKING:
    from mlflow import MlflowClient

KEY = "studio.key"
TABLE = "cell_values.csv"

# MLflow's own defaults wait up to two minutes and try seven times; trying again is the step's business.
CLIENT_SETTINGS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


class TrackingRefused(StudioError):
    """MLflow answered that it will never accept this record."""

    status = 422


def publish(  # noqa: PLR0913, PLR0917 – one record, each part named once
    tracking_uri: str,
    experiment: str,
    key: str,
    tags: Mapping[str, str],
    metrics: Mapping[str, Estimate | Fact],
    table: Sequence[Mapping[str, object]] | None,
    at_ms: int,
) -> str:
    """Write `metrics` and the table of cell values to the one MLflow run tagged `studio.key` = `key`.

    Killed anywhere and called again with the same arguments it ends in the same record: the run is looked
    for before it is made, and points of equal time and value are one point. Other metrics already there
    stay. `at_ms`: when the numbers were measured, ms since 1970.

    Returns the mlflow_run_id. Raises TrackingUnavailable (try again) or TrackingRefused.
    """
    with _named_errors(tracking_uri):
        client = _client(tracking_uri)
        mlflow_run_id = _run(client, _experiment(client, experiment), key, at_ms)
        _record(client, mlflow_run_id, tags, metrics, at_ms)
        if table:
            client.log_text(mlflow_run_id, _csv(table), TABLE)
        client.set_terminated(mlflow_run_id, "FINISHED", end_time=at_ms)
        return mlflow_run_id


def _client(tracking_uri: str) -> "MlflowClient":
    for name, value in CLIENT_SETTINGS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient  # 2 s and 130 MB, only for the process that publishes

    return MlflowClient(tracking_uri, registry_uri=tracking_uri)


def _experiment(client: "MlflowClient", name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException as error:
            found = client.get_experiment_by_name(name)  # another worker was first
            if found is None:
                raise error from None
    return str(found.experiment_id)


def _run(client: "MlflowClient", experiment_id: str, key: str, at_ms: int) -> str:
    found = _runs(client, experiment_id, key)
    if not found:
        client.create_run(experiment_id, start_time=at_ms, tags={KEY: key}, run_name=key)
        # A worker that was stopped and overtaken may have made a second one in between.
        found = _runs(client, experiment_id, key)
    for doubled in found[1:]:
        client.delete_run(doubled)
    return found[0]


def _runs(client: "MlflowClient", experiment_id: str, key: str) -> list[str]:
    """Runs of this key in an order that all workers agree on."""
    found = client.search_runs([experiment_id], f"tags.`{KEY}` = '{key}'")
    return sorted(run.info.run_id for run in found)


def _record(
    client: "MlflowClient",
    mlflow_run_id: str,
    tags: Mapping[str, str],
    metrics: Mapping[str, Estimate | Fact],
    at_ms: int,
) -> None:
    from mlflow.entities import Metric, RunTag

    points = [Metric(name, value, at_ms, 0) for name, value in _flat(metrics)]
    client.log_batch(mlflow_run_id, metrics=points, tags=[RunTag(*tag) for tag in tags.items()])


def _flat(metrics: Mapping[str, Estimate | Fact]) -> Iterator[tuple[str, float]]:
    """MLflow keys: the value under the metric's name, an estimate's interval beside it."""
    for name, number in metrics.items():
        yield name, number.value
        if isinstance(number, Estimate):
            yield from ((f"{name}.low", number.low), (f"{name}.high", number.high), (f"{name}.n", number.n))


def _csv(table: Sequence[Mapping[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


@contextmanager
def _named_errors(tracking_uri: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException
    from requests import RequestException

    try:
        yield
    except (MlflowException, RequestException) as error:
        status = error.get_http_status_code() if isinstance(error, MlflowException) else 503
        kind = TrackingRefused if 400 <= status < 500 and status not in {408, 429} else TrackingUnavailable
        raise kind(
            f"MLflow at {tracking_uri} did not take the numbers: {str(error)[:300]}",
            "The numbers are kept here; see whether MLflow runs with: studio status",
        ) from error
