import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.outputs import CellValue, Output
from studio.db.runs import Run
from studio.db.samples import Annotation, AnnotationTag
from studio.db.versions import Group, Version
from studio.domain.vocabulary import OutputState, Precision, TagOrigin
from studio.services import outputs
from tests import factories
from tests.e2e.axe import violations
from tests.e2e.conftest import Studio

COLOURS = {"attributes": {"colour": ["copper", "black"]}}


def told(session: Session, made: Comparison) -> Group:
    """Controls for the version on the desk, a second version, tags, and numbers to sort by."""
    group = session.get_one(Group, made.group_id)
    group.compare_revision_id = made.revision_id
    v1 = session.scalars(select(Version).where(Version.group_id == group.id)).one()
    v2 = factories.version(session, group)
    v2.name, v1.manifest, v2.manifest = "v2", COLOURS, COLOURS
    factories.variant(session, v2)
    factories.variant(session, v2, Precision.INT8)
    for annotation in session.scalars(select(Annotation)):
        value = "long" if annotation.id % 2 else "short"
        session.add(
            AnnotationTag(annotation_id=annotation.id, key="hair", value=value, origin=TagOrigin.PERSON)
        )
    left, right = outputs.columns(session, made.id)
    base = {each.annotation_id: each for each in _of(session, left)}
    for place, each in enumerate(_of(session, right)):
        against = base[each.annotation_id].id
        session.add(CellValue(output_id=each.id, metric="apart", against_output_id=against, value=place))
    session.commit()
    return group


def _of(session: Session, column: outputs.Column) -> list[Output]:
    return list(
        session.scalars(
            select(Output)
            .where(Output.variant_id == column.variant_id, Output.state == OutputState.DONE)
            .order_by(Output.id)
        )
    )


def test_a_comparison_is_put_together_started_and_opened(page: Page, own_studio: Studio) -> None:
    group = told(own_studio.session, own_studio.comparison)
    page.goto(f"{own_studio.address}/comparisons/new?group={group.slug}")
    expect(page.get_by_role("heading", level=1)).to_have_text("v2 against v1")
    expect(page.locator(".start")).to_contain_text("28 pictures to make")
    assert violations(page) == []
    page.get_by_label("Colour").first.select_option("black")
    expect(page.locator(".start")).to_contain_text("52 pictures to make")
    page.reload()
    expect(page.get_by_label("Colour").first).to_have_value("black")
    expect(page.locator(".start")).to_contain_text("52 pictures to make")
    page.get_by_role("link", name="INT8").click()
    expect(page.get_by_label("Version").first.locator(":checked")).to_have_text("v1 INT8")
    page.get_by_role("button", name="Add a column").click()
    expect(page.locator(".column")).to_have_count(3)
    page.get_by_role("button", name="Remove column 3").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".column")).to_have_count(2)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#cancel")).to_be_visible()
    assert own_studio.session.scalars(select(Run)).one().comparison_id != own_studio.comparison.id
    own_studio.session.commit()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_builder_fits_a_phone(context, studio: Studio, scheme: str) -> None:
    page = context(viewport={"width": 390, "height": 844}, color_scheme=scheme).new_page()
    page.goto(f"{studio.address}/comparisons/new?from={studio.comparison.public_id}")
    expect(page.locator(".column")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert violations(page) == []


def test_the_desk_sorts_and_filters_and_the_address_keeps_it(page: Page, own_studio: Studio) -> None:
    told(own_studio.session, own_studio.comparison)
    page.goto(own_studio.desk)
    page.get_by_role("button", name="Sort").click()
    page.get_by_role("link", name="changed most").click()
    expect(page.locator(".line[data-row='0']")).to_have_attribute("data-position", "23")
    page.get_by_role("button", name="Filter").click()
    assert violations(page) == []
    page.get_by_role("link", name=re.compile("short")).click()
    expect(page).to_have_url(re.compile(r"sort=changed&tag=hair:short"))
    expect(page.locator(".shown")).to_contain_text("13 of 26 photos")
    expect(page.locator(".line[data-row]")).to_have_count(13)
    page.get_by_role("link", name="Without the filter hair:short").click()
    expect(page.locator(".shown")).to_contain_text("26 photos")


def test_a_picture_leads_to_what_made_it(page: Page, studio: Studio) -> None:
    page.goto(studio.desk)
    page.locator("a.caption").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("v1 FP32")
    expect(page.get_by_text("studio outputs repeat")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as waits:
        page.get_by_role("link", name="Download the row").click()
    assert waits.value.suggested_filename.endswith("_001.zip")
