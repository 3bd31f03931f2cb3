import subprocess
import sys

from studio.domain.vocabulary import MEASUREMENTS
from workers.metrics.registry import CELL_METRICS, COLUMN_METRICS, HAIR_METRICS


def test_every_key_is_there_once() -> None:
    keys = [metric.key for metric in (*CELL_METRICS, *HAIR_METRICS)] + [
        key for metric in COLUMN_METRICS for key in (metric.key, metric.standin_key)
    ]
    assert len(keys) == len(set(keys))


def test_every_column_metric_has_its_words_and_the_same_direction() -> None:
    for metric in COLUMN_METRICS:
        for key in (metric.key, metric.standin_key):
            assert MEASUREMENTS[key].lower_is_better == (metric.better == "lower")


def test_reading_the_list_loads_no_torch() -> None:
    seen = "import sys, workers.metrics.registry; print([m for m in ('torch', 'mlflow') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", seen], text=True).strip() == "[]"
