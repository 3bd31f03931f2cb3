import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from studio.cli import story
from studio.domain.vocabulary import OPEN_RUNS, Purpose, RunKind, RunState
from studio.queries import groups as lines
from studio.services import champions, groups, lifecycle, registering, runs, sets
from studio.services.groups import Wording
from studio.services.registering import Registration
from tests.servers.demo import Demo
from tests.servers.studio import HOME

NIGHT_S, RUN_S, PHOTOS = 400, 400.0, 4
CHAPTERS = {each.name: each for each in story.LINES[0].chapters if each.name in {"v2", "v3"}}
# The same command; what it waits for here was stopped and does not come back.
IMPATIENT = "from studio.__main__ import main; from studio.cli import night; night.PATIENCE_S = 5.0; main()"

pytestmark = pytest.mark.timeout(900)  # the first test waits for the whole demo


@pytest.fixture(scope="module")
def nightly(demo: Demo) -> Iterator[Demo]:
    """The demo with v2 as champion, v3 beside it and a few photos for the night; afterwards as it was."""
    group = demo.group
    serve(demo)
    try:
        yield demo
    finally:
        with demo.writing() as (session, person):
            usual = {Purpose.NIGHT: None, Purpose.REFERENCE: group.reference_revision_id}
            groups.edit(session, person, group.slug, Wording(group.name, group.lane, group.brief, usual))
            champions.take_back(
                session, person, lifecycle.find(session, group.slug, "v2"), "The tests are over."
            )
            for name in CHAPTERS:
                lifecycle.retire(session, person, lifecycle.find(session, group.slug, name))


def serve(demo: Demo) -> None:
    """Register both versions; their first comparison is not what the tests are about."""
    photos = [photo.id for photo in demo.photos(demo.comparison.revision_id)[:PHOTOS]]
    with demo.writing() as (session, person):
        group = lines.get(session, demo.group.slug)
        for purpose in (Purpose.NIGHT, Purpose.REFERENCE):
            few = sets.add_revision(session, person, f"few-{purpose.value}", purpose, photos)
            words = Wording(group.name, group.lane, group.brief, {purpose: few.id})
            groups.edit(session, person, group.slug, words)
        for name, chapter in CHAPTERS.items():
            weights = chapter.weights.read_bytes()
            kept = registering.keep(session, demo.storage, chapter.weights.name, [weights])
            asked = Registration(name, kept, chapter.manifest, controls=chapter.controls)
            registering.register(session, person, group, asked)
    demo.wait(lambda: registered(demo), RUN_S)
    with demo.writing() as (session, person):
        for run in demo.runs():
            if run.state in OPEN_RUNS:
                runs.cancel(session, person, run.public_id)
        session.commit()
        champions.make(session, person, lifecycle.find(session, demo.group.slug, "v2"), "It looks right.")
    demo.wait(lambda: not demo.busy(), RUN_S)


def registered(demo: Demo) -> bool:
    found = [run.state for run in demo.runs() if run.kind is RunKind.REGISTER]
    assert RunState.ERROR not in found[-len(CHAPTERS) :]
    return not set(OPEN_RUNS) & set(found)


def start(demo: Demo, folder: Path, candidate: str, *command: str) -> subprocess.Popen[str]:
    files = ("--json", str(folder / "night.json"), "--junit", str(folder / "night.xml"))
    of = ("--group", demo.group.slug, "--candidate", candidate)
    return subprocess.Popen(
        [sys.executable, *(command or ("-m", "studio")), "night", "run", *of, *files],
        cwd=HOME,
        env=demo.studio.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(asked: subprocess.Popen[str], folder: Path) -> tuple[int, dict, ET.Element]:
    """One night from the terminal: exit status, JSON and JUnit."""
    said, _ = asked.communicate(timeout=NIGHT_S)
    assert (folder / "night.json").exists(), said
    [found] = json.loads((folder / "night.json").read_text())["nights"]
    return asked.returncode, found, ET.parse(folder / "night.xml").getroot()


def test_a_candidate_whose_colour_leaks_is_a_regression_that_names_the_photo(
    nightly: Demo, tmp_path: Path
) -> None:
    status, found, document = ended(start(nightly, tmp_path, "v3"), tmp_path)
    assert (status, found["state"], found["champion"]) == (1, "regression", "v2")
    rest = next(each for each in found["findings"] if each["metric"] == "rest")
    assert (rest["verdict"], rest["noise"]) == ("worse", 0.0)
    assert rest["candidate"] > 3 * rest["champion"]
    failed = document.findall(".//failure")
    assert len(failed) == int(document.get("failures", ""))
    assert "rest" in {each.get("type") for each in failed}
    page = nightly.browser.get(f"{nightly.studio.address}/nights/{found['public_id']}").text
    assert "changes more of what is not hair" in page
    assert f'href="/comparisons/{found["comparison"]}"' in page


def test_the_champion_as_its_own_candidate_has_not_got_worse(nightly: Demo, tmp_path: Path) -> None:
    status, found, document = ended(start(nightly, tmp_path, "v2"), tmp_path)
    assert (status, found["state"], found["reason"]) == (0, "ok", "")
    assert {each["verdict"] for each in found["findings"]} == {"same"}
    assert {"rest", "hair", "twin_difference", "cpu_ratio"} <= {each["metric"] for each in found["findings"]}
    assert (document.get("failures"), document.get("errors")) == ("0", "0")


def test_a_night_whose_studio_goes_away_in_the_middle_says_which_services(
    nightly: Demo, tmp_path: Path
) -> None:
    asked = start(nightly, tmp_path, "v3", "-c", IMPATIENT)
    nightly.wait(nightly.busy, 60)
    nightly.studio.stop()
    try:
        status, found, document = ended(asked, tmp_path)
        assert (status, found["state"], document.get("errors")) == (2, "untrusted", "1")
        assert found["reason"].startswith("Not running for 5 s: ")
        assert "torchserve" in found["reason"]
        assert not nightly.busy()
        status, found, _ = ended(start(nightly, tmp_path, "v3"), tmp_path)
        assert (status, found["state"], found["comparison"]) == (2, "untrusted", "")
        assert found["reason"].startswith("Not running: ")
    finally:
        nightly.studio.start()
