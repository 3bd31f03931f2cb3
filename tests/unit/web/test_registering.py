import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from studio.db.runs import Run, Step
from studio.db.versions import Group, Version
from studio.domain.vocabulary import RunState, StepState, VersionState
from studio.gateways.storage import Storage
from studio.services import registering
from studio.services.steps import End
from studio.settings import settings
from tests import factories
from tests.unit.services.stages import end_stage, take

MANIFEST = {
    "family": "se-unet",
    "task": "hair-colour",
    "height": 256,
    "width": 256,
    "attributes": {"colour": ["ash", "copper"]},
}
WEIGHTS = (2).to_bytes(8, "little") + b"{}"

Post = Callable[..., TestResponse]


@pytest.fixture
def line(session: Session) -> Group:
    made = factories.group(session)
    session.commit()
    return made


@pytest.fixture
def send(client: FlaskClient, line: Group) -> Post:
    """A weights file as the raw body, as the page's script sends it."""

    def post(data: bytes = WEIGHTS, name: str = "w.safetensors") -> TestResponse:
        token = client.get("/").text.partition('"X-CSRFToken": "')[2].partition('"')[0]
        headers = {"X-CSRFToken": token, "Accept": "application/json"}
        return client.post(
            f"/groups/{line.slug}/register/file?name={name}",
            data=data,
            headers=headers,
            content_type="application/octet-stream",
        )

    return post


def fields(send: Post, **more: object) -> dict[str, object]:
    said = {"name": "v1", "checkpoint_sha": send().json["sha"], "checkpoint_name": "w.safetensors"}
    return {**said, "manifest": json.dumps(MANIFEST), **more}


def files() -> list[Path]:
    return [each for each in settings().objects.rglob("*") if each.is_file()]


def test_a_weights_file_is_stored_as_it_comes_and_known_the_second_time(
    send: Post, line: Group, session: Session, post: Post
) -> None:
    first = send()
    assert (first.status_code, first.json["size"], first.json["known"]) == (201, len(WEIGHTS), None)
    assert Storage(settings().objects).get(first.json["sha"]) == WEIGHTS
    assert post(f"/groups/{line.slug}/register", **fields(send)).status_code == 303
    assert send().json["known"] == {"name": "v1", "address": f"/groups/{line.slug}/versions/v1"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\x80\x04" + bytes(200_000), "no safetensors"),
        (WEIGHTS[:7], "cut short"),
    ],
)
def test_what_is_no_weights_file_is_refused_with_a_sentence_and_not_kept(
    send: Post, data: bytes, sentence: str
) -> None:
    refused = send(data)
    assert refused.status_code == 409
    assert sentence in refused.json["title"]
    assert refused.json["detail"]
    assert files() == []


def test_a_file_over_the_limit_is_refused_before_it_is_read(
    send: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_CHECKPOINT_MB", "1")
    settings.cache_clear()
    assert send(WEIGHTS + bytes(3 << 20)).status_code == 413
    assert files() == []


def test_the_form_makes_a_version_with_typed_parameters_and_leads_to_its_page(
    client: FlaskClient, line: Group, send: Post, post: Post, session: Session
) -> None:
    said = fields(
        send,
        params_key=["lr", "", "data"],
        params_value=["2e-4", "", "drawn heads"],
        card_key="licence",
        card_value="CC0",
        notes="first try",
    )
    answer = post(f"/groups/{line.slug}/register", **said)
    assert (answer.status_code, answer.location) == (303, f"/groups/{line.slug}/versions/v1")
    made = session.scalars(select(Version)).one()
    assert (made.params, made.card, made.notes) == (
        {"lr": 2e-4, "data": "drawn heads"},
        {"licence": "CC0"},
        "first try",
    )
    assert session.scalars(select(Step.name)).all() == ["validate"]


def test_a_child_takes_the_manifest_of_its_first_parent(
    line: Group, send: Post, post: Post, session: Session
) -> None:
    for name in ("v1", "v2"):
        sha = send(WEIGHTS + name.encode()).json["sha"]
        made = post(f"/groups/{line.slug}/register", **fields(send, name=name, checkpoint_sha=sha))
        assert made.status_code == 303
    child = fields(send, name="v3", manifest="", parent=["v2", "v1"])
    assert post(f"/groups/{line.slug}/register", **child).status_code == 303
    third = session.scalars(select(Version).where(Version.name == "v3")).one()
    assert third.manifest["family"] == "se-unet"
    assert third.parent_b is not None


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"checkpoint_sha": ""}, "file", "no weights file yet"),
        ({"manifest": ""}, "manifest", "There is no manifest"),
        ({"manifest": "{"}, "manifest", "no JSON"),
        ({"name": "a/b"}, "name", "cannot stand in an address"),
        ({"params_key": ["lr", "lr"], "params_value": ["1", "2"]}, "params", "stands there twice"),
        ({"parent": "v9"}, "parents", "no version v9"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(
    line: Group, send: Post, post: Post, session: Session, wrong: dict[str, object], field: str, sentence: str
) -> None:
    answer = post(f"/groups/{line.slug}/register", **fields(send, **wrong))
    assert answer.status_code == 422
    said = answer.text.partition(f'id="{field}-wrong"')[2].partition("</span>")[0]
    assert sentence in said.replace("&#34;", '"')
    assert session.scalars(select(Version)).all() == []
    assert session.scalars(select(Run)).all() == []


def test_without_scripts_the_files_come_with_the_form(
    client: FlaskClient, line: Group, session: Session
) -> None:
    token = client.get("/").text.partition('"X-CSRFToken": "')[2].partition('"')[0]
    body = {
        "csrf_token": token,
        "name": "v1",
        "file": (io.BytesIO(WEIGHTS + bytes(100_000)), "w.safetensors"),
        "manifest_file": (io.BytesIO(json.dumps(MANIFEST).encode()), "manifest.json"),
        "card_file": (io.BytesIO(b'{"loss": 0.1, "data": {"n": 400}}'), "card.json"),
        "card_key": "by",
        "card_value": "Mina",
    }
    answer = client.post(f"/groups/{line.slug}/register", data=body, content_type="multipart/form-data")
    assert answer.status_code == 303
    made = session.scalars(select(Version)).one()
    assert made.card == {"loss": 0.1, "data": {"n": 400}, "by": "Mina"}
    assert made.checkpoint_bytes == len(WEIGHTS) + 100_000


def test_the_form_proposes_the_next_name_and_warns_of_missing_photos(
    client: FlaskClient, line: Group, session: Session
) -> None:
    factories.version(session, line).name = "v7"
    session.commit()
    page = client.get(f"/groups/{line.slug}/register").text
    assert 'value="v8"' in page
    assert "no photos to calibrate on" in page


def registered(session: Session, line: Group) -> tuple[Version, Run]:
    sha, size = Storage(settings().objects).receive([WEIGHTS])
    asked = registering.Registration(
        "v1",
        registering.Kept("w.safetensors", sha, size),
        registering.manifest(session, line, json.dumps(MANIFEST), ()),
    )
    return registering.register(session, factories.person(session).id, line, asked)


def test_the_way_is_asked_again_while_it_is_open_and_not_sent_twice(
    client: FlaskClient, line: Group, session: Session
) -> None:
    made, _ = registered(session, line)
    address = f"/groups/{line.slug}/versions/{made.name}/steps"
    shown = client.get(address)
    assert "every 1s" in shown.text
    assert shown.text.count('data-state="waiting"') == 11
    tag = shown.text.partition("If-None-Match")[2].partition('\\"')[2].partition('\\"')[0]
    assert client.get(address, headers={"If-None-Match": f'"{tag}"'}).status_code == 304


def test_a_failed_step_shows_its_sentence_its_log_and_what_can_be_done(
    client: FlaskClient, line: Group, session: Session, post: Post
) -> None:
    made, run = registered(session, line)
    log = Storage(settings().objects).put(b"Traceback: the weights do not fit")
    end_stage(session, run, End(StepState.ERROR, "The weights do not fit.", "Export.", True, log))
    address = f"/groups/{line.slug}/versions/{made.name}"
    shown = client.get(f"{address}/steps").text
    assert "The weights do not fit.</strong> Export." in shown
    assert "Try again" in shown
    step = session.scalars(select(Step)).one()
    session.commit()
    assert client.get(f"{address}/steps/{step.id}/log").text == "Traceback: the weights do not fit"
    saved = client.get(f"{address}/steps/{step.id}/log?download")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"{address}/steps/{step.id + 1}/log").status_code == 404
    assert post(f"{address}/again").status_code == 303
    assert len(session.scalars(select(Run)).all()) == 2


def test_a_registration_is_withdrawn_by_a_button(line: Group, session: Session, post: Post) -> None:
    made, run = registered(session, line)
    address = f"/groups/{line.slug}/versions/v1/withdraw"
    assert post(address).status_code == 303
    session.expire_all()
    assert (made.state, run.state) == (VersionState.RETIRED, RunState.CANCELLED)
    session.commit()
    assert post(address).status_code == 409


def test_a_wrong_parent_is_corrected_by_a_form(line: Group, session: Session, post: Post) -> None:
    first, second = factories.version(session, line), factories.version(session, line)
    session.commit()
    address = f"/groups/{line.slug}/versions/{second.name}/parents"
    assert post(address, parent=[first.name, ""]).status_code == 303
    session.expire_all()
    assert second.parent_a == first.id
    own = second.name
    session.commit()
    assert post(address, parent=[own]).status_code == 409


def test_parts_that_ended_show_their_own_times(client: FlaskClient, line: Group, session: Session) -> None:
    made, run = registered(session, line)
    [held] = take(session, run)
    session.get_one(Step, held.step_id).parts = [["read", 0.25]]
    session.commit()
    shown = client.get(f"/groups/{line.slug}/versions/{made.name}/steps").text
    assert "0.3 s" in shown or "0.2 s" in shown
    assert 'data-state="running"' in shown
