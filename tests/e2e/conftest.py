"""A browser, a studio with one comparison in it, and pages that may not complain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy.orm import Session

from studio.db.base import Base
from studio.db.comparisons import Comparison
from studio.db.outputs import SHARED_TAKE, Take
from studio.db.session import open_engine
from studio.domain.vocabulary import OutputState, Precision
from studio.gateways.storage import Storage
from studio.services import outputs, samples
from studio.services.samples import Photo
from tests import factories
from tests.servers.chromium import launch_options
from tests.servers.pages import pages

SIDE = 512
PHOTOS, DONE = 26, 24


@dataclass
class Studio:
    """What the browser tests look at; `session` is on the database of the pages."""

    address: str
    var: Path
    session: Session
    comparison: Comparison

    @property
    def desk(self) -> str:
        return f"{self.address}/comparisons/{self.comparison.public_id}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(**launch_options())
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """FP32 and INT8 of a version on 26 photos: one picture failed, the last two photos are not done.

    For tests that only look.
    """
    with filled_studio(tmp_path_factory.mktemp("studio")) as made:
        yield made


@pytest.fixture
def own_studio(tmp_path: Path) -> Iterator[Studio]:
    """The same for one test alone, which may change it."""
    with filled_studio(tmp_path) as made:
        yield made


@contextmanager
def filled_studio(var: Path, versions: int = 1) -> Iterator[Studio]:
    """So many versions in both precisions, on 26 photos."""
    engine = open_engine(f"sqlite:///{var / 'studio.db'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        session.add(Take(id=SHARED_TAKE, note="shared"))
        comparison = _fill(session, Storage(var / "objects"), versions)
        with pages(var) as address:
            yield Studio(address, var, session, comparison)
    engine.dispose()


def _fill(session: Session, storage: Storage, versions: int) -> Comparison:
    person = factories.person(session).id
    photos = [
        samples.add_photo(session, storage, person, Photo(f"photo {n}", factories.png(n, SIDE, SIDE)))
        for n in range(PHOTOS)
    ]
    line = factories.group(session)
    pictures = [storage.put(factories.png(100 + n, SIDE, SIDE)) for n in range(4)]
    columns = []
    for number in range(versions):
        version = factories.version(session, line)
        version.name = f"v{number + 1}"
        columns += [factories.variant(session, version, precision) for precision in Precision]
    made = factories.comparison(session, photos=photos, columns=columns)
    for column in outputs.columns(session, made.id):
        for cell in outputs.holes(session, column)[:DONE]:
            failed = (column.position, cell.position) == (1, 0)
            state = OutputState.ERROR if failed else OutputState.DONE
            output = factories.output(session, column, cell, state)
            if not failed:
                output.blob_sha = pictures[cell.position % len(pictures)]
                output.width = output.height = SIDE
    session.commit()
    return made


@pytest.fixture
def context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        made = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A desktop window; the test fails if anything was logged as an error or asked from elsewhere."""
    with _listened(context().new_page()) as opened:
        yield opened


@pytest.fixture
def phone(context: Callable[..., BrowserContext]) -> Iterator[Page]:
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with _listened(context(**options, device_scale_factor=2).new_page()) as opened:
        yield opened


@contextmanager
def _listened(page: Page) -> Iterator[Page]:
    complaints: list[str] = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: "//127.0.0.1:" in asked.url or complaints.append(asked.url))
    yield page
    assert complaints == []
