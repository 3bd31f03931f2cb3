"""The API against its own document: whatever fits it is answered as it says, whatever does not is a problem."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from sqlalchemy.orm import Session

from studio.api.contract import ROOT
from studio.app import create_app
from studio.db.session import engine
from studio.settings import settings as table
from tests import factories
from tests.servers.databases import Databases

# 422: what fits the document and a rule of the studio refuses; 400 stays for what does not fit it.
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "410", "422", "429", "5xx"]
RULES = schemathesis.Config.from_dict(
    {"checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}}
)
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))


@pytest.fixture(scope="module")
def app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder: Path = tmp_path_factory.mktemp("api")
    url = databases.migrated("sqlite", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_VAR", str(folder / "var"))
        patch.setenv("STUDIO_DATABASE", url)
        table.cache_clear()
        with Session(engine(url)) as session:
            factories.everything(session)
        yield create_app()
    table.cache_clear()
    engine(url).dispose()


def from_here(app: Flask) -> Callable[..., Iterable[bytes]]:
    """The application as a program on the same machine meets it."""
    return lambda environ, start: app({**environ, "REMOTE_ADDR": "127.0.0.1"}, start)


def test_every_operation_answers_as_its_document_says(app: Flask, subtests: pytest.Subtests) -> None:
    document = schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", from_here(app), config=RULES)
    for found in document.get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def ask(case: Case) -> None:
            case.call_and_validate()

        with subtests.test(operation.label):
            ask()
