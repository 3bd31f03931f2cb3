from datetime import date

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from studio.db.accounts import Person
from studio.db.comparisons import Comparison
from studio.domain.vocabulary import NightState, Role
from studio.services.accounts import local_person
from tests import factories


def test_an_empty_studio_says_what_will_be_here_and_how_to_fill_it(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "No product line yet" in page
    assert 'href="/groups/new"' in page
    assert "studio demo" in page


def test_who_may_not_make_a_group_is_not_offered_to(client: FlaskClient, session: Session) -> None:
    person: Person = local_person(session)
    person.role = Role.PLANNER
    session.commit()
    page = client.get("/").text
    assert 'href="/groups/new"' not in page
    assert "An engineer makes the first one" in page


def test_a_group_without_comparisons_says_how_one_appears(client: FlaskClient, session: Session) -> None:
    factories.group(session)
    session.commit()
    page = client.get("/").text
    assert "appears here by itself" in page
    assert "No version yet." in page


def test_a_group_says_in_a_sentence_what_its_candidate_does(client: FlaskClient, session: Session) -> None:
    line = factories.grown(session, 2)
    page = client.get("/").text
    assert "<b>v2</b> changes <b>25\u202f%</b> of the picture, champion <b>v1</b> 25\u202f%." in page
    assert f'href="/groups/{line.slug}"' in page


def test_a_comparison_is_one_click_from_home(client: FlaskClient, desk: Comparison) -> None:
    assert f'href="/comparisons/{desk.public_id}"' in client.get("/").text


def test_a_group_tells_how_its_newest_night_ended(
    client: FlaskClient, session: Session, desk: Comparison
) -> None:
    today = date(2026, 11, 21)
    factories.night(session, desk, NightState.REGRESSION, on=today)
    newest = factories.night(session, desk, NightState.OK, on=today, no=1)
    session.commit()
    page = client.get("/").text
    assert f'href="/nights/{newest.public_id}" data-state="ok">last night quiet</a>' in page
    assert "worse last night" not in page
