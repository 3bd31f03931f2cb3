"""On a real studio: registering in the terminal, what failed, and a full endpoint."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load, save

from studio.queries.endpoints import hosts
from studio.services import endpoints
from tests.e2e.test_engineer import RUN_S, WEIGHTS, _misshapen, filled, last
from tests.servers.demo import Demo
from tests.servers.studio import HOME

pytestmark = pytest.mark.timeout(600)

log = logging.getLogger(__name__)


def versions_command(demo: Demo, verb: str, *words: object) -> subprocess.CompletedProcess[str]:
    """`studio versions VERB GROUP …`, which may wait for a whole registration."""
    return subprocess.run(
        [sys.executable, "-m", "studio", "versions", verb, demo.group.slug, *map(str, words)],
        cwd=HOME,
        env=demo.studio.environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def _another() -> bytes:
    tensors = load((WEIGHTS / "v1/se-unet.safetensors").read_bytes())
    return save({name: each * 1.001 if each.ndim == 4 else each for name, each in tensors.items()})


def test_a_checkpoint_is_registered_in_the_terminal_and_followed_until_it_is_compared(
    demo: Demo, tmp_path: Path
) -> None:
    (tmp_path / "w.safetensors").write_bytes(_another())
    done = versions_command(
        demo, "register", tmp_path / "w.safetensors", "--name", "by hand", "--parent", "v1", "--param", "scale=1.001",
        "--wait", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    walk = json.loads(done.stdout)
    assert {stop["state"] for stop in walk["stops"]} == {"done"}
    assert 0 < walk["ready"] < walk["compared"]
    assert walk["comparison_name"].startswith("by hand against ")
    log.info("register to ready %.1f s, to compared %.1f s", walk["ready"], walk["compared"])


def test_what_failed_is_tried_again_put_away_and_may_come_back(demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "misshapen.safetensors"
    file.write_bytes(_misshapen())
    words = (file, "--name", "put away", "--parent", "v1", "--wait")
    done = versions_command(demo, "register", *words)
    assert done.returncode == 1
    if "already" not in done.stderr:  # test_engineer registers the same file when it runs before
        assert " instead of (" in done.stdout
    name = "misshapen" if "misshapen already" in done.stderr else "put away"
    assert versions_command(demo, "retry", name, "--wait").returncode == 1
    assert versions_command(demo, "withdraw", name).returncode == 0
    done = versions_command(demo, "register", *words)
    assert done.returncode == 1
    assert " instead of (" in done.stdout


def test_an_evicted_version_comes_back_when_a_run_needs_it(demo: Demo) -> None:
    with demo.writing() as (session, person):
        host = hosts(session)[0]
        largest = max(row.rss for row in host.rows)
        endpoints.set_budget(session, person, host.id, int(1.5 * largest))
    demo.wait(lambda: _resident(demo) == 1, RUN_S)
    few = demo.compare("evicted", demo.columns(demo.comparison), last(demo, 2))
    demo.press(few, "/run", again="1")
    filled(demo, few)
    assert len(demo.files(few)) == 4
    with demo.writing() as (session, person):
        endpoints.set_budget(session, person, host.id, host.budget)


def _resident(demo: Demo) -> int:
    with demo.reading() as session:
        return hosts(session)[0].loaded
