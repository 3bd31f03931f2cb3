# ruff: noqa: T201 a benchmark prints
"""One studio with the demo in it for all benchmarks of serving; its numbers are not waited for."""

import os
from collections.abc import Iterator

import pytest

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
