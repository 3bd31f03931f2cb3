import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from studio.domain import roles
from studio.domain.vocabulary import Role
from studio.errors import Conflict
from studio.services.infer import TooMany


def broken() -> str:
    raise RuntimeError("a secret detail")


def taken() -> str:
    raise Conflict("The name is taken.", "Choose another.")


def crowded() -> str:
    raise TooMany("Others are asking now.", "It is your turn in a moment.")


@pytest.fixture
def client(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    for name, view in (("broken", broken), ("taken", taken), ("crowded", crowded)):
        monkeypatch.setitem(roles.MAY, name, frozenset(Role))
        app.add_url_rule(f"/{name}", name, view)
    return app.test_client()


def test_a_person_gets_a_page_with_what_happened_and_what_to_do(client: FlaskClient) -> None:
    answer = client.get("/taken", headers={"Accept": "text/html"})
    assert answer.status_code == 409
    assert "The name is taken." in answer.text
    assert "Choose another." in answer.text


def test_a_page_in_use_gets_a_line_for_its_notice(client: FlaskClient) -> None:
    answer = client.get("/taken", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#notice"
    assert "<html" not in answer.text


def test_a_program_gets_problem_json(client: FlaskClient) -> None:
    answer = client.get("/taken", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    assert answer.get_json() == {"title": "The name is taken.", "detail": "Choose another.", "status": 409}


def test_who_comes_too_early_hears_when_to_ask_again(client: FlaskClient) -> None:
    answer = client.get("/crowded")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "Retry-After" not in client.get("/taken").headers


def test_an_unforeseen_failure_tells_a_number_and_keeps_its_details_for_the_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/broken", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "a secret detail" not in answer.text
    number = caplog.records[-1].getMessage().split()[1]
    assert number in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/comparisons/nowhere", "/pictures/zz.png", "/nowhere"])
def test_what_is_not_there_is_said_in_a_sentence(client: FlaskClient, address: str) -> None:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<h1>There is no such" in answer.text
