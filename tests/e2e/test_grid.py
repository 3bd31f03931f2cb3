from io import BytesIO

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, expect

from studio.services import outputs
from tests import factories
from tests.e2e.conftest import SIDE, Studio
from tests.e2e.desk import cell, focused

SHARE = """() => {
  const top = document.querySelector('.head').getBoundingClientRect().bottom;
  const bottom = document.querySelector('picture-desk').getBoundingClientRect().bottom;
  let area = 0;
  for (const cell of document.querySelectorAll('.line[data-row] .cell')) {
    const box = cell.getBoundingClientRect();
    area += Math.max(0, Math.min(box.bottom, bottom) - Math.max(box.top, top)) * box.width;
  }
  return area / innerWidth / innerHeight;
}"""


def test_pictures_fill_the_window(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    page.wait_for_load_state("networkidle")
    heads, first, second = (
        page.locator(which).first.bounding_box()
        for which in (".heads", '.line[data-row="0"]', '.line[data-row="1"]')
    )
    foot = page.locator(".foot").bounding_box()
    assert heads["height"] <= 110
    assert first["y"] + first["height"] < foot["y"]
    assert second["y"] < foot["y"] - 40
    assert page.evaluate(SHARE) >= 0.70


def test_heads_and_photos_stay_while_scrolling(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    before = page.locator(".heads").bounding_box()
    page.evaluate("document.querySelector('picture-desk').scrollTop = 3000")
    assert page.locator(".heads").bounding_box() == before


def test_the_keys_walk_through_the_grid_and_the_address_follows(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    for key in ("j", "j", "ArrowRight", "ArrowDown", "k"):
        page.keyboard.press(key)
    assert focused(page) == [1, 2]
    assert page.url.endswith("?row=1&column=2")
    page.reload()
    assert focused(page) == [1, 2]


def test_heat_shows_what_differs_in_the_colours_of_its_scale(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.desk}?heat=1")
    maps = page.locator('.line[data-row="1"] canvas.heat')
    expect(maps).to_have_count(1)  # INT8 against FP32, which has none of its own
    expect(maps).to_have_attribute("width", str(SIDE))
    expect(page.locator(".foot .legend")).to_be_visible()
    page.keyboard.press("h")
    expect(maps).to_have_count(0)


def test_the_keys_are_a_dialog_that_gives_the_focus_back(page: Page, studio: Studio) -> None:
    page.goto(f"{studio.desk}?row=1&column=1")
    page.keyboard.press("?")
    expect(page.locator("#all-keys")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.locator("#all-keys")).not_to_be_visible()
    assert focused(page) == [1, 1]


@pytest.mark.parametrize("key", [" ", "x"])
def test_holding_a_key_shows_the_photo_in_place_of_every_picture(
    page: Page, studio: Studio, key: str
) -> None:
    page.goto(studio.desk)
    page.keyboard.press("j")
    page.keyboard.down(key)
    over = cell(page, 0, 1).locator(".before")
    expect(over).to_be_visible()
    photo = cell(page, 0, 0).locator("img")
    assert over.evaluate("image => image.currentSrc") == photo.evaluate("image => image.currentSrc")
    assert over.bounding_box()["width"] == pytest.approx(photo.bounding_box()["width"], abs=0.1)
    page.keyboard.up(key)
    expect(over).not_to_be_visible()


def test_the_foot_tells_the_colour_of_the_stored_pixel_in_every_column(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    box = cell(page, 0, 1).locator("img").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    probe = page.locator("#probe")
    expect(probe).to_contain_text("v1 FP32 #")
    words = probe.inner_text().split()
    x, y = int(words[1]), int(words[3])
    for label, blob in (("Photo", 0), ("FP32", 1)):
        address = cell(page, 0, blob).locator("a.picture").get_attribute("href")
        file = requests.get(studio.address + address, timeout=5).content
        pixel = Image.open(BytesIO(file)).getpixel((x, y))
        assert words[words.index(label) + 1] == "#{:02x}{:02x}{:02x}".format(*pixel)


def test_more_photos_come_while_scrolling(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    expect(page.locator(".line[data-row]")).to_have_count(24)
    page.evaluate("document.querySelector('picture-desk').scrollTop = 1e6")
    expect(page.locator(".line[data-row]")).to_have_count(26)


def test_all_numbers_are_one_click_away(page: Page, own_studio: Studio) -> None:
    column = outputs.columns(own_studio.session, own_studio.comparison.id)[0]
    factories.measurement(own_studio.session, column, "fd_standin", low=11.0, high=14.0, n=24)
    own_studio.session.commit()
    page.goto(own_studio.desk)
    page.get_by_role("button", name="All numbers of v1 FP32").click()
    detail = page.locator("#numbers-0")
    expect(detail).to_contain_text("11.0 … 14.0")
    detail.get_by_text("What makes these numbers comparable").click()
    expect(detail.locator(".parts")).to_contain_text("24")
    page.keyboard.press("Escape")
    expect(detail).not_to_be_visible()


def test_a_phone_shows_one_column_and_changes_it_in_place(phone: Page, studio: Studio) -> None:
    phone.goto(studio.desk)
    phone.wait_for_load_state("networkidle")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    expect(cell(phone, 1, 1)).to_be_visible()
    expect(cell(phone, 1, 2)).not_to_be_visible()
    phone.get_by_role("button", name="v1 INT8", exact=True).click()
    expect(cell(phone, 1, 2)).to_be_visible()
    expect(cell(phone, 1, 1)).not_to_be_visible()
    assert phone.url.endswith("column=2")
