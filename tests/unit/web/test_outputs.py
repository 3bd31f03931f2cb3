import csv
import http.server
import io
import json
import shlex
import socketserver
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.outputs import Output
from studio.db.samples import Sample
from studio.db.versions import Variant
from studio.domain.vocabulary import OutputState
from studio.gateways.storage import Storage
from studio.settings import settings
from tests import factories
from tests.unit.web.test_comparisons import address, words


@pytest.fixture
def stored(desk: Comparison, session: Session) -> list[Output]:
    """The pictures of the desk with their files; photos lie beside them."""
    storage = Storage(settings().objects)
    for sample in session.scalars(select(Sample)):
        sample.content_sha = storage.put(factories.png(sample.id))
    made = list(session.scalars(select(Output).where(Output.state == OutputState.DONE).order_by(Output.id)))
    for output in made:
        output.blob_sha = storage.put(factories.png(100 + output.id))
    session.commit()
    return made


def names(packed: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert opened.testzip() is None
        return opened.namelist()


def test_a_picture_says_what_made_it(client: FlaskClient, desk: Comparison, stored: list[Output]) -> None:
    page = words(client.get(address(desk, "outputs", str(stored[0].id))).text)
    for said in (
        "copper",
        "25 % of the picture",
        stored[0].blob_sha,
        "shared",
        f"repeat {stored[0].id}",
    ):
        assert said in page


def test_a_picture_of_another_comparison_is_not_shown_here(
    client: FlaskClient, session: Session, stored: list[Output]
) -> None:
    other = factories.comparison(session)
    assert client.get(address(other, "outputs", str(stored[0].id))).status_code == 404
    assert client.get(address(other, "outputs", "999999")).status_code == 404


def test_a_picture_is_downloaded_under_its_name(
    client: FlaskClient, desk: Comparison, stored: list[Output]
) -> None:
    answer = client.get(address(desk, "outputs", str(stored[0].id), "picture"))
    assert "__copper.png" in answer.headers["Content-Disposition"]
    assert answer.data == Storage(settings().objects).get(stored[0].blob_sha)


def test_a_row_and_the_whole_come_as_archives_with_an_index(
    client: FlaskClient, desk: Comparison, stored: list[Output]
) -> None:
    row = names(client.get(address(desk, "rows", "0.zip")).data)
    assert [name.partition("__")[2][:5] for name in row[1:]] == ["photo", row[2].partition("__")[2][:5]]
    packed = client.get(address(desk, "pictures.zip")).data
    found = names(packed)
    assert len(found) == 1 + 3 + len(stored)
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        index = list(csv.DictReader(io.StringIO(opened.read("index.csv").decode("utf-8-sig"))))
    assert {line["file"] for line in index} - {""} <= set(found)
    assert [line["why_missing"] for line in index if not line["file"]] == [
        "The photo has no face.",
        "not made",
        "not made",
    ]


def test_only_what_the_view_shows_is_downloaded(
    client: FlaskClient, desk: Comparison, stored: list[Output]
) -> None:
    assert len(names(client.get(address(desk, "pictures.zip?only=failed")).data)) == 1 + 1 + 1
    assert client.get(address(desk, "rows", "99.zip")).status_code == 404


def test_text_in_the_index_is_no_formula(client: FlaskClient, session: Session) -> None:
    photo = factories.sample(session)
    photo.name = "=1+1"
    made = factories.comparison(session, photos=[photo])
    packed = client.get(address(made, "pictures.zip")).data
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert ",'=1+1," in opened.read("index.csv").decode("utf-8-sig")


class Unix(socketserver.UnixStreamServer):
    def get_request(self) -> tuple[object, tuple[str, int]]:
        return super().get_request()[0], ("unix", 0)


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """A listener on a unix socket that answers every photo with a picture and keeps what it was asked."""
    asked: list[tuple[str, str, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, self.headers["X-Studio-Controls"], body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a picture")

        def log_message(self, *args: object) -> None:
            """The test looks at what was asked."""

    path = str(tmp_path / "s")
    with Unix(path, Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"unix:{path}", asked
        server.shutdown()


def test_the_curl_line_sends_the_photo_and_the_controls_to_the_endpoint(
    app: Flask,
    client: FlaskClient,
    desk: Comparison,
    session: Session,
    stored: list[Output],
    endpoint,
    tmp_path: Path,
) -> None:
    url, asked = endpoint
    host = factories.endpoint(session)
    host.inference_url = url
    stored[0].endpoint_id = host.id
    archive = session.get_one(Variant, stored[0].variant_id).archive_sha
    session.commit()
    page = client.get(address(desk, "outputs", str(stored[0].id))).text
    line = unescape(page.rpartition("<code>")[2].partition("</code>")[0])
    download, _, send = line.partition(" | ")
    assert shlex.split(download)[:2] == ["curl", "-sS"]
    photo = client.get(shlex.split(download)[2].removeprefix("http://localhost")).data
    done = subprocess.run(send, shell=True, input=photo, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    ((path, controls, body),) = asked
    assert path == f"/predictions/{archive[:12]}"
    assert json.loads(controls) == factories.COPPER
    assert body == photo
    (made,) = tmp_path.glob("*.png")
    assert made.read_bytes() == b"a picture"
