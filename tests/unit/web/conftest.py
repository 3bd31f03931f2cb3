"""The application on a database of the test, asked without a server."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from sqlalchemy.orm import Session

from studio.app import create_app
from studio.db.comparisons import Comparison
from studio.domain.vocabulary import OutputState
from studio.services import outputs
from tests import factories


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Templates that another test has compiled already."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(database_url: str, compiled: BytecodeCache) -> Flask:
    del database_url
    made = create_app()
    made.jinja_env.bytecode_cache = compiled
    made.testing = False  # failures become pages, as for people
    return made


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as asked:
        asked.environ_base["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
        yield asked


@pytest.fixture
def post(client: FlaskClient) -> Callable[..., object]:
    """POST as the page does: with the token that the page holds."""

    def send(address: str, *, htmx: bool = False, **fields: str) -> object:
        page = client.get("/").text
        token = page.partition('"X-CSRFToken": "')[2].partition('"')[0]
        headers = {"X-CSRFToken": token} | ({"HX-Request": "true"} if htmx else {})
        return client.post(address, data=fields, headers=headers)

    return send


@pytest.fixture
def desk(session: Session) -> Comparison:
    """Two columns on three photos: all pictures on the left, one error and two holes on the right."""
    made = factories.comparison(session, photos=3, columns=2)
    left, right = outputs.columns(session, made.id)
    for cell in outputs.holes(session, left):
        factories.output(session, left, cell)
    factories.output(session, right, outputs.holes(session, right)[0], OutputState.ERROR)
    session.commit()
    return made
