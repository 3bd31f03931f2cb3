from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from studio.db.versions import Variant
from studio.domain.vocabulary import DeploymentState, Precision
from studio.gateways.vault import Vault
from studio.services import endpoints, webtest
from studio.services.infer import AT_ONCE
from studio.settings import settings
from tests import factories
from tests.servers.redis import redis_server
from tests.servers.torchserve_stub import Stub, nobody, torchserve_stub

PHOTO = factories.png(7)


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    with redis_server() as socket:
        yield socket


@pytest.fixture
def stub(studio_var: Path, server: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    del studio_var
    with torchserve_stub("unix") as running:
        monkeypatch.setenv("STUDIO_INFERENCE", running.inference)
        monkeypatch.setenv("STUDIO_BROKER", f"redis+socket://{server}?virtual_host=0")
        settings.cache_clear()
        Vault(settings().redis_url)._redis.flushall()
        yield running


@pytest.fixture
def variants(session: Session, stub: Stub) -> list[Variant]:
    """Champion and candidate in both precisions; FP32 of both is loaded."""
    line = factories.group(session)
    made = []
    for name in ("v1", "v2"):
        version = factories.version(session, line)
        version.name = name
        version.manifest = {"attributes": {"colour": ["black", "copper"]}}
        made += [factories.variant(session, version, precision) for precision in Precision]
    factories.champion(session, session.get_one(type(version), made[0].version_id))
    version.candidate_at = version.created_at
    host = endpoints.local(session, stub.inference, "unix:/nowhere")
    for each in (made[0], made[2]):
        stub.models.add(str(each.archive_sha)[:12])
        endpoints.note(session, host.id, str(each.archive_sha), DeploymentState.LOADED, load_seconds=4.2)
    session.commit()
    return made


Send = Callable[..., object]


@pytest.fixture
def send(client: FlaskClient) -> Send:
    """POST as the page does."""

    def send(address: str, data: bytes = b"", mimetype: str = "application/octet-stream") -> object:
        page = client.get("/").text
        token = page.partition('"X-CSRFToken": "')[2].partition('"')[0]
        return client.post(
            address,
            data=data,
            content_type=mimetype,
            headers={"X-CSRFToken": token, "Accept": "application/json"},
        )

    return send


@pytest.fixture
def held(variants: list[Variant], send: Send) -> str:
    """The address of the page of a photo."""
    del variants
    answer = send("/webtest/photos", PHOTO)
    assert answer.status_code == 201
    return str(answer.get_json()["address"])


def test_one_starts_with_champion_and_candidate_in_full_precision(
    client: FlaskClient, variants: list[Variant]
) -> None:
    page = client.get("/webtest").text
    for variant, ticked in zip(variants, (True, False, True, False), strict=True):
        mark = " checked" if ticked else ""
        assert f'name="variant" value="{variant.id}"{mark}>' in page
    assert "<option selected>copper</option>" in page


def test_without_versions_the_page_says_what_comes_first(client: FlaskClient) -> None:
    assert "one must be registered first" in client.get("/webtest").text


def test_a_photo_is_shown_as_the_versions_make_it(
    client: FlaskClient, send: Send, held: str, variants: list[Variant]
) -> None:
    page = client.get(held)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count('hx-trigger="load"') == 2
    cell = send(f"{held}/{variants[0].id}?set.colour=copper")
    assert "at the endpoint" in cell.text
    for path in ("photo", str(variants[0].id)):
        answer = client.get(f"{held}/{path}")
        assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/png", "no-store")
        given, kept = (np.asarray(Image.open(BytesIO(each))) for each in (PHOTO, answer.data))
        assert np.array_equal(given, kept)
    assert client.get(held).text.count('hx-trigger="load"') == 1


def test_other_controls_have_it_made_again(
    client: FlaskClient, send: Send, held: str, variants: list[Variant], stub: Stub
) -> None:
    send(f"{held}/{variants[0].id}?set.colour=copper&set.length=long")
    assert stub.heard[-1].headers["x-studio-controls"] == '{"colour": "copper"}'
    assert client.get(f"{held}?set.colour=black").text.count('hx-trigger="load"') == 2


def test_a_version_that_is_not_loaded_says_how_long_that_took_the_last_time(
    session: Session, send: Send, held: str, variants: list[Variant], stub: Stub
) -> None:
    host = endpoints.local(session, stub.inference, "unix:/nowhere")
    endpoints.note(session, host.id, str(variants[1].archive_sha), DeploymentState.LOADED, load_seconds=4.2)
    stub.models.clear()
    answer = send(f"{held}/{variants[1].id}?set.colour=copper").text
    assert "loading the model" in answer
    assert "took 4.2 s" in answer
    assert 'hx-trigger="load delay:1s"' in answer


def test_while_others_ask_it_waits_for_its_turn(send: Send, held: str, variants: list[Variant]) -> None:
    vault = Vault(settings().redis_url)
    turns = [vault.turn("infer", AT_ONCE, 60) for _ in range(AT_ONCE)]
    for each in turns:
        each.__enter__()
    answer = send(f"{held}/{variants[0].id}?set.colour=copper")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "waiting for its turn" in answer.text
    for each in turns:
        each.__exit__(None, None, None)


def test_a_model_that_refuses_says_why_and_can_be_asked_again(
    send: Send, held: str, variants: list[Variant]
) -> None:
    answer = send(f"{held}/{variants[0].id}?set.colour=no such colour")
    assert answer.status_code == 200
    assert "is no colour of this model" in answer.text
    assert "Try again" in answer.text


def test_a_server_that_is_away_is_a_sentence_in_the_cell(
    send: Send, held: str, variants: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_INFERENCE", nobody())
    settings.cache_clear()
    assert "does not answer" in send(f"{held}/{variants[0].id}?set.colour=copper").text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"no photo at all", "not a readable photo"),
        (PHOTO[:2000], "damaged or incomplete"),
        (b"\0\0\0\x18ftypheic" + bytes(60), "HEIC"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(
    variants: list[Variant], send: Send, data: bytes, sentence: str
) -> None:
    del variants
    answer = send("/webtest/photos", data)
    assert answer.status_code == 422
    assert sentence in answer.get_json()["title"]


def test_a_file_over_the_limit_is_refused_before_it_is_read(variants: list[Variant], send: Send) -> None:
    del variants
    assert send("/webtest/photos", bytes(webtest.MAX_BYTES + 1)).status_code == 413


def test_a_form_is_refused_before_its_parser_could_write_it_to_a_file(
    app: Flask, client: FlaskClient, variants: list[Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    del variants
    monkeypatch.setattr(
        app.request_class,
        "_load_form_data",
        lambda request: pytest.fail("the form was parsed"),
    )
    body = (
        b'--x\r\nContent-Disposition: form-data; name="photo"; filename="p"\r\n\r\n'
        + PHOTO * 60
        + b"\r\n--x--"
    )
    answer = client.post("/webtest/photos", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


def test_a_large_photo_is_made_smaller(variants: list[Variant], client: FlaskClient, send: Send) -> None:
    del variants
    address = send("/webtest/photos", factories.png(1, 3000, 1500)).get_json()["address"]
    assert "2048 × 1024" in client.get(address).text


def test_another_browser_sees_nothing_of_it(app: Flask, held: str, variants: list[Variant]) -> None:
    with app.test_client() as other:
        other.environ_base["HTTP_ACCEPT"] = "text/html"
        for path in ("", "/photo", f"/{variants[0].id}"):
            assert other.get(f"{held}{path}").status_code == 404


def test_forget_now_leaves_nothing(
    client: FlaskClient, send: Send, held: str, variants: list[Variant]
) -> None:
    send(f"{held}/{variants[0].id}?set.colour=copper")
    assert send(f"{held}/forget").status_code == 303
    for path in ("", "/photo", f"/{variants[0].id}"):
        assert client.get(f"{held}{path}").status_code == 404
    assert Vault(settings().redis_url)._redis.keys("*") == []
    assert "nothing of it" in client.get(held).text


def test_memory_that_is_full_says_so(
    variants: list[Variant], send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    del variants
    monkeypatch.setattr(webtest, "PHOTOS", 1)
    assert send("/webtest/photos", PHOTO).status_code == 201
    answer = send("/webtest/photos", PHOTO)
    assert (answer.status_code, answer.get_json()["title"][:8]) == (429, "1 photos")


def test_a_studio_without_its_short_term_memory_says_so(
    variants: list[Variant], send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    del variants
    monkeypatch.setenv("STUDIO_BROKER", "redis+socket:///nowhere.sock?virtual_host=0")
    settings.cache_clear()
    answer = send("/webtest/photos", PHOTO)
    assert answer.status_code == 503
    assert "short-term memory" in answer.get_json()["title"]
