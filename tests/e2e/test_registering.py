"""A checkpoint is registered by hand in the browser; the file comes through the real server."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from studio.db.versions import Group, Version
from studio.gateways.storage import Storage
from tests.e2e.axe import violations
from tests.e2e.conftest import Studio, filled_studio

MANIFEST = {"family": "se-unet", "task": "hair-colour", "height": 256, "width": 256}
WEIGHTS = (2).to_bytes(8, "little") + b"{}" + bytes(3 << 20)
TOKEN = re.compile(r'"X-CSRFToken": "([^"]+)"')


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with filled_studio(tmp_path_factory.mktemp("registering")) as made:
        yield made


@pytest.fixture
def slug(filled: Studio) -> str:
    found = filled.session.scalars(select(Group.slug)).first()
    filled.session.commit()
    return found or ""


def dropped(name: str, body: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": body}


def test_files_that_are_chosen_fill_the_form_and_lead_to_the_way_of_the_version(
    filled: Studio, slug: str, page: Page
) -> None:
    page.goto(f"{filled.address}/groups/{slug}/register")
    assert violations(page) == []
    page.locator("#register").click()
    expect(page.get_by_text("Choose the weights file first.")).to_be_visible()
    page.locator("#file").set_input_files(
        [
            dropped("w.safetensors", WEIGHTS),
            dropped("manifest.json", json.dumps(MANIFEST).encode()),
            dropped("card.json", b'{"loss": 0.25, "data": {"photos": 400}}'),
        ]
    )
    expect(page.locator(".arrived")).to_contain_text("3.1 MB, here")
    expect(page.locator("#manifest")).to_have_value(json.dumps(MANIFEST))
    page.locator("#name").fill("by hand")
    page.get_by_label("name, as lr").first.fill("lr")
    page.get_by_label("value, as 2e-4").first.fill("2e-4")
    page.locator("#register").click()
    expect(page.locator("#steps")).to_contain_text("It waits for its turn")
    assert violations(page) == []
    made = filled.session.scalars(select(Version).where(Version.name == "by hand")).one()
    filled.session.commit()
    assert (made.params, made.card) == ({"lr": 2e-4}, {"loss": 0.25, "data": {"photos": 400}})
    page.goto(f"{filled.address}/groups/{slug}/register")
    page.locator("#file").set_input_files([dropped("again.safetensors", WEIGHTS)])
    expect(page.get_by_role("link", name="by hand")).to_be_visible()


def test_a_file_that_is_no_weights_file_says_so_in_its_place(
    filled: Studio, slug: str, context: Callable[..., BrowserContext]
) -> None:
    page = context().new_page()  # one that may complain: the refusal is an answer 409
    page.goto(f"{filled.address}/groups/{slug}/register")
    page.locator("#file").set_input_files([dropped("w.safetensors", b"\x80\x04" + bytes(3 << 20))])
    expect(page.locator(".arrived")).to_contain_text("no safetensors file")


def test_the_endpoints_page_is_whole_on_a_phone(filled: Studio, phone: Page) -> None:
    phone.goto(f"{filled.address}/endpoints")
    expect(phone.get_by_role("heading", name="Endpoints")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    assert violations(phone) == []


def test_a_body_that_is_cut_off_in_the_middle_leaves_nothing(filled: Studio, slug: str) -> None:
    storage = Storage(filled.var / "objects")
    before = {each for each in storage.root.rglob("*") if each.is_file()}
    with requests.Session() as browser:
        token = TOKEN.search(browser.get(f"{filled.address}/groups/{slug}/register", timeout=10).text)
        cookies = "; ".join(f"{each.name}={each.value}" for each in browser.cookies)
    parts = urlsplit(filled.address)
    assert token
    head = (
        f"POST /groups/{slug}/register/file?name=cut.safetensors HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Cookie: {cookies}\r\nX-CSRFToken: {token[1]}\r\nReferer: {filled.address}/\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(WEIGHTS)}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as line:
        line.sendall(head.encode() + WEIGHTS[: 2 << 20])
        line.shutdown(socket.SHUT_WR)
        assert b" 400 " in line.recv(1000).partition(b"\r\n")[0]
    assert {each for each in storage.root.rglob("*") if each.is_file()} == before
