# ruff: noqa: T201 a benchmark prints
"""What TorchServe costs beside the same graph in this process, and what INT8 saves; one client, one thread.

Interleaved rounds in random order; ratios of medians, and medians of the ratios within a round, which a
busy machine disturbs less.
"""

import json
import os
import random
import statistics
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model_store.handler import Model, choose, decode, fill
from studio.db.versions import Variant
from studio.gateways import photos
from studio.services import samples
from tests.servers.demo import Demo
from workers.metrics.registry import cell_values

ROUNDS, WARM_UPS = 40, 3

pytestmark = pytest.mark.timeout(600)


def bare(
    folder: Path, archive: Path, photo: bytes, controls: dict[str, object]
) -> dict[str, Callable[[], object]]:
    """The archive's graph in this process: the network alone, and with reading and writing of the files."""
    with zipfile.ZipFile(archive) as mar:
        mar.extractall(folder)
    model = Model(folder)
    fill(model.planes, decode(photo), choose(controls, model.attributes), model.range)
    planes, header = model.planes.copy(), {"x-studio-controls": json.dumps(controls)}
    return {
        "model": lambda: model.request.infer([planes], share_inputs=True),
        "model and files": lambda: model.answer(photo, header),
    }


def interleaved(work: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Milliseconds of each call, one of each a round."""
    found: dict[str, list[float]] = {name: [] for name in work}
    rng = random.Random(0)
    for number in range(WARM_UPS + ROUNDS):
        for name in rng.sample(sorted(work), len(work)):
            begun = time.perf_counter()
            work[name]()
            if number >= WARM_UPS:
                found[name].append((time.perf_counter() - begun) * 1e3)
    return found


def ratio(found: dict[str, list[float]], above: str, below: str) -> None:
    medians = statistics.median(found[above]) / statistics.median(found[below])
    paired = statistics.median(a / b for a, b in zip(found[above], found[below], strict=True))
    print(f"  {above + ' ÷ ' + below:<52} {medians:.2f} of medians, {paired:.2f} paired")


def test_what_serving_costs_beside_the_bare_graph(demo: Demo, tmp_path: Path) -> None:
    columns = demo.columns(demo.comparison)
    with demo.reading() as session:
        photo = samples.smallest_photo(session, demo.storage, columns[0].revision_id)
        variants = [session.get_one(Variant, column.variant_id) for column in columns]
    work: dict[str, Callable[[], object]] = {}
    for variant, column in zip(variants, columns, strict=True):
        name, archive = variant.precision.value, demo.archive(column)
        alone = bare(tmp_path / name, demo.table.archives / f"{archive}.mar", photo, column.controls)
        work |= {f"{name} {what}": call for what, call in alone.items()}
        for kind, raw in (("served", False), ("served raw", True)):
            work[f"{name} {kind}"] = lambda a=archive, c=column.controls, r=raw: demo.serving.infer(
                a, photo, c, raw=r
            )
    before = os.getloadavg()[0]
    found = interleaved(work)
    print(f"\nserving, {photos.decode(photo).size} pixels, {ROUNDS} rounds, load {before:.1f}")
    for name, values in found.items():
        print(f"  {name:<24} p50 {statistics.median(values):8.1f} ms   least {min(values):8.1f} ms")
    for name in ("fp32", "int8"):
        for kind in ("served", "served raw"):
            ratio(found, f"{name} {kind}", f"{name} model")
        ratio(found, f"{name} served", f"{name} model and files")
    for kind in ("model", "served", "served raw"):
        ratio(found, f"int8 {kind}", f"fp32 {kind}")
    print(f"  INT8 share of multiply-adds {(variants[1].parity or {})['int8_share']:.3f}")
    print(f"  PSNR to FP32 {statistics.mean(psnr(demo)):.1f} dB, least {min(psnr(demo)):.1f} dB")


def psnr(demo: Demo) -> list[float]:
    """Of the INT8 pictures to the FP32 ones, dB."""
    files = demo.files(demo.comparison)
    pictures = {at: np.asarray(photos.decode(demo.storage.get(sha))) for at, sha in files.items()}
    rows = sorted({row for _, row in pictures})
    return [cell_values(pictures[1, row], pictures[0, row])["psnr"] for row in rows]
