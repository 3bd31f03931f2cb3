import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from studio.__main__ import main
from studio.db.runs import Run
from studio.domain.vocabulary import StepState
from tests import factories


@pytest.fixture
def work(session: Session) -> Run:
    made = factories.run(session, ("generate", StepState.PENDING))
    session.commit()
    return made


def test_the_list_and_one_run_are_shown_to_people_and_to_programs(work: Run) -> None:
    asked = CliRunner()
    assert work.public_id in asked.invoke(main, ["runs", "list"]).output
    [entry] = json.loads(asked.invoke(main, ["runs", "list", "--json"]).output)
    shown = json.loads(asked.invoke(main, ["runs", "show", work.public_id, "--json"]).output)
    assert {key: shown[key] for key in entry} == entry
    assert [step["name"] for step in shown["steps"]] == ["generate"]
    assert "generate" in asked.invoke(main, ["runs", "show", work.public_id]).output


def test_a_run_is_stopped(work: Run, session: Session) -> None:
    assert CliRunner().invoke(main, ["runs", "cancel", work.public_id]).exit_code == 0
    session.refresh(work)
    assert work.cancel_at is not None


def test_an_unknown_run_is_a_sentence(session: Session) -> None:
    del session
    asked = CliRunner().invoke(main, ["runs", "show", "never"])
    assert (asked.exit_code, asked.output.strip()) == (
        1, "Error: There is no such run. List the runs to see their ids.",
    )  # fmt: skip


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_completion(shell: str) -> None:
    assert "_STUDIO_COMPLETE" in CliRunner().invoke(main, ["completion", shell]).output


def test_a_studio_that_never_started_is_a_sentence(studio_var: Path) -> None:
    del studio_var
    shown = CliRunner().invoke(main, ["runs", "list"])
    assert shown.exit_code == 1
    assert "Start the studio first" in shown.output
