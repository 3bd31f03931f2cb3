import re
import socket
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import redis
import requests
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from model_store import package
from model_store.manifest import Manifest
from studio.db.session import engine
from studio.db.versions import Variant
from studio.domain.vocabulary import Precision, VersionState
from studio.services import versions
from studio.settings import Settings
from tests import factories
from tests.e2e.axe import violations
from tests.servers.studio import HOME, Studio
from tests.servers.watch import holders, watching

WARM_S, COLD_S = 3.0, 60.0
SIDE = 1024
DEMO = HOME / "model_store/demo/v1"
TOKEN = re.compile(r'"X-CSRFToken": "([^"]+)"')

# What a studio writes by itself meanwhile: databases, their journals, logs, and the signs of life of two processes.
OWN = re.compile(r"\.db(-wal|-shm|-journal)?$|\.log$|\.beat(\.\w+)?$|mlflow|/log$|run\.json|metrics")


class Tried:
    """A studio with one version that can be asked, and a browser without a window."""

    def __init__(self, var: Path) -> None:
        self.studio = Studio(var)
        self.table = Settings(var=var)
        self.asked = requests.Session()
        self.variant = 0
        self.temporary = var.with_name("tmp")

    def start(self) -> None:
        self.temporary.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", str(self.temporary))
            self.studio.start()
        manifest = Manifest.from_json((DEMO / "manifest.json").read_bytes())
        [weights] = DEMO.glob("*.safetensors")
        photos = [factories.png(n, 256, 256) for n in range(2)]
        built = package.build(weights, manifest, "fp32", photos, self.table.archives)
        with Session(engine(self.table.database_url)) as session:
            version = factories.version(session, state=VersionState.SERVING)
            version.manifest = manifest.to_dict()
            session.commit()
            archive, recipe = (built.sha256, built.size_bytes), (built.recipe_sha256, built.recipe)
            versions.built(session, version.id, Precision.FP32, archive, recipe, {})
            variant = session.scalars(select(Variant).where(Variant.version_id == version.id)).one()
            versions.serving(session, variant.id)
            self.variant = variant.id

    def get(self, path: str) -> requests.Response:
        return self.asked.get(self.studio.address + path, timeout=30)

    @property
    def token(self) -> str:
        found = TOKEN.search(self.get("/webtest").text)
        assert found
        return found[1]

    def post(self, path: str, body: bytes = b"") -> requests.Response:
        headers = {"X-CSRFToken": self.token, "Content-Type": "application/octet-stream"}
        return self.asked.post(
            self.studio.address + path, data=body, headers=headers, timeout=30, allow_redirects=False
        )

    def send(self, photo: bytes) -> str:
        """The address of its page."""
        answer = self.post("/webtest/photos", photo)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["address"])

    def made(self, address: str) -> float:
        """Ask until the picture is there; the seconds that took."""
        begun = time.monotonic()
        while (
            "at the endpoint" not in (cell := self.post(f"{address}/{self.variant}?set.colour=copper")).text
        ):
            assert time.monotonic() - begun < COLD_S, cell.text
            assert re.search("loading the model|turn", cell.text), cell.text
            time.sleep(0.2)
        return time.monotonic() - begun


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    made = Tried(tmp_path_factory.mktemp("webtest") / "var")
    try:
        made.start()
        yield made
    finally:
        made.studio.stop()


def test_a_cold_version_is_loaded_and_a_warm_one_answers_at_once(
    tried: Tried, record_property: Callable[[str, object], None]
) -> None:
    photo = factories.png(1, 512, 512)
    record_property("cold_s", tried.made(tried.send(photo)))
    warm = []
    for _ in range(3):
        begun = time.monotonic()
        tried.made(tried.send(photo))
        warm.append(time.monotonic() - begun)
    record_property("warm_s", min(warm))
    assert min(warm) < WARM_S


def slowly(tried: Tried, photo: bytes) -> str:
    """Send a photo in two halves with a rest between, as a slow line does."""
    head = (
        "POST /webtest/photos HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(photo)}\r\nX-CSRFToken: {tried.token}\r\n"
        f"Cookie: {'; '.join(f'{each.name}={each.value}' for each in tried.asked.cookies)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", tried.studio.port), 30) as line:
        line.sendall(head.encode() + photo[: len(photo) // 2])
        time.sleep(0.5)
        line.sendall(photo[len(photo) // 2 :])
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    found = re.search(rb'"address": ?"([^"]+)"', answer)
    assert found, answer
    return found[1].decode()


def test_a_photo_leaves_no_trace_on_any_disk(tried: Tried) -> None:
    tried.made(tried.send(factories.png(2, SIDE, SIDE)))  # unpacking at a load is another question
    photo = factories.png(3, SIDE, SIDE)
    folders = [tried.studio.var, tried.studio.run, tried.temporary, Path("/dev/shm")]
    begun = time.time()
    with watching(folders, tried.studio.processes) as seen:
        address = slowly(tried, photo)
        tried.made(address)
        kept, result = (tried.get(f"{address}/{each}").content for each in ("photo", tried.variant))
        tried.get(address)
        time.sleep(1.5)  # logs are written a moment later
    pixels, given = (np.asarray(Image.open(BytesIO(each))) for each in (photo, result))
    contents = (photo, kept, result, pixels.tobytes(), pixels[..., ::-1].tobytes(), given.tobytes())
    assert holders(folders, [each[30_000:30_048] for each in contents], begun) == []
    assert {path for path in seen.made if not OWN.search(str(path))} == set()
    assert seen.held == set()
    assert any(OWN.search(str(path)) for path in seen.changed), "the watch saw nothing at all"
    store = redis.Redis.from_url(tried.table.redis_url)
    place = f"webtest {address.rpartition('/')[2]}"
    assert store.exists(place)
    tried.post(f"{address}/forget")
    assert not store.exists(place)


def test_a_person_tries_a_photo_and_has_it_forgotten(page: Page, tried: Tried) -> None:
    page.goto(f"{tried.studio.address}/webtest")
    assert violations(page) == []
    photo = {"name": "mine.png", "mimeType": "image/png", "buffer": factories.png(4, 640, 480)}
    page.set_input_files("[data-photo] >> nth=0", photo)
    made = page.locator('.line[data-row="0"] .cell:not(.input) img')
    expect(made).to_be_visible(timeout=COLD_S * 1000)
    assert violations(page) == []
    page.keyboard.press("+")
    page.keyboard.press("h")
    expect(page.locator("canvas.heat")).to_have_count(1)
    expect(page.locator("[data-left]")).to_have_text(re.compile(r"^14:\d\d$"), timeout=5000)
    page.locator("select").first.select_option("black")
    expect(page).to_have_url(re.compile(r"heat=1.*set\.colour=black"))
    expect(made).to_be_visible(timeout=10_000)
    page.locator("#forget").click()
    expect(page.get_by_text("Your photo is forgotten")).to_be_visible()


def test_what_is_no_photo_is_a_sentence_where_one_chose_it(
    context: Callable[..., BrowserContext], tried: Tried
) -> None:
    page = context().new_page()
    page.goto(f"{tried.studio.address}/webtest")
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no photo"}
    with page.expect_response("**/webtest/photos"):
        page.set_input_files("[data-photo] >> nth=0", file)
    expect(page.locator(".refused").first).to_contain_text("not a readable photo")
