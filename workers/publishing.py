"""The only writer to MLflow: one MLflow run a column, written as often as it takes, there once.

Import it only where numbers are published: MLflow's client takes 2 s and 130 MB.
"""

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from requests import RequestException

from studio.domain.statistics import Estimate, Fact
from studio.errors import StudioError, TrackingUnavailable

# Before the import, which starts MLflow's telemetry. By itself it waits two minutes and tries seven times;
# here trying again is the step's business.
for name, value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}.items():
    os.environ.setdefault(name, value)

from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, RunTag  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

KEY = "studio.key"
TABLE = "cell_values.csv"


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
        client = MlflowClient(tracking_uri, registry_uri=tracking_uri)
        experiment_id = _experiment(client, experiment)
        mlflow_run_id = _run(client, experiment_id, key)
        try:
            _write(client, mlflow_run_id, tags, _points(metrics, at_ms), table)
        except MlflowException:
            if mlflow_run_id in _runs(client, experiment_id, key):
                raise
            # Another worker was a moment earlier and deleted what this one had made.
            mlflow_run_id = _run(client, experiment_id, key)
            _write(client, mlflow_run_id, tags, _points(metrics, at_ms), table)
        return mlflow_run_id


def _experiment(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException as error:
            found = client.get_experiment_by_name(name)  # another worker was first
            if found is None:
                raise error from None
    return str(found.experiment_id)


def _run(client: MlflowClient, experiment_id: str, key: str) -> str:
    found = _runs(client, experiment_id, key)
    if not found:
        client.create_run(experiment_id, tags={KEY: key}, run_name=key)
        # A worker that was stopped and overtaken may have made a second one in between.
        found = _runs(client, experiment_id, key)
    for doubled in found[1:]:
        client.delete_run(doubled)
    return found[0]


def _runs(client: MlflowClient, experiment_id: str, key: str) -> list[str]:
    """Runs of this key, the first made first, so that all workers agree which one stays."""
    found = client.search_runs([experiment_id], f"tags.`{KEY}` = '{key}'")
    return [run.info.run_id for run in sorted(found, key=lambda run: (run.info.start_time, run.info.run_id))]


def _write(
    client: MlflowClient,
    mlflow_run_id: str,
    tags: Mapping[str, str],
    points: list[Metric],
    table: Sequence[Mapping[str, object]] | None,
) -> None:
    client.log_batch(mlflow_run_id, metrics=points, tags=[RunTag(*tag) for tag in tags.items()])
    if table:
        client.log_text(mlflow_run_id, _csv(table), TABLE)
    client.set_terminated(mlflow_run_id)


def _points(metrics: Mapping[str, Estimate | Fact], at_ms: int) -> list[Metric]:
    return [Metric(key, number, at_ms, 0) for key, number in _flat(metrics)]


def _flat(metrics: Mapping[str, Estimate | Fact]) -> Iterator[tuple[str, float]]:
    """MLflow keys: the value under the metric's name, an estimate's interval beside it."""
    for key, number in metrics.items():
        yield key, number.value
        if isinstance(number, Estimate):
            yield from ((f"{key}.low", number.low), (f"{key}.high", number.high), (f"{key}.n", number.n))


def _csv(table: Sequence[Mapping[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


@contextmanager
def _named_errors(tracking_uri: str) -> Iterator[None]:
    try:
        yield
    except (MlflowException, RequestException) as error:
        status = error.get_http_status_code() if isinstance(error, MlflowException) else 503
        kind = TrackingRefused if 400 <= status < 500 and status not in {408, 429} else TrackingUnavailable
        raise kind(
            f"MLflow at {tracking_uri} did not take the numbers: {str(error)[:300]}",
            "The numbers are kept here; see whether MLflow runs with: studio status",
        ) from error
