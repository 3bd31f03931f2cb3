import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from studio.__main__ import main
from tests import factories

pytestmark = pytest.mark.usefixtures("database_url")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "portraits"
    made.mkdir()
    for seed in range(2):
        (made / f"{seed}.png").write_bytes(factories.png(seed))
    (made / "manifest.csv").write_text("name,file,tags\nmina,0.png,hair:long\njun,1.png,hair:up\n")
    return made


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, ["samples", *words])


def test_a_folder_is_imported_and_the_second_time_nothing_changed(folder: Path) -> None:
    first = ask("import", str(folder))
    assert (first.exit_code, first.output) == (0, "2 photos: 2 added.\n")
    assert ask("import", str(folder)).output == "2 photos, nothing changed.\n"
    (folder / "manifest.csv").write_text("name,file,tags\nmina,0.png,hair:up\n")
    found = json.loads(ask("import", str(folder), "--json").output)
    assert found["outcomes"] == {"added": 0, "changed": 1, "unchanged": 0, "twice": 0, "refused": 0}
    assert [(each["name"], each["outcome"]) for each in found["files"]] == [("mina", "changed")]


def test_a_refused_file_is_said_and_makes_the_exit_status(folder: Path) -> None:
    (folder / "1.png").write_bytes(b"no photo")
    told = ask("import", str(folder))
    assert told.exit_code == 1
    assert "jun: The file is not a readable photo." in told.output
    assert "2 photos: 1 added, 1 refused." in told.output


def test_an_empty_folder_is_answered_with_a_sentence(tmp_path: Path) -> None:
    told = ask("import", str(tmp_path))
    assert told.exit_code == 1
    assert "There is no photo" in told.output


def test_photos_are_listed_by_tag_and_word_and_one_is_shown(folder: Path) -> None:
    ask("import", str(folder))
    [found] = json.loads(ask("list", "--tag", "hair:long", "--search", "min", "--json").output)
    assert (found["name"], found["tags"]) == ("mina", ["hair:long"])
    shown = json.loads(ask("show", str(found["id"]), "--json").output)
    assert shown == found
    assert "hair:long" in ask("show", str(found["id"])).output
    assert ask("show", "4711").exit_code == 1
