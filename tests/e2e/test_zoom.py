from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SIDE, Studio, filled_studio
from tests.e2e.desk import box, focused, image, part, settled

LONGEST_MS = 200


def test_the_wheel_enlarges_every_picture_round_the_pointer(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    page.wait_for_load_state("networkidle")
    before = box(page, image(0, 1))
    x, y = before["x"] + before["width"] * 0.3, before["y"] + before["height"] * 0.6
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    settled(page)
    after = box(page, image(0, 1))
    assert after["width"] > 2 * before["width"]
    assert (x - after["x"]) / after["width"] == pytest.approx(0.3, abs=0.01)
    assert (y - after["y"]) / after["height"] == pytest.approx(0.6, abs=0.01)
    assert part(page, 0, 0) == pytest.approx(part(page, 0, 1), abs=0.002)
    assert part(page, 1, 2) == pytest.approx(part(page, 0, 1), abs=0.002)


def test_dragging_moves_all_pictures_and_opens_none(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.desk}?zoom=4")
    page.wait_for_load_state("networkidle")
    before = box(page, image(1, 2))
    start = box(page, '.line[data-row="0"] > .cell:nth-child(2) .picture')
    x, y = start["x"] + 100, start["y"] + 100
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 50, steps=5)
    page.mouse.up()
    settled(page)
    after = box(page, image(1, 2))
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((30, 50), abs=1)
    expect(page.locator("#viewer")).not_to_be_visible()


def test_the_address_brings_back_zoom_place_and_mode(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.desk}?row=1&column=2")
    for key in ("+", "+", "Shift+ArrowRight", "Shift+ArrowDown", "h"):
        page.keyboard.press(key)
    settled(page)
    shown = part(page, 1, 1)
    page.goto(page.url)
    expect(page.locator(".modes [data-heat]")).to_have_attribute("aria-pressed", "true")
    assert part(page, 1, 1) == pytest.approx(shown, abs=0.002)
    assert focused(page) == [1, 2]
    page.keyboard.press("0")
    page.keyboard.press("h")
    settled(page)
    assert page.url.endswith("?row=1&column=2")


def test_one_key_shows_pixel_for_pixel_and_one_fits(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    fits = box(page, image(0, 1))["width"]
    page.keyboard.press("1")
    settled(page)
    assert box(page, image(0, 1))["width"] == pytest.approx(SIDE, abs=0.5)
    expect(page.locator(".foot output")).to_have_text("100 %")
    page.keyboard.press("0")
    settled(page)
    assert box(page, image(0, 1))["width"] == fits


def test_enlarged_beyond_their_pixels_pictures_show_them_from_the_stored_file(
    page: Page, studio: Studio
) -> None:
    page.goto(f"{studio.desk}?zoom=6")
    page.wait_for_load_state("networkidle")
    shown = page.locator(image(1, 2))
    expect(shown).to_have_css("image-rendering", "pixelated")
    assert shown.evaluate("image => image.currentSrc").endswith(".png")


@pytest.fixture
def wide(tmp_path: Path) -> Iterator[Studio]:
    """Six columns."""
    with filled_studio(tmp_path, versions=3) as made:
        yield made


def test_24_by_6_pictures_never_keep_the_page_busy(page: Page, wide: Studio) -> None:
    page.goto(wide.desk)
    page.wait_for_load_state("networkidle")
    trace = page.context.new_cdp_session(page)
    events: list[dict[str, object]] = []
    trace.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    trace.send(
        "Tracing.start",
        {"categories": "disabled-by-default-devtools.timeline", "transferMode": "ReportEvents"},
    )
    middle = box(page, image(1, 2))
    page.mouse.move(middle["x"] + 100, middle["y"] + 100)
    page.keyboard.down("Control")
    for _ in range(20):
        page.mouse.wheel(0, -40)
    page.keyboard.up("Control")
    for _ in range(10):
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(30)
    for key in "h10h0":
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    ended: list[object] = []
    trace.on("Tracing.tracingComplete", lambda data: ended.extend([data]))
    trace.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    # Time of the processor, not of the clock: another process must not make this one look slow.
    busy = [each["tdur"] / 1000 for each in events if each["name"] == "RunTask" and "tdur" in each]
    assert len(busy) > 100
    assert max(busy) < LONGEST_MS
