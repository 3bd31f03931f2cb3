import http.client
import json
import logging
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
from mlflow import MlflowClient
from PIL import Image
from playwright.sync_api import Page, expect
from safetensors.torch import load, save
from sqlalchemy import delete, select

from model_store.manifest import Manifest
from studio.db.comparisons import Comparison
from studio.db.measurements import Measurement
from studio.db.outputs import Output
from studio.db.samples import Sample
from studio.db.versions import Variant
from studio.domain.vocabulary import OutputState, RunKind, RunState, StepState, VariantState
from studio.gateways import processes
from studio.gateways.serving import connect
from studio.services import publishing, registering
from studio.services.registering import Kept, Registration
from tests.servers.demo import Demo
from tests.servers.studio import HOME

log = logging.getLogger(__name__)

WEIGHTS = HOME / "model_store/demo"
RUN_S, BACK_S = 120.0, 90.0  # of a busy machine
PHOTOS = 24
MANIFEST = Manifest.from_json((WEIGHTS / "v1/manifest.json").read_bytes())

pytestmark = pytest.mark.timeout(600)  # the first test waits for the whole demo


def last(demo: Demo, n: int) -> list[Sample]:
    return demo.photos(demo.comparison.revision_id)[-n:]


def numbers(demo: Demo, comparison: Comparison) -> list[dict[str, Measurement]]:
    """The cached numbers of each column, by metric."""
    with demo.reading() as session:
        return [
            {
                row.metric: row
                for row in session.scalars(select(Measurement).where(*publishing.of_column(column)))
            }
            for column in demo.columns(comparison)
        ]


def tracked(demo: Demo, comparison: Comparison) -> tuple[MlflowClient, list]:
    """MLflow's own client, and the runs it has of each column."""
    client = MlflowClient(demo.studio.service("mlflow")["address"])
    [experiment] = [each for each in client.search_experiments() if each.name != "Default"]
    with demo.reading() as session:
        keys = [publishing.key_of(session, column) for column in demo.columns(comparison)]
    return client, [
        client.search_runs([experiment.experiment_id], f"tags.`studio.key` = '{key}'") for key in keys
    ]


@contextmanager
def standing_still(demo: Demo, service: str) -> Iterator[None]:
    stopped = demo.session_of(service)
    for each in stopped:
        each.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for each in stopped:
            each.send_signal(signal.SIGCONT)


def test_a_checkpoint_is_registered_and_compared_without_a_hand_step(demo: Demo) -> None:
    registered, compared = demo.runs()[:2]
    assert (registered.kind, registered.state) == (RunKind.REGISTER, RunState.DONE)
    assert (compared.kind, compared.state) == (RunKind.COMPARE, RunState.DONE)
    names = [step.name for step in demo.steps(registered)]
    assert names == ["validate", "package", "package", "deploy", "deploy"]
    names = [step.name for step in demo.steps(compared)]
    assert names == [*["generate"] * 2, *["measure"] * 2, "bench", *["publish"] * 2]
    assert {step.state for run in (registered, compared) for step in demo.steps(run)} == {StepState.DONE}


def test_every_cell_holds_a_png_of_the_size_of_its_photo(demo: Demo) -> None:
    shown, library = demo.files(demo.comparison), demo.photos(demo.comparison.revision_id)
    assert len(library) == PHOTOS
    assert shown.keys() == {(column, row) for column in (0, 1) for row in range(PHOTOS)}
    for (_, row), sha in shown.items():
        with Image.open(BytesIO(demo.storage.get(sha))) as picture:
            picture.load()
            assert (picture.format, picture.size) == ("PNG", (library[row].width, library[row].height))


@pytest.mark.parametrize("column", [0, 1], ids=["fp32", "int8"])
def test_torchserve_asked_directly_gives_the_very_file_behind_the_cell(demo: Demo, column: int) -> None:
    connection = connect(demo.table.inference_address, 30)
    controls = json.dumps(demo.columns(demo.comparison)[column].controls)
    headers = {"Content-Type": "application/octet-stream", "X-Studio-Controls": controls}
    for row in (0, 1, PHOTOS - 1):
        photo = demo.storage.get(demo.photos(demo.comparison.revision_id)[row].content_sha)
        answer = _posted(
            connection, f"/predictions/{demo.archive(demo.columns(demo.comparison)[column])}", photo, headers
        )
        sha = demo.files(demo.comparison)[column, row]
        assert answer == demo.storage.get(sha)
        assert demo.studio.get(f"/pictures/{sha}.png").content == answer
    connection.close()


def _posted(connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    assert answer.status == 200
    return answer.read()


def test_int8_is_half_the_size_runs_in_int8_and_stays_close_to_fp32(demo: Demo) -> None:
    fp32, int8 = numbers(demo, demo.comparison)
    assert int8["archive_bytes"].value <= 0.5 * fp32["archive_bytes"].value
    assert int8["psnr_twin"].value >= 40
    assert int8["int8_share"].value >= 0.8
    assert "psnr_twin" not in fp32
    page = demo.page(demo.comparison)
    assert f"{int8['psnr_twin'].value:.1f}"[:2] + "." in page
    assert " dB</b>" in page


def test_each_column_is_one_mlflow_run_with_its_numbers_and_intervals(demo: Demo) -> None:
    for [run] in tracked(demo, demo.comparison)[1]:
        held = run.data.metrics
        for metric in ("fd_standin", "kid_standin"):
            assert held[f"{metric}.low"] <= held[metric] <= held[f"{metric}.high"]
            assert held[f"{metric}.n"] == PHOTOS
        assert 0 < held["latency_p50_ms"] <= held["latency_p90_ms"]
        assert held["archive_bytes"] == numbers(demo, demo.comparison)[run_column(run)]["archive_bytes"].value
        assert held["worker_rss_bytes"] > 50e6


def run_column(run) -> int:
    return ["fp32", "int8"].index(run.data.tags["studio.precision"])


def test_a_planner_sees_pictures_and_what_mlflow_says_now(demo: Demo, page: Page) -> None:
    client, [[run], _] = tracked(demo, demo.comparison)
    before = run.data.metrics["latency_p50_ms"]
    page.goto(demo.path(demo.comparison))
    head = page.locator("#head-0")
    expect(head).not_to_contain_text("4,321 ms")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[...document.querySelectorAll('.cell img')].some(each => each.naturalWidth > 0)")
    client.log_metric(run.info.run_id, "latency_p50_ms", 4321.0)
    page.reload()
    expect(head).to_contain_text(re.compile("4,?321 ms"))
    with demo.writing() as (session, _person):
        session.execute(delete(Measurement))
        session.commit()
    assert "no numbers yet" in demo.page(demo.comparison)
    page.reload()
    expect(head).to_contain_text(re.compile("4,?321 ms"))
    assert {"fd_standin", "psnr_twin", "int8_share"} <= numbers(demo, demo.comparison)[1].keys()
    client.log_metric(run.info.run_id, "latency_p50_ms", before)


def test_while_mlflow_stands_still_the_page_answers_with_pictures_and_says_how_old_numbers_are(
    demo: Demo,
) -> None:
    sha = demo.files(demo.comparison)[0, 0]
    with standing_still(demo, "mlflow"):
        begun = time.monotonic()
        page = demo.page(demo.comparison)
        picture = demo.studio.get(f"/pictures/{sha}.webp")
        assert time.monotonic() - begun < 2
        assert f"{sha}.webp" in page
        assert picture.ok
        assert "numbers as of" in demo.press(demo.comparison, "/numbers")
    demo.wait(lambda: "numbers as of" not in demo.press(demo.comparison, "/numbers"), BACK_S)


def filled(demo: Demo, comparison: Comparison, missing: int = 0) -> None:
    """Wait for the pictures; what measures them is not what the test is about."""
    demo.wait(lambda: demo.missing(comparison) == missing, RUN_S)
    demo.press(comparison, "/cancel")
    demo.wait(lambda: not demo.busy(), RUN_S)


def test_one_damaged_photo_costs_one_cell_which_heals_while_run_again_keeps_what_was(demo: Demo) -> None:
    few = demo.compare("few", demo.columns(demo.comparison), last(demo, 4))
    demo.press(few, "/run", again="1")
    filled(demo, few)
    old = demo.cells(few)
    file = demo.storage.path(last(demo, 1)[0].content_sha)
    good = file.read_bytes()
    file.write_bytes(good[:-1])
    try:
        demo.press(few, "/run", again="1")
        demo.wait(lambda: not demo.busy(), RUN_S)
    finally:
        file.write_bytes(good)
    assert demo.runs()[-1].state is RunState.DONE
    new = demo.cells(few)
    assert {each.id for each in new.values()}.isdisjoint(each.id for each in old.values())
    assert {at for at, each in new.items() if each.state is OutputState.ERROR} == {(0, 3), (1, 3)}
    assert "is damaged. Add the photo again." in demo.page(few)
    for column, left in ((0, 1), (1, 0)):
        demo.press(few, f"/outputs/{new[column, 3].id}/retry")
        filled(demo, few, left)
    assert demo.files(few) == {at: each.blob_sha for at, each in old.items()}
    with demo.reading() as session:
        assert all(session.get(Output, each.id) for each in old.values())


def test_cancelling_keeps_what_is_done_and_the_next_run_fills_only_the_holes(demo: Demo) -> None:
    every = demo.compare("every", demo.columns(demo.comparison), last(demo, PHOTOS))
    demo.press(every, "/run", again="1")
    demo.wait(lambda: len(demo.files(every)) > 0, RUN_S)
    demo.press(every, "/cancel")
    demo.wait(lambda: not demo.busy(), RUN_S)
    assert demo.runs()[-1].state is RunState.CANCELLED
    kept = {at: each.id for at, each in demo.cells(every).items()}
    assert 0 < len(kept) < 2 * PHOTOS
    demo.press(every, "/run")
    filled(demo, every)
    now = demo.cells(every)
    assert {at: now[at].id for at in kept} == kept
    assert {each.run_id for at, each in now.items() if at not in kept} == {demo.runs()[-1].id}


def _misshapen() -> bytes:
    tensors = load((WEIGHTS / "v1/se-unet.safetensors").read_bytes())
    name, tensor = next((name, each) for name, each in tensors.items() if each.ndim == 4)
    return save({**tensors, name: tensor[:-1].contiguous()})


@pytest.mark.parametrize(
    ("name", "weights", "sentence"),
    [
        ("a pickle", lambda: b"\x80\x04" + bytes(64), "This is a Python pickle, not safetensors"),
        ("misshapen", _misshapen, " instead of ("),
    ],
)
def test_a_checkpoint_that_cannot_serve_ends_with_a_sentence_and_the_real_traceback(
    demo: Demo, name: str, weights: Callable[[], bytes], sentence: str
) -> None:
    with demo.writing() as (session, person):
        sha, size = demo.storage.receive([weights()])
        asked = Registration(name, Kept("weights.safetensors", sha, size), MANIFEST)
        _, run = registering.register(session, person, demo.group, asked)
    demo.wait(lambda: not demo.busy(), RUN_S)
    [step] = demo.steps(run)
    assert (step.name, step.state, step.permanent) == ("validate", StepState.ERROR, True)
    assert sentence in step.error
    assert step.hint
    log = demo.storage.get(step.log_sha or "").decode()
    assert "Traceback" in log
    assert "model_store/checkpoint.py" in log


def test_a_killed_torchserve_gets_its_models_back_and_a_run_succeeds(demo: Demo) -> None:
    recorded = demo.studio.service("torchserve")["pid"]
    leader = processes.look(recorded)
    assert leader
    for each in processes.session(leader.pid, leader.started):
        os.kill(each.pid, signal.SIGKILL)
    demo.wait(lambda: demo.studio.service("torchserve")["pid"] not in {None, recorded}, BACK_S)
    demo.wait(lambda: demo.studio.service("torchserve")["state"] == "ready", BACK_S)
    with demo.reading() as session:
        ready = session.scalars(select(Variant.archive_sha).where(Variant.state == VariantState.READY)).all()
    demo.wait(lambda: all(_loaded(demo, sha or "") for sha in ready), BACK_S)
    after = demo.compare("after", demo.columns(demo.comparison), last(demo, 3))
    demo.press(after, "/run", again="1")
    demo.wait(lambda: not demo.busy(), RUN_S)
    assert demo.runs()[-1].state is RunState.DONE
    assert len(demo.files(after)) == 6


def _loaded(demo: Demo, sha: str) -> bool:
    return demo.serving.loaded(sha[:12])
