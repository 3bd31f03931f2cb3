import hashlib
import re

import pytest
import requests
from playwright.sync_api import Page, expect

from studio.gateways.storage import Storage
from tests.e2e.conftest import SIDE, Studio
from tests.e2e.desk import box, cell, focused, settled


def test_a_click_shows_the_real_file_at_its_native_pixels(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    cell(page, 1, 2).locator("a.picture").click()
    shown = page.locator("#viewer .layer:not([hidden]) img")
    expect(shown).to_have_js_property("complete", True)
    assert shown.bounding_box()["width"] == SIDE == shown.evaluate("image => image.naturalWidth")
    file = requests.get(shown.evaluate("image => image.src"), timeout=5).content
    stored = Storage(studio.var / "objects").get(hashlib.sha256(file).hexdigest())
    assert stored == file
    assert "mode=large" in page.url


def test_back_leaves_the_large_picture_and_forward_returns_to_it(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    cell(page, 1, 2).locator("a.picture").click()
    page.go_back()
    expect(page.locator("#viewer")).not_to_be_visible()
    page.go_forward()
    expect(page.locator("#viewer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).not_to_be_visible()
    page.wait_for_url(re.compile(r"^[^?]*(\?(?!.*mode).*)?$"))


def test_the_viewer_keeps_its_place_over_columns_rows_and_a_reload(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.desk}?row=2&column=1&mode=large")
    for key in "+++":
        page.keyboard.press(key)
    page.mouse.move(700, 400)
    page.mouse.down()
    page.mouse.move(760, 430, steps=3)
    page.mouse.up()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("j")
    expect(page.locator("#viewer .place")).to_contain_text("4 / 26")
    settled(page)
    before = box(page, "#viewer .layer:not([hidden]) img")
    assert before["width"] > 2 * SIDE
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("k")
    assert box(page, "#viewer .layer:not([hidden]) img") == before
    page.reload()
    assert box(page, "#viewer .layer:not([hidden]) img") == pytest.approx(before, abs=2)
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).not_to_be_visible()
    assert focused(page) == [2, 1]
    expect(page).not_to_have_url(re.compile("mode"))
