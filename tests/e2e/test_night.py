import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from safetensors.torch import load, save
from sqlalchemy import select

from model_store.manifest import Manifest
from studio.cli.demo import WEIGHTS
from studio.db.versions import Version
from studio.domain.vocabulary import Purpose
from studio.services import champions, groups, lifecycle, registering, sets
from studio.services.registering import Registration
from tests.servers.demo import Demo
from tests.servers.studio import HOME

NIGHT_S, RUN_S, PHOTOS = 300, 240.0, 4

pytestmark = pytest.mark.timeout(900)  # the first test waits for the whole demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo with its first version as champion, a candidate whose colour leaks, and four photos for the night."""
    made = Demo(tmp_path_factory.mktemp("demo") / "var")
    try:
        made.start()
        prepare(made)
        yield made
    finally:
        made.studio.stop()


def prepare(demo: Demo) -> None:
    photos = [photo.id for photo in demo.photos(demo.comparison.revision_id)[:PHOTOS]]
    with demo.writing() as (session, person):
        group = groups.get(session, demo.group.slug)
        first = lifecycle.find(session, group.slug, "v1")
        if not lifecycle.is_champion(session, first):
            champions.make(session, person, first, "The planners chose it.")
        groups.use_revision(
            session, person, group, sets.add_revision(session, person, "night", Purpose.NIGHT, photos)
        )
        manifest = Manifest.from_json((WEIGHTS / "v1/manifest.json").read_bytes())
        kept = registering.keep(session, demo.storage, "leaks.safetensors", [leaking()])
        asked = Registration("leaks", kept, manifest, parents=("v1",), controls={"colour": "copper"})
        registering.register(session, person, group, asked)
    demo.wait(lambda: not demo.busy(), RUN_S)
    with demo.writing() as (session, person):
        for version in session.scalars(select(Version).where(Version.candidate_at.is_not(None))):
            lifecycle.unmark_candidate(session, person, version)
        lifecycle.mark_candidate(session, person, lifecycle.find(session, group.slug, "leaks"))


def leaking() -> bytes:
    """The demo's weights with a mask that reaches beyond the hair."""
    tensors = load((WEIGHTS / "v1/se-unet.safetensors").read_bytes())
    bias = tensors["head.bias"].clone()
    bias[:4] += 4.0  # the mask of each of 2×2 pixels, before the sigmoid
    return save({**tensors, "head.bias": bias})


def start(demo: Demo, folder: Path, *words: str) -> subprocess.Popen[str]:
    files = ("--json", str(folder / "night.json"), "--junit", str(folder / "night.xml"))
    return subprocess.Popen(
        [sys.executable, "-m", "studio", "night", "run", *files, *words],
        cwd=HOME,
        env=demo.studio.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def night(demo: Demo, folder: Path, *words: str) -> tuple[int, dict, ET.Element]:
    """One night from the terminal: exit status, JSON and JUnit."""
    asked = start(demo, folder, *words)
    said, _ = asked.communicate(timeout=NIGHT_S)
    assert (folder / "night.json").exists(), said
    [found] = json.loads((folder / "night.json").read_text())["nights"]
    return asked.returncode, found, ET.parse(folder / "night.xml").getroot()


def test_a_candidate_whose_colour_leaks_is_a_regression_that_names_the_photo(
    demo: Demo, tmp_path: Path
) -> None:
    status, found, document = night(demo, tmp_path)
    assert (status, found["state"], found["candidates"]) == (1, "regression", ["leaks"])
    rest = next(each for each in found["findings"] if each["metric"] == "rest")
    assert (rest["verdict"], rest["noise"]) == ("worse", 0.0)
    assert rest["candidate"] > 3 * rest["champion"]
    assert int(document.get("failures", "")) >= 1
    page = demo.browser.get(f"{demo.studio.address}/nights/{found['public_id']}").text
    assert "changes more of what is not hair" in page
    assert f'href="/comparisons/{found["comparison"]}"' in page


def test_the_champion_as_its_own_candidate_has_not_got_worse(demo: Demo, tmp_path: Path) -> None:
    status, found, document = night(demo, tmp_path, "--candidate", "v1")
    assert (status, found["state"], found["reason"]) == (0, "ok", "")
    assert {each["verdict"] for each in found["findings"]} == {"same"}
    assert {"rest", "hair", "twin_difference", "cpu_ratio"} <= {each["metric"] for each in found["findings"]}
    assert (document.get("failures"), document.get("errors")) == ("0", "0")


def test_a_night_whose_studio_goes_away_in_the_middle_says_which_services(demo: Demo, tmp_path: Path) -> None:
    asked = start(demo, tmp_path)
    demo.wait(demo.busy, 60)
    demo.studio.stop()
    said, _ = asked.communicate(timeout=NIGHT_S)
    assert asked.returncode == 2, said
    assert "torchserve" in said
    status, found, _ = night(demo, tmp_path)
    assert (status, found["state"], found["comparison"]) == (2, "untrusted", "")
    assert found["reason"].startswith("Not running: ")
