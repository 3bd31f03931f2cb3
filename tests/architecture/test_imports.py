import json
import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import HOME

HEAVY = {
    "torch", "torchvision", "mlflow", "openvino", "nncf", "cv2", "scipy", "skimage", "pandas", "safetensors",
    "torch_fidelity", "ts", "matplotlib",
}  # fmt: skip
# The pages ask for work by a row; only the relay rings, so a page needs no Celery either.
WORK = {"celery", "kombu", "billiard", "redbeat", "workers"}


def loaded(statement: str, folder: Path) -> set[str]:
    """The top-level modules of a fresh interpreter after a statement."""
    ask = (
        f"{statement}; import json, sys; print(json.dumps(sorted({{n.split('.')[0] for n in sys.modules}})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=HOME,
        env={**os.environ, "STUDIO_VAR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_import_contracts_are_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    done = subprocess.run(
        command, cwd=HOME, env={**os.environ, "PYTHONPATH": "."}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_the_web_process_loads_nothing_heavy_and_nothing_of_the_workers(tmp_path: Path) -> None:
    found = loaded("from studio.app import create_app; create_app()", tmp_path)
    assert found & (HEAVY | WORK) == set()
    assert "flask" in found


def test_the_relay_loads_celery_and_nothing_heavy(tmp_path: Path) -> None:
    found = loaded("from studio.cli import relay", tmp_path)
    assert found & HEAVY == set()
    assert "celery" in found
    assert "workers" not in found


def test_the_manifest_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    found = loaded("import model_store.manifest", tmp_path)
    assert found & (HEAVY | WORK | {"numpy", "PIL", "pydantic"}) == set()
