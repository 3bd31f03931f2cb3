"""Weights, manifest and precision become one archive for TorchServe; the same input gives the same bytes."""

import hashlib
import json
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import openvino as ov

from model_store import checkpoint, child, handler, parity, quantize
from model_store.child import ChildFailed, Limits
from model_store.errors import PackageError
from model_store.inputs import CHOICES
from model_store.manifest import Manifest

Precision = Literal["fp32", "int8"]
LEAST_INT8_SHARE = 0.8
LEAST_PSNR = {"fp32": 100.0, "int8": 30.0}
"""dB to eager FP32; below it the graph is another model, not a variant."""
NAME_LENGTH = 12
LIMITS = Limits(seconds=300, memory_bytes=8 << 30, file_bytes=2 << 30, open_files=256)
YEAR_ZERO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Archive:
    """A built `.mar`.

    Attributes:
        path: the file, named by the model name.
        sha256: of the file; its first 12 digits are the model name on every endpoint.
        recipe: all that decides the bytes beside weights and manifest.
        recipe_sha256: of the recipe's canonical JSON.
        int8_share: of the convolutions' multiply-adds, 0…1, on the CPU that built it; None for FP32.
        psnr_to_eager: in dB on a few calibration photos.
        calibrating_s: seconds that calibration took; 0 for FP32.
    """

    path: Path
    sha256: str
    size_bytes: int
    recipe: dict[str, Any]
    recipe_sha256: str
    int8_share: float | None
    psnr_to_eager: float
    calibrating_s: float

    @property
    def model_name(self) -> str:
        """What endpoints call it."""
        return self.sha256[:NAME_LENGTH]


def build(
    weights: Path, manifest: Manifest, precision: Precision, calibration: Sequence[bytes], out: Path
) -> Archive:
    """Export, quantize where asked, check and pack, in a child that gives its memory back.

    Args:
        calibration: encoded photos that nobody compares later; FP32 is only checked on them.
        out: folder that receives `<model name>.mar`, whole or not at all.

    Raises:
        PackageError: the graph is not what it should be, or the child failed (its traceback is in the error).
        CheckpointError: never here; run `checkpoint.dry_run` before.
    """
    if not calibration:
        raise PackageError("There are no calibration photos.", "Give the group a calibrate set first.")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".build-") as folder:
        photos = [Path(folder, f"{number:05}.photo") for number in range(len(calibration))]
        for path, body in zip(photos, calibration, strict=True):
            path.write_bytes(body)
        argument = {"weights": str(weights.resolve()), "manifest": manifest.to_dict(), "precision": precision}
        argument["photos"] = [str(path.resolve()) for path in photos]
        argument["folder"] = str(Path(folder).resolve())
        try:
            made = child.run("model_store.package:make", argument, LIMITS)
        except ChildFailed as error:
            raise PackageError(error.message, error.hint, error.traceback) from None
        path = out / f"{made['sha256'][:NAME_LENGTH]}.mar"
        Path(folder, "model.mar").replace(path)
    return Archive(**made | {"path": path})


def make(
    weights: str, manifest: dict[str, Any], precision: Precision, photos: list[str], folder: str
) -> dict[str, Any]:
    """The child's side of `build`: writes `folder/model.mar`."""
    contract = Manifest.from_dict(manifest)
    bodies = [Path(path).read_bytes() for path in photos]
    network = checkpoint.load(Path(weights), contract)
    graph = quantize.export(network, contract)
    begun = time.monotonic()
    if precision == "int8":
        graph = quantize.quantize(graph, bodies, contract)
    calibrating_s = time.monotonic() - begun
    closeness = parity.psnr(network, graph, bodies, contract)
    if closeness < LEAST_PSNR[precision]:
        said = f"The {precision.upper()} graph differs from the checkpoint: {closeness:.1f} dB"
        raise PackageError(
            f"{said}, at least {LEAST_PSNR[precision]:.0f} wanted.", "Calibrate on more photos."
        )
    xml = Path(folder, "model.xml")
    ov.save_model(graph, xml, compress_to_fp16=False)
    archive = pack(xml, contract, Path(folder, "model.mar"))
    share = prove(archive, precision)
    recipe = _recipe(precision, bodies)
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    canonical = json.dumps(recipe, sort_keys=True, separators=(",", ":"))
    return asdict(
        Archive(
            path=archive,
            sha256=sha256,
            size_bytes=archive.stat().st_size,
            recipe=recipe,
            recipe_sha256=hashlib.sha256(canonical.encode()).hexdigest(),
            int8_share=share if precision == "int8" else None,
            psnr_to_eager=closeness,
            calibrating_s=calibrating_s,
        )
    ) | {"path": str(archive)}


def _recipe(precision: Precision, calibration: list[bytes]) -> dict[str, Any]:
    recipe: dict[str, Any] = {"precision": precision, "backend": "openvino", "openvino": version("openvino")}
    recipe |= {"torch": version("torch"), "handler_sha256": hashlib.sha256(_handler()).hexdigest()}
    if precision == "fp32":
        return recipe
    sums = [hashlib.sha256(body).hexdigest() for body in calibration]
    together = hashlib.sha256("".join(sums).encode()).hexdigest()
    recipe |= {"nncf": version("nncf"), "preset": "mixed", "fp32_after": "last spatial convolution"}
    recipe["calibration"] = {"photos": len(sums), "sha256": together, "settings_per_photo": CHOICES}
    return recipe


def _handler() -> bytes:
    return Path(handler.__file__).read_bytes()


def pack(xml: Path, manifest: Manifest, path: Path) -> Path:
    """Write a `.mar` by hand; torch-model-archiver would write the time of day into it."""
    serving = {
        "createdOn": "01/01/1980 00:00:00",
        "runtime": "python",
        "archiverVersion": version("torchserve"),
        "model": {
            "modelName": manifest.family,
            "serializedFile": "model.xml",
            "handler": "handler.py",
            "modelVersion": "1.0",
        },
    }
    files = {
        "MAR-INF/MANIFEST.json": json.dumps(serving, sort_keys=True).encode(),
        "handler.py": _handler(),
        "manifest.json": manifest.to_json().encode(),
        "model.bin": xml.with_suffix(".bin").read_bytes(),
        "model.xml": xml.read_bytes(),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as mar:
        for name, body in sorted(files.items()):
            mar.writestr(zipfile.ZipInfo(name, YEAR_ZERO), body)
    return path


def prove(archive: Path, precision: Precision) -> float:
    """Share of convolution work that runs in INT8 on this CPU, 0…1.

    Raises:
        PackageError: too little for INT8, or any at all under the name FP32.
    """
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive) as mar:
        for name in ("model.xml", "model.bin"):
            Path(folder, name).write_bytes(mar.read(name))
        share = quantize.int8_share(ov.Core().read_model(Path(folder, "model.xml")))
    if precision == "int8" and share < LEAST_INT8_SHARE:
        said = (
            f"Only {share:.0%} of the convolutions' work runs in INT8, at least {LEAST_INT8_SHARE:.0%} wanted"
        )
        raise PackageError(f"{said}: this archive is not INT8.", "Build it again from the checkpoint.")
    if precision == "fp32" and share > 0:
        raise PackageError(f"{share:.0%} of the work runs in INT8 under the name FP32.", "Build it again.")
    return share
