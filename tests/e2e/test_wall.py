"""The wall of 2,000 photos: scrolled, selected by mouse and by keys, filled by upload."""

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.base import Base
from studio.db.outputs import SHARED_TAKE, Take
from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.db.session import open_engine
from tests import factories
from tests.e2e.axe import violations
from tests.factories.wall import hang
from tests.servers.pages import pages

expect.set_options(timeout=20_000)  # a busy machine is no failure

PHOTOS = 2000
IN_VIEW = "() => [...document.querySelectorAll('.tile[data-id]')].filter(tile => { const box = tile.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 48 }).map(tile => Number(tile.dataset.id))"

# The first photo of the first whole row below the bar.
FIRST = "() => Number([...document.querySelectorAll('.tile[data-id]')].find(tile => tile.getBoundingClientRect().top > 40)?.dataset.id)"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Session]]:
    """The wall's address and a session on its database. Photo n is named "photo n"; the newest is 2000."""
    var = tmp_path_factory.mktemp("wall")
    engine = open_engine(f"sqlite:///{var / 'studio.db'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        session.add(Take(id=SHARED_TAKE, note="shared"))
        hang(session, var, PHOTOS)
        with pages(var) as address:
            yield f"{address}/samples", session
    engine.dispose()


def selected(page: Page) -> str:
    return page.locator("#how-many").inner_text()


def focused(page: Page) -> int:
    return page.evaluate("() => Number(document.activeElement.closest('.tile').dataset.id)")


def test_the_end_of_the_wall_is_one_key_away_and_the_page_stays_small(
    page: Page, library: tuple[str, Session]
) -> None:
    page.goto(library[0])
    expect(page.locator('[data-id="2000"]')).to_be_visible()
    for key, last in (("End", 1), ("Home", 2000), ("End", 1)):
        page.keyboard.press(key)
        expect(page.locator(f'[data-id="{last}"]')).to_be_in_viewport()
        shown = page.evaluate(IN_VIEW)
        assert shown == sorted(shown, reverse=True)
        assert page.locator(".tile").count() <= 5 * 60
    assert page.evaluate("document.querySelectorAll('*').length") < 2000


def test_pages_down_show_every_photo_in_order_and_the_address_leads_back(
    page: Page, library: tuple[str, Session]
) -> None:
    page.goto(library[0])
    seen: list[int] = []
    for _ in range(12):
        page.wait_for_function("() => !document.querySelector('.tile:not([data-id])')")
        seen += [each for each in page.evaluate(IN_VIEW) if each not in seen]
        page.keyboard.press("PageDown")
        page.wait_for_timeout(200)
    assert seen == list(range(2000, 2000 - len(seen), -1))
    page.wait_for_function(f"() => location.search === '?at=' + ({FIRST})()")
    at = page.evaluate(FIRST)
    page.reload()
    expect(page.locator(f'[data-id="{at}"]')).to_be_in_viewport()
    page.wait_for_function(f"() => ({FIRST})() === {at}")


def test_a_range_is_selected_beyond_what_the_page_holds_and_tagged(
    page: Page, library: tuple[str, Session]
) -> None:
    address, session = library
    page.goto(f"{address}?tag=hair:long")
    first = page.locator(".tile").nth(2)
    first.hover()
    first.locator("input").click()
    assert selected(page) == "1 photo selected"
    page.keyboard.press("End")
    expect(page.locator('[data-id="3"]')).to_be_in_viewport()
    page.locator(".tile[data-id]").last.click(modifiers=["Shift"])
    long = session.scalar(
        select(func.count()).select_from(AnnotationTag).where(AnnotationTag.value == "long")
    )
    session.commit()
    expect(page.locator("#how-many")).to_have_text(f"{long - 2} photos selected")
    page.get_by_label("Tags, with a comma between them").fill("mood:calm")
    page.get_by_role("button", name="Add tag").click()
    expect(page.locator("#notice")).to_contain_text(f"{long - 2} photos tagged mood:calm")
    assert "tag=hair:long" in unquote(page.url)
    calm = session.scalar(
        select(func.count()).select_from(AnnotationTag).where(AnnotationTag.value == "calm")
    )
    session.commit()
    assert calm == long - 2
    assert violations(page) == []
    page.get_by_label("Clear the selection").click()
    assert not page.locator("#chosen").is_visible()


def test_keys_walk_over_the_wall_select_and_open(page: Page, library: tuple[str, Session]) -> None:
    page.goto(library[0])
    page.locator('[data-id="2000"] a').focus()
    for key in ("ArrowRight", "ArrowDown", "Space", "Shift+ArrowRight"):
        page.keyboard.press(key)
    columns = 1999 - focused(page) - 1
    assert columns > 3
    expect(page.locator("#how-many")).to_have_text("2 photos selected")
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    page.wait_for_function("() => document.activeElement.closest('.tile')?.dataset.id === '1'")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == 2
    page.keyboard.press("Control+a")
    expect(page.locator("#how-many")).to_have_text("2,000 photos selected")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url("**/samples/2")


def jpeg(data: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(data)).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def test_files_are_chosen_at_once_and_each_has_its_sentence(
    page: Page, library: tuple[str, Session], tmp_path: Path
) -> None:
    address, session = library
    photo = factories.png(1, 160, 160)
    files = {"mina.png": photo, "letter.jpg": b"Dear Mina", "jun.png": factories.png(2, 160, 160)}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    page.goto(address)
    choose = page.locator("photo-drop input[type=file]")
    choose.set_input_files([tmp_path / name for name in files])
    tray = page.locator(".arrivals")
    expect(tray.locator("h2")).to_have_text("2 kept · 1 refused")
    expect(tray.locator("li").first).to_contain_text("not a readable photo")
    expect(page.locator(".many")).to_have_text("2,002 photos")
    (tmp_path / "copy.jpg").write_bytes(jpeg(photo))
    choose.set_input_files([tmp_path / "mina.png", tmp_path / "copy.jpg"])
    expect(tray.locator("h2")).to_contain_text("1 here already · 1 to decide")
    assert violations(page) == []
    tray.get_by_role("button", name="Keep both").click()
    expect(tray.locator("h2")).to_contain_text("3 kept")
    expect(page.locator('.tile a[aria-label="copy"]')).to_be_visible()
    assert session.scalar(select(func.count()).select_from(Sample)) == PHOTOS + 3
    session.commit()
    assert session.scalar(select(func.count()).select_from(Annotation).where(Annotation.is_current))
    session.commit()


def test_files_may_be_dropped_anywhere(page: Page, library: tuple[str, Session]) -> None:
    page.goto(library[0])
    bag = page.evaluate_handle(
        "() => { const bag = new DataTransfer(); bag.items.add(new File(['Dear Mina'], 'letter.txt')); return bag }"
    )
    page.dispatch_event(".wall", "dragover", {"dataTransfer": bag})
    expect(page.locator(".drop-here")).to_be_visible()
    page.dispatch_event(".wall", "drop", {"dataTransfer": bag})
    expect(page.locator(".drop-here")).to_be_hidden()
    expect(page.locator(".arrivals li")).to_contain_text("not a readable photo")


def test_a_phone_shows_three_in_a_row_and_its_filters_in_a_drawer(
    phone: Page, library: tuple[str, Session]
) -> None:
    phone.goto(library[0])
    assert phone.evaluate("() => document.documentElement.scrollWidth") == 390
    tops = phone.locator(".tile").evaluate_all("tiles => tiles.slice(0, 4).map(tile => tile.offsetTop)")
    assert tops[0] == tops[1] == tops[2] < tops[3]
    assert not phone.locator("#coverage").is_visible()
    phone.get_by_role("button", name="Filter").click()
    phone.locator("#coverage").get_by_role("link", name="short").click()
    expect(phone.locator(".active")).to_contain_text("hair:short")
    assert violations(phone) == []
