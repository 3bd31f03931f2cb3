import pytest
from playwright.sync_api import Page

from tests.e2e.axe import violations
from tests.e2e.conftest import Studio


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(context, studio: Studio, scheme: str) -> None:
    page = context(color_scheme=scheme).new_page()
    for address in (studio.address, studio.desk, f"{studio.desk}?mode=large&heat=1&column=1&row=1"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], address
    page.goto(studio.desk)
    for opens in ("#head-0 .more", "[data-keys]"):
        page.locator(opens).click()
        assert violations(page) == [], opens
    for address in (f"{studio.address}/status", f"{studio.address}/comparisons/nowhere"):
        page.goto(address)
        assert violations(page) == [], address


def test_no_page_on_a_phone_keeps_anybody_out(phone: Page, studio: Studio) -> None:
    for address in (studio.address, studio.desk, f"{studio.address}/status"):
        phone.goto(address)
        phone.wait_for_selector("main")
        assert violations(phone) == [], address
        assert phone.evaluate("document.documentElement.scrollWidth") == 390
