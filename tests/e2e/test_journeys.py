"""A planner's day with a photo of her own, from the wall to the web test, on real servers."""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from samples import render
from studio.db.comparisons import Comparison
from tests.servers.demo import Demo

SEED, SIDE = 77_001, 256  # of a portrait that no set of the demo holds
NAME = "drawn for the journey"
MADE_MS = 120_000  # of a busy machine

pytestmark = pytest.mark.timeout(600)  # alone it waits for the whole demo


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / f"{NAME}.png"
    Image.fromarray(render.render(SEED, SIDE).photo).save(path)
    return path


def pixels(picture: Locator) -> np.ndarray:
    answer = picture.page.request.get(picture.evaluate("each => each.currentSrc"))
    return np.asarray(Image.open(BytesIO(answer.body())).convert("RGB"), dtype=np.int16)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean distance of two pictures, of 255."""
    return float(np.abs(one - other).mean())


def brought(page: Page, address: str, photo: Path) -> None:
    """The photo comes to the wall, is tagged there and put into a set of its own."""
    page.goto(f"{address}/samples")
    page.set_input_files("photo-drop input[type=file]", photo)
    expect(page.locator(".arrivals h2")).to_have_text("1 kept", timeout=MADE_MS)
    page.get_by_role("button", name="Close").click()
    page.get_by_label(f"Select {NAME}").check()
    page.get_by_label("Tags, with a comma between them").fill("mood:calm")
    page.get_by_role("button", name="Add tag").click()
    expect(page.locator("#notice")).to_contain_text("1 photo tagged mood:calm")
    page.get_by_role("button", name="Add to a set…").click()
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_role("button", name="Make the set").click()
    page.wait_for_url(f"**/sets/{NAME.replace(' ', '-')}?r=1")


def test_a_photo_walks_from_the_wall_through_a_set_and_a_comparison_to_the_web_test(
    page: Page, demo: Demo, photo: Path
) -> None:
    brought(page, demo.studio.address, photo)
    page.get_by_role("link", name="Compare on these photos").click()
    page.get_by_role("link", name="both").click()
    expect(page).to_have_url(re.compile("ask=both"))
    columns = page.locator(".column").count()
    expect(page.locator(".start")).to_contain_text(f"{columns} pictures to make")
    page.get_by_role("button", name="Compare", exact=True).click()
    made = page.locator(".line[data-row='0'] .cell:not(.input) .picture img")
    expect(made).to_have_count(columns, timeout=MADE_MS)
    pictures = [pixels(picture) for picture in made.all()]
    assert {each.shape for each in pictures} == {(SIDE, SIDE, 3)}
    assert 0 < apart(*pictures[:2]) < 8
    calm(demo)
    page.goto(f"{demo.studio.address}/webtest")
    page.set_input_files("[data-photo] >> nth=0", photo)
    tried = page.locator(".line[data-row='0'] .cell:not(.input) img").first
    expect(tried).to_be_visible(timeout=MADE_MS)
    own = np.asarray(Image.open(photo), dtype=np.int16)
    assert 0 < apart(pixels(tried), own) < 64
    page.get_by_role("button", name="Forget now").click()
    expect(page.get_by_text(re.compile("Your photo is forgotten"))).to_be_visible()


def calm(demo: Demo) -> None:
    """Stop what measures the pictures; it is not what the test is about."""
    with demo.reading() as session:
        newest = session.scalars(select(Comparison).order_by(Comparison.id.desc()).limit(1)).one()
    demo.press(newest, "/cancel")
    demo.wait(lambda: not demo.busy(), MADE_MS / 1000)
