import json

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from studio.__main__ import main
from studio.domain.vocabulary import Purpose
from studio.services import sets
from tests import factories


@pytest.fixture
def faces(session: Session) -> str:
    photos = [factories.sample(session).id for _ in range(3)]
    by = factories.person(session).id
    slug = sets.create(session, by, "Everyday faces", Purpose.COMPARE, photos[:2]).slug
    sets.extend(session, by, slug, photos[2:])
    return slug


def ask(*words: str) -> str:
    asked = CliRunner().invoke(main, ["sets", *words])
    assert asked.exit_code == 0, asked.output
    return asked.output


def test_sets_are_listed_and_one_is_shown_to_people_and_to_programs(faces: str) -> None:
    assert "Everyday faces" in ask("list")
    [entry] = json.loads(ask("list", "--json"))
    shown = json.loads(ask("show", faces, "--json"))
    assert {key: shown[key] for key in entry} == entry
    assert (shown["no"], shown["revisions"], len(shown["photos"])) == (2, [2, 1], 3)
    assert len(json.loads(ask("show", faces, "-r", "1", "--json"))["photos"]) == 2
    assert shown["photos"][0]["name"] in ask("show", faces)


def test_sets_that_were_put_aside_are_listed_when_asked_for(faces: str, session: Session) -> None:
    sets.retire(session, factories.person(session).id, faces)
    assert faces not in ask("list")
    assert faces in ask("list", "--retired")


@pytest.mark.parametrize("words", [["show", "nowhere"], ["show", "everyday-faces", "-r", "9"]])
def test_what_is_not_there_is_a_sentence(faces: str, words: list[str]) -> None:
    del faces
    asked = CliRunner().invoke(main, ["sets", *words])
    assert asked.exit_code == 1
    assert asked.output.startswith("Error: The")
