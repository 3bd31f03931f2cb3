from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient

from studio.services import health
from studio.services.health import NAMES, Lamp


def show(monkeypatch: pytest.MonkeyPatch, stopped: Sequence[str]) -> None:
    lamps = tuple(
        Lamp(name, "stopped" if name in stopped else "ready", 1.8e9, "a note", 1, 5_000_000, "", "")
        for name in NAMES
    )
    monkeypatch.setattr(health, "lamps", lambda: lamps)


@pytest.mark.parametrize(
    ("stopped", "sentence", "ready"),
    [
        ((), "Everything runs", True),
        (("mlflow",), "something else is missing", True),
        (("torchserve",), "Pictures cannot be made now", False),
    ],
)
def test_the_first_sentence_says_whether_pictures_can_be_made(
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    stopped: tuple[str, ...],
    sentence: str,
    ready: bool,
) -> None:
    show(monkeypatch, stopped)
    page = client.get("/status").text
    assert sentence in page
    assert page.count('data-state="stopped"') == len(stopped)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["ready"]) == (200 if ready else 503, ready)


def test_the_process_says_it_lives_without_asking_anybody(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DATABASE", "sqlite:////nowhere/at/all.db")
    assert client.get("/healthz").status_code == 200
