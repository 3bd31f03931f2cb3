# ruff: noqa: T201 a benchmark prints
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import sync_playwright
from sqlalchemy import insert
from sqlalchemy.orm import Session

from studio.app import create_app
from studio.db.base import Base
from studio.db.comparisons import Comparison
from studio.db.outputs import SHARED_TAKE, CellValue, Output, Take
from studio.db.samples import AnnotationTag
from studio.db.session import engine
from studio.db.versions import Variant, Version
from studio.domain.vocabulary import OutputState, TagOrigin
from studio.gateways.storage import Storage
from studio.services import outputs
from studio.settings import settings
from tests import factories
from tests.servers.chromium import launch_options
from tests.servers.pages import HOME, pages

ROUNDS = 60
MAX_SERVER_MS, MAX_PAINT_MS, MAX_IMPORT_S, MAX_RSS = 50, 1000, 0.8, 120e6
TAGS = [("hair", value) for value in ("long", "short", "curly")]


def seeded(session: Session, photos: int, columns: int) -> Comparison:
    """Every picture made, measured against the first column, and every photo tagged."""
    made = factories.comparison(session, photos=photos, columns=columns)
    shown = outputs.columns(session, made.id)
    version_id = session.get_one(Variant, shown[0].variant_id).version_id
    factories.champion(session, session.get_one(Version, version_id))
    holes = outputs.holes(session, shown[0])
    session.execute(insert(AnnotationTag), [
        {"annotation_id": cell.annotation_id, "key": key, "value": value, "origin": TagOrigin.RULE}
        for cell in holes
        for key, value in (TAGS[cell.position % 3], ("light", "soft"))
    ])  # fmt: skip
    blob = Storage(settings().objects).put(factories.png(1, 512, 512))
    base = 1 + (session.query(Output).count())
    session.execute(insert(Output), [
        {"id": base + column.position * photos + cell.position, "variant_id": column.variant_id,
         "annotation_id": cell.annotation_id, "controls_id": column.controls_id, "take_id": column.take_id,
         "inputs_sha": cell.inputs_sha, "state": OutputState.DONE, "blob_sha": blob, "size": 1000,
         "width": 512, "height": 512, "changed": 0.2, "compute_ms": 50.0}
        for column in shown
        for cell in holes
    ])  # fmt: skip
    session.execute(insert(CellValue), [
        {"output_id": base + column.position * photos + cell.position, "metric": metric,
         "against_output_id": against, "value": float((cell.position * 7919) % photos)}
        for column in shown
        for cell in holes
        for against in ([None] if column is shown[0] else [None, base + cell.position])
        for metric in ("psnr", "ssim", "difference_mean", "difference_max", "changed", "apart")
    ])  # fmt: skip
    session.commit()
    return made


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of this studio; the settings name it."""
    folder = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_VAR", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="module")
def desks(var: Path) -> dict[str, str]:
    opened = engine(settings().database_url)
    Base.metadata.create_all(opened)
    with Session(opened, expire_on_commit=False) as session:
        session.add(Take(id=SHARED_TAKE, note="shared"))
        session.flush()
        return {
            f"{photos} × {columns}": f"/comparisons/{seeded(session, photos, columns).public_id}"
            for photos, columns in ((24, 6), (2000, 8))
        }


@pytest.fixture(scope="module")
def client(desks: dict[str, str]) -> FlaskClient:
    return create_app().test_client()


def times_ms(ask: Callable[[int], object]) -> tuple[float, float]:
    """p50 and p95 of so many questions, after three that warm up."""
    found = []
    for turn in range(-3, ROUNDS):
        begun = time.perf_counter()
        ask(turn)
        found.append((time.perf_counter() - begun) * 1000)
    return tuple(np.percentile(found[3:], (50, 95)))


QUESTIONS = {
    "rows": "/rows/{first}",
    "rows, changed most": "/rows/{first}?sort=changed",
    "rows, one tag": "/rows/{first}?tag=hair:long",
    "page": "",
    "page, changed most": "?sort=changed",
    "progress": "/progress",
}


@pytest.mark.parametrize("size", ["24 × 6", "2000 × 8"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_server_answers_at_once(
    client: FlaskClient, desks: dict[str, str], size: str, question: str
) -> None:
    windows = 1 if size.startswith("24 ") else 20

    def ask(turn: int) -> None:
        answer = client.get(desks[size] + QUESTIONS[question].format(first=turn % windows * 24))
        assert answer.status_code == 200

    p50, p95 = times_ms(ask)
    print(f"\n{question} at {size}: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    assert p95 <= MAX_SERVER_MS


def test_the_first_row_is_painted_within_a_second(desks: dict[str, str], var: Path) -> None:
    with pages(var) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        for size, desk in desks.items():
            found = []
            for _ in range(5):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(f"{address}{desk}", wait_until="commit")
                page.wait_for_function(
                    "document.querySelector('.line[data-row] .cell:last-child img')?.complete"
                )
                found.append(page.evaluate("performance.now()"))
                page.close()
            print(f"\nfirst row at {size}: median {np.median(found):.0f} ms, most {max(found):.0f} ms")
            assert np.median(found) <= MAX_PAINT_MS
        browser.close()


def test_the_web_process_starts_fast_and_stays_small(var: Path) -> None:
    ask = (
        "import time; begun = time.perf_counter(); from studio.app import create_app;"
        "create_app(); print(time.perf_counter() - begun)"
    )
    found = [float(subprocess.check_output([sys.executable, "-c", ask], cwd=HOME)) for _ in range(5)]
    with pages(var) as address:
        port = int(address.rpartition(":")[2])
        master = next(
            each.pid for each in psutil.net_connections("tcp") if each.laddr and each.laddr.port == port
        )
        processes = [psutil.Process(master), *psutil.Process(master).children(recursive=True)]
        rss = max(each.memory_info().rss for each in processes)
    print(f"\nimport and create: least {min(found):.2f} s; largest web process {rss / 1e6:.0f} MB")
    assert min(found) <= MAX_IMPORT_S
    assert rss <= MAX_RSS
