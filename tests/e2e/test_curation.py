"""One photo is annotated, and sets are made of photos, by mouse and by keys."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from studio.db.samples import Annotation, RevisionItem, Sample, SetRevision
from studio.domain.annotation import Known, tagged
from studio.domain.vocabulary import Purpose
from studio.gateways.storage import Storage
from studio.services import annotations, sets
from tests import factories
from tests.e2e.axe import violations
from tests.e2e.conftest import SIDE, Studio, filled_studio

FACE = [(200, 240), (312, 244), (256, 300), (214, 366), (298, 366)]
WINDOW = "([x, y]) => { const at = new DOMPoint(x, y).matrixTransform(document.querySelector('.drawing').getScreenCTM()); return [at.x, at.y] }"


def annotation(studio: Studio, photo: int) -> Annotation:
    studio.session.rollback()
    found = studio.session.scalars(
        select(Annotation).where(Annotation.sample_id == photo, Annotation.is_current)
    ).one()
    studio.session.commit()  # SQLite lets nobody write while we look
    return found


def click(page: Page, x: float, y: float) -> None:
    """Click on a pixel of the photo."""
    page.mouse.click(*page.evaluate(WINDOW, [x, y]))


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Photo 1 has a mask, a target, points and a tag; photo 2 a guess; a set of both has two revisions.

    Each test changes photos of its own.
    """
    with filled_studio(tmp_path_factory.mktemp("curated")) as made:
        curate(made)
        yield made


def curate(studio: Studio) -> None:
    session, by = studio.session, factories.person(studio.session).id
    session.get_one(Sample, 2).landmarks_guess = [list(point) for point in FACE]
    storage = Storage(studio.var / "objects")
    mask, target = storage.put(factories.mask(SIDE, SIDE)), storage.put(factories.png(7, SIDE, SIDE))
    sets.create(session, by, "Everyday faces", Purpose.COMPARE, [1, 2])

    def change(known: Known) -> Known:
        points = tuple((float(x), float(y)) for x, y in FACE)
        return replace(known, hair_mask_sha=mask, eye_mask_sha=mask, target_sha=target, landmarks=points)

    annotations.revise(session, by, [1], change)
    annotations.revise(session, by, [1], tagged([("hair", "long")]))
    sets.renew(session, by, "everyday-faces")


def test_five_clicks_make_landmarks_and_an_eye_mask(page: Page, curated: Studio) -> None:
    page.goto(f"{curated.address}/samples/3")
    page.get_by_role("button", name="Set five points…").click()
    expect(page.locator(".ask")).to_have_text("1 of 5: click the pupil of the left eye, left as you see it")
    click(page, 30, 30)
    page.keyboard.press("Backspace")
    for place in FACE:
        click(page, *place)
    start, end = page.evaluate(WINDOW, list(FACE[2])), page.evaluate(WINDOW, [256, 320])
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()
    expect(page.get_by_role("button", name="Save points")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("there, with the eye mask")).to_be_visible()
    kept = annotation(curated, 3)
    expected = [*FACE[:2], (256, 320), *FACE[3:]]
    assert kept.landmarks == [pytest.approx(point, abs=1) for point in expected]
    page.get_by_role("button", name="Eye mask").click()
    expect(page.locator(".view.eyes")).to_be_visible()
    page.reload()
    expect(page.locator(".view.eyes")).to_be_visible()


def test_the_keys_alone_set_five_points(page: Page, curated: Studio) -> None:
    page.goto(f"{curated.address}/samples/4")
    page.keyboard.press("l")
    for right, down in ((-12, -4), (20, 0), (-10, 12), (-8, 10), (16, 0)):
        page.keyboard.press("Shift+ArrowRight")
        for key, times in (("Right" if right > 0 else "Left", right), ("Down" if down > 0 else "Up", down)):
            for _ in range(abs(times)):
                page.keyboard.press(f"Arrow{key}")
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_text("there, with the eye mask")).to_be_visible()
    assert annotation(curated, 4).landmarks == [[197, 236], [298, 236], [249, 296], [210, 346], [291, 346]]


def test_the_guess_is_taken_by_a_key_and_corrected(page: Page, curated: Studio) -> None:
    page.goto(f"{curated.address}/samples/2")
    expect(page.locator(".guessed")).to_have_attribute("d", re.compile("M"))
    page.keyboard.press("l")
    page.keyboard.press("g")
    page.keyboard.press("Enter")
    expect(page.get_by_text("there, with the eye mask")).to_be_visible()
    assert annotation(curated, 2).landmarks == [list(point) for point in FACE]


def test_views_size_and_neighbours_have_keys(page: Page, curated: Studio) -> None:
    page.goto(f"{curated.address}/samples/1?set=everyday-faces&r=2")
    for view in ("hair", "edge"):
        page.keyboard.press("m")
        expect(page.locator(f".view.{view}")).to_be_visible()
    page.keyboard.press("m")
    expect(page.locator(".view.edge")).to_be_hidden()
    page.keyboard.press("z")
    box = page.locator(".drawing").bounding_box()
    assert (box["width"], box["height"]) == (SIDE, SIDE)
    click(page, 100, 100)
    assert page.locator(".drawing").bounding_box()["width"] > SIDE
    page.keyboard.press("j")
    page.wait_for_url("**/samples/2?set=everyday-faces&r=2")


def test_tags_name_and_a_mask_change_without_leaving_the_page(page: Page, curated: Studio) -> None:
    page.goto(f"{curated.address}/samples/5")
    page.get_by_label("New tag").fill("hair:long")
    page.keyboard.press("Enter")
    expect(page.locator(".tags .chip")).to_have_text(re.compile(r"hair\s+long"))
    expect(page.get_by_label("New tag")).to_have_value("")
    page.get_by_label("Name", exact=True).fill("Mina")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Mina")
    page.locator('input[type="file"]').first.set_input_files(
        {"name": "mask.png", "mimeType": "image/png", "buffer": factories.mask(SIDE, SIDE)}
    )
    expect(page.get_by_role("button", name="Mask edge")).to_be_visible()
    page.get_by_role("button", name="Remove the tag hair:long").click()
    expect(page.get_by_text("none yet")).to_be_visible()
    assert annotation(curated, 5).no == 4


def test_photos_go_from_the_wall_into_a_set_and_out_of_its_next_revision(page: Page, curated: Studio) -> None:
    page.goto(f"{curated.address}/samples")
    for n in range(3):
        page.locator(".tile input").nth(n).check()
    page.get_by_role("button", name="Add to a set…").click()
    page.get_by_label("Name", exact=True).fill("Faces of the wall")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sets/faces-of-the-wall?r=1")
    page.locator(".tile input").nth(1).check()
    page.get_by_role("button", name="New revision without these").click()
    page.wait_for_url("**/sets/faces-of-the-wall?r=2")
    page.get_by_role("link", name="What differs between r1 and r2").click()
    expect(page.get_by_role("heading", name="Left out 1")).to_be_visible()
    curated.session.rollback()
    held = select(RevisionItem.revision_id).join(SetRevision).where(SetRevision.slug == "faces-of-the-wall")
    assert len(curated.session.scalars(held).all()) == 5
    curated.session.commit()


def test_no_page_of_photos_and_sets_keeps_anybody_out(page: Page, phone: Page, curated: Studio) -> None:
    for path in (
        "/samples/1",
        "/samples/2",
        "/samples/1?annotation=1",
        "/sets",
        "/sets/everyday-faces?r=2&from=1",
    ):
        for scheme, on in (("dark", page), ("light", phone)):
            on.emulate_media(color_scheme=scheme)
            on.goto(curated.address + path)
            assert violations(on) == [], (path, scheme)
        assert phone.evaluate("document.documentElement.scrollWidth") == 390
    page.goto(f"{curated.address}/samples/2")
    page.keyboard.press("l")
    assert violations(page) == []
