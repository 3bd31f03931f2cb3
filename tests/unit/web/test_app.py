import io
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from studio.app import create_app
from studio.db.accounts import Person
from studio.domain import roles
from studio.settings import settings


def test_every_route_is_in_the_table_of_roles(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert routes == roles.OPEN | roles.DOOR | roles.MAY.keys()


def test_a_route_that_the_table_does_not_name_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


@pytest.mark.parametrize("address", ["/api/v1/samples", "/api/v1/infer?group=hair&version=v1"])
def test_a_body_that_comes_slowly_lets_others_write(
    client: FlaskClient, session: Session, address: str
) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            session.execute(update(Person).values(name="Mina"))
            session.commit()
            return super().read(size)

    client.get("/")  # makes the person of this machine
    answer = client.post(address, input_stream=Slow(b"no photo"), content_length=8)
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:8000"])
def test_this_machine_may_be_asked_by_its_own_names(client: FlaskClient, name: str) -> None:
    assert client.get("/healthz", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_a_foreign_name_that_points_here_is_refused(client: FlaskClient, name: str) -> None:
    assert client.get("/healthz", headers={"Host": name}).status_code == 400


def test_a_configured_name_is_answered(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del database_url
    monkeypatch.setenv("STUDIO_WEB_HOSTS", '["studio.example"]')
    settings.cache_clear()
    asked = create_app().test_client()
    assert asked.get("/healthz", headers={"Host": "studio.example"}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/healthz", "/static/base.css", "/no/such/page"])
def test_every_answer_forbids_scripts_and_frames_of_others(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'; img-src 'self' blob: data:")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_no_template_holds_a_script_or_a_style_of_its_own() -> None:
    for template in Path(create_app.__code__.co_filename).parent.glob("templates/**/*.html"):
        text = template.read_text()
        assert "style=" not in text, template
        assert "<style" not in text, template
        assert "<script>" not in text, template
        assert "http://" not in text, template
        assert "https://" not in text, template


def test_a_change_without_the_pages_token_is_refused(client: FlaskClient, app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.rule.startswith("/api/"):
            address = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
            address = re.sub(r"<[^>]+>", "1", address)
            assert client.post(address).status_code == 400, rule


def test_the_session_cookie_stays_with_us(client: FlaskClient) -> None:
    cookie = client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_key_is_made_once_and_for_its_owner_only(client: FlaskClient) -> None:
    client.get("/healthz")
    file = settings().root / "secret.key"
    before = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert create_app().secret_key == before
    assert list(settings().root.glob(".secret-*")) == []


def test_the_web_process_loads_neither_torch_nor_mlflow_nor_an_inference_engine() -> None:
    code = "import sys, studio.app; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "mlflow", "openvino", "nncf", "scipy.stats", "skimage", "cv2", "celery"}
    assert not heavy & set(done.stdout.split())
