"""What tests of every kind ask for: a folder of their own, and databases of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy.orm import Session

from studio.db.session import engine
from studio.settings import settings
from tests.servers.databases import KINDS, Databases, empty
from tests.servers.demo import Demo

hypothesis_settings.register_profile("studio", deadline=None)  # a busy machine is no failure
hypothesis_settings.load_profile("studio")


@pytest.fixture
def studio_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The settings of this test: everything the studio writes lands in the test's folder."""
    monkeypatch.setenv("STUDIO_VAR", str(tmp_path / "var"))
    settings.cache_clear()
    yield tmp_path / "var"
    settings.cache_clear()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="module", params=KINDS)
def module_database(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    url = databases.migrated(request.param, tmp_path_factory.mktemp("database"))
    yield url
    engine(url).dispose()
    databases.drop(url)


@pytest.fixture
def database_url(module_database: str, studio_var: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with all tables, whose only row is take 0; the settings of this test name it."""
    del studio_var
    monkeypatch.setenv("STUDIO_DATABASE", module_database)
    settings.cache_clear()
    yield module_database
    empty(module_database)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    with Session(engine(database_url), expire_on_commit=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A real studio with the demo compared, one for all tests that need no other."""
    made = Demo(tmp_path_factory.mktemp("demo") / "var")
    try:
        made.start()
        yield made
    finally:
        made.studio.stop()
