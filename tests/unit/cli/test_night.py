import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from studio.__main__ import main
from studio.cli import night
from studio.domain.vocabulary import NightState
from studio.queries import nights as reading
from studio.queries.nights import Entry
from studio.services import health
from tests import factories

AT = datetime(2026, 11, 21, 2, tzinfo=UTC)
ENTRY = Entry(
    1, "id", "Hair colour", "hair", date(2026, 11, 21), 1, NightState.OK, AT, AT, "v1", ("v2",), "", "", 0, "", "", ()
)  # fmt: skip


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ([NightState.OK], 0),
        ([NightState.OK, NightState.OK], 0),
        ([NightState.REGRESSION], 1),
        ([NightState.UNTRUSTED, NightState.REGRESSION, NightState.OK], 1),
        ([NightState.OK, NightState.UNTRUSTED], 2),
        ([NightState.RUNNING], 2),
    ],
)
def test_the_exit_status_says_what_came_out(states: list[NightState], status: int) -> None:
    assert night.status_of([replace(ENTRY, state=state) for state in states]) == status


def test_a_studio_without_a_champion_has_nothing_to_measure(session: Session) -> None:
    del session
    shown = CliRunner().invoke(main, ["night", "run"])
    assert shown.exit_code == 2
    assert "No group has a champion" in shown.output


def test_an_unknown_group_is_a_sentence(session: Session) -> None:
    del session
    shown = CliRunner().invoke(main, ["night", "run", "--group", "none"])
    assert shown.exit_code == 2
    assert "There is no such group." in shown.output


def test_a_night_without_its_services_ends_at_once_and_writes_its_files_all_the_same(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    champion = factories.champion(session, factories.version(session))
    session.commit()
    monkeypatch.setattr(health, "missing", lambda lamps: ("torchserve",))
    files = ["--json", str(tmp_path / "night.json"), "--junit", str(tmp_path / "night.xml")]
    shown = CliRunner().invoke(main, ["night", "run", "--date", "2026-11-21", *files])
    assert shown.exit_code == 2, shown.output
    assert "Not running: torchserve." in shown.output
    [found] = json.loads((tmp_path / "night.json").read_text())["nights"]
    assert (found["state"], found["date"], found["reason"]) == (
        "untrusted",
        "2026-11-21",
        "Not running: torchserve.",
    )
    assert 'type="incomplete"' in (tmp_path / "night.xml").read_text()
    session.rollback()
    last = reading.last(session, champion.group_id)
    assert last
    assert last.no == 1


def test_a_database_without_tables_is_no_regression(studio_var: Path) -> None:
    studio_var.mkdir()
    shown = CliRunner().invoke(main, ["night", "run"])
    assert shown.exit_code == 2
    assert "The database does not answer" in shown.output


def test_nights_are_listed_and_one_is_shown(session: Session) -> None:
    made = factories.night(session, factories.comparison(session), on=date(2026, 11, 21))
    session.commit()
    asked = CliRunner()
    [entry] = json.loads(asked.invoke(main, ["night", "list", "--json"]).output)
    shown = json.loads(asked.invoke(main, ["night", "show", made.public_id, "--json"]).output)
    assert (entry["public_id"], entry["date"]) == (shown["public_id"], "2026-11-21")
    assert made.public_id in asked.invoke(main, ["night", "list"]).output
