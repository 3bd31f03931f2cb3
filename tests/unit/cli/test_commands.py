import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from studio.__main__ import COMMANDS, main
from studio.cli import checks
from studio.services.health import NAMES
from studio.settings import settings

pytestmark = pytest.mark.usefixtures("studio_var")


def test_every_command_explains_itself() -> None:
    for name in COMMANDS:
        shown = CliRunner().invoke(main, [name, "--help"])
        assert shown.exit_code == 0, shown.output
        assert "Usage: studio" in shown.output


def test_every_command_check_and_service_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[3] / "docs/cli.md").read_text()
    found = checks.all_of(settings())
    for word in (*(f"studio {name}" for name in COMMANDS), *NAMES, *(check.name for check in found)):
        assert f"`{word}" in manual, word


def test_status_of_a_stopped_studio_is_complete_and_not_ready() -> None:
    shown = CliRunner().invoke(main, ["status", "--json"])
    assert shown.exit_code == 1
    found = json.loads(shown.output)
    assert found["ready"] is False
    assert {each["state"] for each in found["services"]} == {"stopped"}
    assert all(each["pid"] is None and each["rss_bytes"] == 0 for each in found["services"])


def test_doctor_answers_in_its_documented_form() -> None:
    found = json.loads(CliRunner().invoke(main, ["doctor", "--json"]).output)
    assert set(found) == {"ok", "checks"}
    for check in found["checks"]:
        assert set(check) == {"name", "state", "says", "do"}
        assert check["state"] in {"ok", "warn", "fail"}


def test_status_loads_nothing_heavy() -> None:
    script = "import sys, studio.cli.status; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"torch", "mlflow", "celery", "flask", "rich"} & set(loaded.stdout.split())


def test_down_without_a_studio_is_no_error() -> None:
    shown = CliRunner().invoke(main, ["down"])
    assert (shown.exit_code, shown.output) == (0, "Nothing of the studio runs here.\n")
