# ruff: noqa: T201 a benchmark prints
"""What TorchServe costs beside the same graph in this process, and what INT8 saves; one client, one thread.

Interleaved rounds in random order. On a busy machine the least times and the CPU times say more than medians;
CPU time is the handler's own where TorchServe answers, so what TorchServe adds is in the wall times only.
"""

import json
import os
import random
import statistics
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from model_store.handler import Model, choose, decode, fill
from studio.db.versions import Variant
from studio.gateways import photos
from studio.gateways.serving import Answer
from studio.services import sets
from tests.servers.demo import Demo
from workers.metrics.registry import cell_values

ROUNDS, WARM_UPS = 80, 3

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


@dataclass
class Times:
    """Milliseconds of one kind of call, by round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def interleaved(work: dict[str, Callable[[], object]]) -> dict[str, Times]:
    """One of each a round."""
    found = {name: Times() for name in work}
    rng = random.Random(0)
    for number in range(WARM_UPS + ROUNDS):
        for name in rng.sample(sorted(work), len(work)):
            begun, cpu = time.perf_counter(), time.process_time()
            answer = work[name]()
            wall, own = (time.perf_counter() - begun) * 1e3, (time.process_time() - cpu) * 1e3
            if number >= WARM_UPS:
                found[name].wall.append(wall)
                found[name].cpu.append(answer.cpu_ms if isinstance(answer, Answer) else own)
    return found


def ratio(found: dict[str, Times], above: str, below: str) -> None:
    over, under = found[above], found[below]
    medians = statistics.median(over.wall) / statistics.median(under.wall)
    paired = statistics.median(a / b for a, b in zip(over.wall, under.wall, strict=True))
    least, cpu = min(over.wall) / min(under.wall), statistics.median(over.cpu) / statistics.median(under.cpu)
    print(
        f"  {above + ' ÷ ' + below:<40} medians {medians:.2f}  paired {paired:.2f}"
        f"  least {least:.2f}  CPU {cpu:.2f}"
    )


def test_what_serving_costs_beside_the_bare_graph(demo: Demo, tmp_path: Path) -> None:
    columns = demo.columns(demo.comparison)
    with demo.reading() as session:
        photo = sets.smallest_photo(session, demo.storage, columns[0].revision_id)
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
    for name, each in found.items():
        p50, cpu = statistics.median(each.wall), statistics.median(each.cpu)
        print(f"  {name:<24} p50 {p50:6.1f} ms  least {min(each.wall):6.1f} ms  CPU {cpu:6.1f} ms")
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
