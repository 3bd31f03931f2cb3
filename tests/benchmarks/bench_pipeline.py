# ruff: noqa: T201 a benchmark prints
"""Pictures a second from the button to the stored file, beside a load generator straight at the same TorchServe."""

import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from studio.db.comparisons import Comparison
from studio.db.outputs import Output
from studio.services.outputs import Column
from tests.servers.demo import Demo

PHOTOS, ROUNDS, CONNECTIONS = 96, 2, 3
PATIENCE_S = 240.0
WAYS = ("straight", "from the button", "steady")

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Passage:
    """All photos once: pictures a second, and the share of the time in which the endpoint computed."""

    speed: float
    at_work: float


def straight(demo: Demo, column: Column, photos: list[bytes]) -> Passage:
    archive = demo.archive(column)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(
            pool.map(lambda photo: demo.serving.infer(archive, photo, column.controls), photos[:CONNECTIONS])
        )
        begun = time.perf_counter()
        answers = list(pool.map(lambda photo: demo.serving.infer(archive, photo, column.controls), photos))
        seconds = time.perf_counter() - begun
    computed = sum(each.decode_ms + each.model_ms + each.encode_ms for each in answers) / 1e3
    return Passage(len(photos) / seconds, computed / seconds)


def pipeline(demo: Demo, comparison: Comparison) -> tuple[Passage, Passage]:
    """Counted from the button, and from the first stored picture on."""
    demo.press(comparison, "/run", again="1")
    demo.wait(lambda: demo.missing(comparison) == 0, PATIENCE_S)
    demo.press(comparison, "/cancel")
    demo.wait(lambda: not demo.busy(), PATIENCE_S)
    run, [column] = demo.runs()[-1], demo.columns(comparison)
    with demo.reading() as session:
        stored = session.scalars(
            select(Output).where(Output.take_id == column.take_id).order_by(Output.created_at)
        ).all()
    computed = [(each.compute_ms or 0) / 1e3 for each in stored]
    whole = (stored[-1].created_at - run.created_at).total_seconds()
    steady = (stored[-1].created_at - stored[0].created_at).total_seconds()
    return (
        Passage(len(stored) / whole, sum(computed) / whole),
        Passage((len(stored) - 1) / steady, sum(computed[1:]) / steady),
    )


def test_what_the_pipeline_costs_beside_a_bare_client(demo: Demo) -> None:
    photos = demo.photos(demo.group.reference_revision_id or 0)[:PHOTOS]
    bodies = [demo.storage.get(each.content_sha) for each in photos]
    shown = demo.columns(demo.comparison)
    alone = [demo.compare("many", [column], photos) for column in shown]
    load = os.getloadavg()[0]
    rounds = [
        [
            (straight(demo, column, bodies), *pipeline(demo, one))
            for column, one in zip(shown, alone, strict=True)
        ]
        for _ in range(ROUNDS)
    ]
    print(
        f"\npipeline, {PHOTOS} photos, {ROUNDS} interleaved rounds, {CONNECTIONS} connections, load {load:.1f}"
    )
    for name, passages in zip(("fp32", "int8"), zip(*rounds, strict=True), strict=True):
        report(name, passages)
    print(f"  register to ready, both precisions: {ready_s(demo):.1f} s")


def report(name: str, passages: Sequence[Sequence[Passage]]) -> None:
    """Medians over the rounds; the share is of the same round's load generator."""
    for what, each in zip(WAYS, zip(*passages, strict=True), strict=True):
        speed = statistics.median(one.speed for one in each)
        idle = statistics.median(1 - one.at_work for one in each)
        share = statistics.median(
            one.speed / first[0].speed for one, first in zip(each, passages, strict=True)
        )
        print(
            f"  {name} {what:<16} {speed:6.1f} pictures/s  {share:.2f} of straight  endpoint idle {idle:.2f}"
        )


def ready_s(demo: Demo) -> float:
    """From the registration to the last endpoint that answered its probe."""
    registered = demo.runs()[0]
    ended = [step.ended_at for step in demo.steps(registered) if step.ended_at]
    return (max(ended) - registered.created_at).total_seconds()
