# ruff: noqa: T201 a benchmark prints
"""What benchmarks stand on: a studio with the demo in it, whose numbers are not waited for, and full pages."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from studio.db.base import Base
from studio.db.outputs import SHARED_TAKE, Take
from studio.db.session import engine
from studio.gateways.storage import Storage
from studio.settings import settings
from tests import factories
from tests.servers.demo import DEMO_S, Demo
from workers.metrics import machine


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = Demo(tmp_path_factory.mktemp("bench") / "var")
    try:
        made.studio.start()
        made.wait(lambda: len(made.runs()) == 2 and made.missing(made.comparison) == 0, DEMO_S)
        made.press(made.comparison, "/cancel")
        made.wait(lambda: not made.busy(), DEMO_S)
        print("\nCPU", " ".join(machine.cpu_flags()) or "no vector flags", "cores", os.cpu_count())
        print("libraries", machine.libraries(("openvino", "torchserve")))
        yield made
    finally:
        made.studio.stop()


@dataclass
class Filled:
    """A studio without services: its folder, and the addresses of full pages."""

    root: Path
    desks: dict[str, str]  # by photos × columns
    group: str  # of 200 versions


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The settings name its folder as long as it is used."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_VAR", str(folder))
        settings.cache_clear()
        opened = engine(settings().database_url)
        Base.metadata.create_all(opened)
        picture = Storage(settings().objects).put(factories.png(1, 512, 512))
        with Session(opened, expire_on_commit=False) as session:
            session.add(Take(id=SHARED_TAKE, note="shared"))
            session.flush()
            desks = {
                f"{photos} × {columns}": factories.laid(session, photos, columns, picture).public_id
                for photos, columns in ((24, 6), (2000, 8))
            }
            slug = factories.grown(session, 200).slug
        yield Filled(
            folder, {size: f"/comparisons/{desk}" for size, desk in desks.items()}, f"/groups/{slug}"
        )
    settings.cache_clear()
