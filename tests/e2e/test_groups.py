from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import Base
from studio.db.outputs import SHARED_TAKE, Output, Take
from studio.db.samples import Sample
from studio.db.session import open_engine
from studio.db.versions import Version
from studio.gateways.storage import Storage
from tests import factories
from tests.e2e.axe import violations
from tests.servers.pages import pages

LONG = "아주-긴-버전-이름-" * 5


@dataclass
class Line:
    address: str
    slug: str

    @property
    def home(self) -> str:
        return f"{self.address}/groups/{self.slug}"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A group of four versions; the last, of a very long name, has two parents and no pictures."""
    var = tmp_path_factory.mktemp("groups")
    engine = open_engine(f"sqlite:///{var / 'studio.db'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        session.add(Take(id=SHARED_TAKE, note="shared"))
        slug = _fill(session, Storage(var / "objects"))
        with pages(var) as address:
            yield Line(address, slug)
    engine.dispose()


def _fill(session: Session, storage: Storage) -> str:
    made = factories.grown(session, 3)
    stored = storage.put(factories.png(7))
    for output in session.scalars(select(Output)):
        output.blob_sha = stored
    for no, photo in enumerate(session.scalars(select(Sample))):
        photo.content_sha = storage.put(factories.png(100 + no))
    versions = session.scalars(select(Version).where(Version.name.in_(("v2", "v3"))).order_by(Version.id))
    factories.child(session, *versions, name=LONG, params={"lr": 0.5, "augmentation": "flip " * 30})
    session.commit()
    return made.slug


@pytest.mark.parametrize("path", ["/", "", "/edit", "/versions/v3", "/differences?version=v1&version=v2"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_groups_is_accessible_in_both_schemes(
    page: Page, line: Line, path: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(line.address if path == "/" else line.home + path)
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/", "", "/edit", f"/versions/{LONG}", "/versions/v1"])
def test_nothing_is_wider_than_a_phone(phone: Page, line: Line, path: str) -> None:
    phone.goto(line.address if path == "/" else line.home + path)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(phone) == []


def test_a_comparison_is_three_clicks_from_home(page: Page, line: Line) -> None:
    page.goto(line.address)
    page.get_by_role("heading", name="Hair colour").get_by_role("link").click()
    page.get_by_role("link", name="Open comparison").click()
    expect(page.locator("picture-desk")).to_be_visible()


def test_lines_meet_at_the_edges_of_rows_and_end_at_the_dots(page: Page, line: Line) -> None:
    page.goto(line.home)
    rows = [box.bounding_box() for box in page.locator(".tree .lines").all()]
    assert len(rows) == 4
    for above, below in pairwise(rows):
        assert abs(above["y"] + above["height"] - below["y"]) <= 1
    names = [box.bounding_box() for box in page.locator(".tree tbody .name").all()]
    dots = [box.bounding_box() for box in page.locator(".tree circle").all()]
    for name, dot in zip(names, dots, strict=True):
        assert abs(dot["y"] + dot["height"] / 2 - name["y"] - 10) <= 14


def test_ticks_open_what_can_be_done_with_so_many(page: Page, line: Line) -> None:
    page.goto(line.home)
    bar = page.locator(".ticked")
    expect(bar).to_be_hidden()
    page.get_by_role("checkbox", name="v1").check()
    expect(bar).to_contain_text("1 version ticked")
    expect(page.get_by_role("button", name="What differs")).to_be_disabled()
    page.get_by_role("checkbox", name="v2").check()
    page.get_by_role("button", name="What differs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What differs between v1 and v2")


def test_the_head_of_the_tree_stays_while_scrolling(page: Page, line: Line) -> None:
    page.set_viewport_size({"width": 1440, "height": 420})
    page.goto(line.home)
    page.locator(".tree tbody tr").last.scroll_into_view_if_needed()
    assert page.locator(".tree thead th").nth(1).bounding_box()["y"] >= 0
