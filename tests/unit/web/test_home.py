from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from tests import factories


def test_an_empty_studio_says_what_will_be_here_and_how_to_fill_it(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "No product line yet" in page
    assert "studio demo" in page


def test_a_group_without_comparisons_says_how_one_appears(client: FlaskClient, session: Session) -> None:
    factories.group(session)
    session.commit()
    assert "appears here by itself" in client.get("/").text


def test_a_comparison_is_one_click_from_home(client: FlaskClient, desk: Comparison) -> None:
    assert f'href="/comparisons/{desk.public_id}"' in client.get("/").text
