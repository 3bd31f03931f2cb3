import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from studio.__main__ import main
from studio.cli import steps
from studio.db.runs import Run
from studio.db.session import engine
from studio.db.versions import Group, Version
from studio.domain.vocabulary import StepState
from studio.services.steps import End
from tests import factories
from tests.unit.services.stages import end_stage

WEIGHTS = (2).to_bytes(8, "little") + b"{}"
MANIFEST = {"family": "se-unet", "task": "hair-colour", "height": 256, "width": 256}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "w.safetensors").write_bytes(WEIGHTS)
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "card.json").write_text('{"loss": 0.5}')
    return tmp_path


@pytest.fixture
def line(session: Session) -> Iterator[Group]:
    made = factories.group(session)
    session.commit()
    yield made
    engine.cache_clear()


def studio(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def register(line: Group, folder: Path, *more: object) -> Result:
    files = (folder / "w.safetensors", "--manifest", folder / "manifest.json", "--card", folder / "card.json")
    return studio("versions", "register", line.slug, *files, *more)


def test_a_checkpoint_is_registered_with_typed_parameters(line: Group, folder: Path) -> None:
    done = register(line, folder, "--param", "lr=2e-4", "--notes", "first", "--json")
    assert (done.exit_code, json.loads(done.output)) == (0, {"version": "v1"})
    [listed] = json.loads(studio("versions", "list", line.slug, "--json").output)
    assert (listed["name"], listed["state"]) == ("v1", "draft")
    shown = json.loads(studio("versions", "show", line.slug, "v1", "--json").output)
    assert (shown["params"], shown["card"], shown["notes"]) == ({"lr": 2e-4}, {"loss": 0.5}, "first")
    assert line.slug in studio("groups", "list").output
    assert json.loads(studio("groups", "show", line.slug, "--json").output)["slug"] == line.slug


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--parent", "v9"), "no version v9"),
        (("--param", "lr"), "has no value"),
        (("--param", "lr=1", "--param", "lr=2"), "twice"),
        (("--name", "a/b"), "cannot stand in an address"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_status_1(
    line: Group, folder: Path, more: tuple[str, ...], sentence: str
) -> None:
    done = register(line, folder, *more)
    assert done.exit_code == 1
    assert sentence in done.output


def test_waiting_ends_with_1_and_the_sentence_when_a_step_failed(
    line: Group, folder: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(seconds: float) -> None:
        """The worker, in the pause between two looks."""
        del seconds
        run = session.query(Run).one()
        end_stage(session, run, End(StepState.ERROR, "The weights do not fit.", "Export.", permanent=True))
        session.commit()

    monkeypatch.setattr(steps.time, "sleep", fail)
    done = register(line, folder, "--wait")
    assert done.exit_code == 1
    assert "read failed The weights do not fit." in done.output


def test_a_version_is_withdrawn_and_its_parents_are_corrected(
    line: Group, folder: Path, session: Session
) -> None:
    first = factories.version(session, line)
    first.name = "v1"
    session.commit()
    assert register(line, folder).exit_code == 0
    slug = line.slug
    assert "v2 comes from v1." in studio("versions", "parents", slug, "v2", "v1").output
    assert studio("versions", "parents", slug, "v1", "v2").exit_code == 1
    assert "is withdrawn" in studio("versions", "withdraw", slug, "v2").output
    assert studio("versions", "retry", slug, "v2").exit_code == 1
    assert session.query(Version).count() == 2
