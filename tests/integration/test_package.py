import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

import model_store
from model_store import package
from model_store.checkpoint import dry_run
from model_store.errors import PackageError
from model_store.manifest import Manifest
from samples.pictures import files, read

DEMO = Path(model_store.__file__).parent / "demo" / "v1"
WEIGHTS = DEMO / "se-unet.safetensors"


@pytest.fixture(scope="module")
def manifest():
    return Manifest.from_json((DEMO / "manifest.json").read_bytes())


@pytest.fixture(scope="module")
def calibration():
    return [read(file).data for file in files("calibrate")[:12]]


@pytest.fixture(scope="module", params=["fp32", "int8"])
def archive(request, manifest, calibration, tmp_path_factory):
    return package.build(WEIGHTS, manifest, request.param, calibration, tmp_path_factory.mktemp("first"))


def test_the_demo_checkpoint_is_small_and_passes_its_dry_run(manifest):
    assert WEIGHTS.stat().st_size < 3_000_000
    assert dry_run(WEIGHTS, manifest).output_shape == (1, 3, 256, 256)


def test_another_process_folder_and_day_give_the_same_bytes(archive, manifest, calibration, tmp_path):
    moved = tmp_path / "weights of another name"
    shutil.copy(WEIGHTS, moved)
    os.utime(moved, (0, 0))
    again = package.build(moved, manifest, archive.recipe["precision"], calibration, tmp_path / "other")
    assert again.sha256 == archive.sha256
    assert again.path.read_bytes() == archive.path.read_bytes()
    assert again.recipe_sha256 == archive.recipe_sha256


def test_an_archive_holds_data_our_handler_and_no_day(archive):
    with zipfile.ZipFile(archive.path) as mar:
        assert mar.namelist() == sorted(mar.namelist())
        assert {entry.date_time for entry in mar.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert set(mar.namelist()) == {
            "MAR-INF/MANIFEST.json",
            "handler.py",
            "manifest.json",
            "model.bin",
            "model.xml",
        }
        assert json.loads(mar.read("MAR-INF/MANIFEST.json"))["model"]["handler"] == "handler.py"
    assert archive.path.name == f"{archive.model_name}.mar"


def test_the_graph_stays_close_to_the_eager_network(archive):
    assert archive.psnr_to_eager >= (40 if archive.recipe["precision"] == "int8" else 100)


def test_int8_really_runs_in_int8_and_fp32_under_its_name_is_refused(archive):
    if archive.recipe["precision"] == "int8":
        assert archive.int8_share >= package.LEAST_INT8_SHARE
        with pytest.raises(PackageError, match="under the name FP32"):
            package.prove(archive.path, "fp32")
    else:
        assert archive.int8_share is None
        with pytest.raises(PackageError, match="not INT8"):
            package.prove(archive.path, "int8")


def test_a_failed_build_leaves_nothing_half_written(manifest, calibration, tmp_path):
    broken = tmp_path / "broken"
    broken.write_bytes(WEIGHTS.read_bytes()[:-10])
    with pytest.raises(PackageError, match="10 bytes are missing"):
        package.build(broken, manifest, "fp32", calibration, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_without_calibration_photos_nothing_is_built(manifest, tmp_path):
    with pytest.raises(PackageError, match="no calibration photos"):
        package.build(WEIGHTS, manifest, "int8", [], tmp_path)
