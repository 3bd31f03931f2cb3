from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from samples import pictures
from studio.cli import demo, story
from studio.db.runs import Run
from studio.db.samples import Annotation, Sample
from studio.db.versions import Champion, Group, Version
from studio.domain.vocabulary import OPEN_RUNS, RunState, VersionState
from studio.services import comparisons

FEW = 3


@pytest.fixture
def few_photos(monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    whole = pictures.files
    monkeypatch.setattr(pictures, "files", lambda key: whole(key)[:FEW])


@pytest.fixture
def studio_at_work(
    monkeypatch: pytest.MonkeyPatch, few_photos: None, session: Session
) -> Iterator[list[str]]:
    """Workers that finish a registration while the demo waits; the names they saw, in order."""
    seen: list[str] = []

    def work(seconds: float) -> None:
        for run in session.scalars(select(Run).where(Run.state.in_(OPEN_RUNS))):
            version = session.get_one(Version, run.args["version"])
            seen.append(version.name)
            run.state = RunState.DONE
            version.state = VersionState.SERVING
        session.commit()

    monkeypatch.setattr(demo.time, "sleep", work)
    yield seen
    session.rollback()


def told(*words: str) -> str:
    answer = CliRunner().invoke(demo.demo, words)
    assert answer.exit_code == 0, answer.output
    return answer.output


def names(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Version.name).order_by(Version.id)))


@pytest.mark.usefixtures("few_photos")
def test_the_first_chapter_is_told_without_waiting(session: Session) -> None:
    assert "v1 is being packaged" in told("--first")
    assert names(session) == ["v1"]


@pytest.mark.usefixtures("few_photos")
def test_drawn_photos_bring_all_that_is_known_of_them(session: Session) -> None:
    told("--first")
    (astronaut, *drawn) = session.execute(
        select(Sample.name, Annotation)
        .join(Annotation, Annotation.sample_id == Sample.id)
        .where(Annotation.is_current)
        .order_by(Sample.id)
        .limit(FEW)
    )
    assert astronaut.Annotation.hair_mask_sha
    assert astronaut.Annotation.target_sha is None
    for _, known in drawn:
        assert known.hair_mask_sha
        assert known.target_sha
        assert len(known.landmarks) == 5


@pytest.mark.usefixtures("few_photos")
def test_what_is_there_stays_as_it_is(session: Session) -> None:
    told("--first")
    before = [session.scalar(select(func.count()).select_from(each)) for each in (Sample, Annotation, Run)]
    session.rollback()
    told("--first")
    assert before == [
        session.scalar(select(func.count()).select_from(each)) for each in (Sample, Annotation, Run)
    ]


def test_the_story_ends_with_v2_as_champion_and_v1_before_it(
    session: Session, studio_at_work: list[str]
) -> None:
    assert "The demo is complete." in told()
    expected = [chapter.name for line in story.LINES for chapter in line.chapters if chapter.folder.is_dir()]
    assert studio_at_work == expected == names(session)
    champions = session.execute(
        select(Version.name, Champion.until)
        .join(Champion, Champion.version_id == Version.id)
        .join(Group, Group.id == Version.group_id)
        .where(Group.slug == story.LINES[0].slug)
        .order_by(Champion.id)
    ).all()
    assert [name for name, _ in champions] == ["v1", "v2"]
    assert [until is None for _, until in champions] == [False, True]
    session.rollback()
    told()
    assert names(session) == expected


def test_an_interrupted_story_goes_on_where_it_was(session: Session, studio_at_work: list[str]) -> None:
    told("--first")
    told()
    assert studio_at_work[0] == "v1"
    assert names(session).count("v1") == 1


def test_v4_may_be_deleted(
    session: Session, studio_at_work: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = story.LINES[0]
    chapters = tuple(each for each in line.chapters if each.name != "v4")
    gone = replace(line.chapters[3], of=str(tmp_path / "v4"))
    monkeypatch.setattr(story, "LINES", (replace(line, chapters=(*chapters, gone)),))
    told()
    assert names(session) == ["v1", "v2", "v3"]


def test_the_comparison_of_v2_is_pinned_once(
    session: Session, studio_at_work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned: list[int] = []
    monkeypatch.setattr(
        comparisons, "pin", lambda session, person, comparison, pinned: pins.append(comparison)
    )
    pins = pinned
    work = demo.time.sleep

    def compare(seconds: float) -> None:
        for run in session.scalars(select(Run).where(Run.state.in_(OPEN_RUNS))):
            run.args = {**run.args, "comparison": 7}
        session.commit()
        work(seconds)

    monkeypatch.setattr(demo.time, "sleep", compare)
    told()
    told()
    assert pinned == [7]
