import json

from click.testing import CliRunner
from sqlalchemy.orm import Session

from studio.__main__ import main
from tests import factories


def test_comparisons_are_listed_and_one_is_shown_with_how_far_it_is(session: Session) -> None:
    made = factories.comparison(session, photos=3, columns=2)
    session.commit()
    asked = CliRunner()
    assert made.public_id in asked.invoke(main, ["comparisons", "list"]).output
    [entry] = json.loads(asked.invoke(main, ["comparisons", "list", "--json"]).output)
    shown = json.loads(asked.invoke(main, ["comparisons", "show", made.public_id, "--json"]).output)
    assert entry["public_id"] == shown["public_id"]
    assert (shown["total"], shown["done"], len(shown["columns"])) == (6, 0, 2)
    assert made.name in asked.invoke(main, ["comparisons", "show", made.public_id]).output
