import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.domain.pipeline import PERIODIC, SCHEDULED, STAGES, STEPS, WINDOW
from tests.architecture.sources import HOME

ASK = """
import json
from workers.celery_app import app
from workers.step import TASKS
print(json.dumps({
    "registered": sorted(TASKS),
    "celery": {name: task.queue for name, task in app.tasks.items() if not name.startswith("celery.")},
}))
"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a worker process knows; asked in a process of its own, because it loads heavy libraries."""
    env = {**os.environ, "STUDIO_VAR": str(tmp_path_factory.mktemp("var"))}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=HOME, env=env, capture_output=True, text=True, check=True
    )
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_step_has_a_task_and_every_task_is_a_step(worker: dict[str, object]) -> None:
    assert worker["registered"] == sorted(STEPS)


def test_celery_knows_every_step_and_sends_it_to_its_queue(worker: dict[str, object]) -> None:
    steps = {name: kind.queue for name, kind in STEPS.items()}
    assert worker["celery"] == steps | dict.fromkeys([*PERIODIC, *SCHEDULED], "work")


def test_every_step_has_a_file_of_its_own_name() -> None:
    files = {path.stem for path in Path(HOME / "workers/tasks").glob("*.py")} - {"__init__"}
    assert files == set(STEPS) | set(PERIODIC) | set(SCHEDULED)


def test_stages_name_only_known_steps_and_each_once() -> None:
    for stages in STAGES.values():
        assert set(stages) <= set(STEPS)
        assert len(set(stages)) == len(stages)
    assert {name for stages in STAGES.values() for name in stages} == set(STEPS)


def test_every_kind_of_step_may_start_and_may_fail() -> None:
    for kind in STEPS.values():
        assert 1 <= kind.at_once <= WINDOW
        assert kind.attempts > 1
        assert kind.lease_s >= 5
        assert not kind.alone or kind.at_once == 1
