from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Person
from studio.domain.vocabulary import Role
from studio.services import accounts, people
from studio.web.signin import limiter

PASSWORD, OTHER = "correct horse battery", "another long password"


@pytest.fixture(autouse=True)
def fresh(app: Flask) -> Iterator[None]:
    del app
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def secured(session: Session) -> Person:
    """An admin and a planner who can sign in."""
    admin = accounts.local_person(session)
    people.set_password(session, admin.id, admin, PASSWORD)
    planner = people.add(session, admin.id, "mina", Role.PLANNER, "Mina Kim")
    people.set_password(session, admin.id, planner, PASSWORD)
    return planner


@pytest.fixture
def send(client: FlaskClient) -> Callable[..., object]:
    """POST with the token of the page that a person has before them."""

    def post(address: str, page: str = "/signin", **fields: str) -> object:
        token = client.get(page).text.partition('"X-CSRFToken": "')[2].partition('"')[0]
        return client.post(address, data=fields, headers={"X-CSRFToken": token})

    return post


def test_who_signs_in_goes_on_to_where_they_wanted(client: FlaskClient, send, secured: Person) -> None:
    asked = client.get("/nights?x=1")
    assert (asked.status_code, asked.location) == (302, "/signin?next=/nights?x%3D1")
    answer = send("/signin", login="Mina", password=PASSWORD, next="/nights?x=1")
    assert (answer.status_code, answer.location) == (303, "/nights?x=1")
    assert "Mina Kim" in client.get("/nights").text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_signing_in_leads_nowhere_else(send, secured: Person, elsewhere: str) -> None:
    assert send("/signin", login="mina", password=PASSWORD, next=elsewhere).location == "/"


def test_a_wrong_password_is_one_sentence_that_tells_nothing_more(
    client: FlaskClient, send, secured: Person
) -> None:
    for login in ("mina", "nobody"):
        answer = send("/signin", login=login, password="wrong password")
        assert answer.status_code == 401
        assert "Login and password do not belong together." in answer.text
    assert client.get("/").status_code == 302


def test_a_session_begins_anew_at_the_door(client: FlaskClient, send, secured: Person) -> None:
    client.get("/signin")
    with client.session_transaction() as before:
        before["planted"] = "by somebody else"
    send("/signin", login="mina", password=PASSWORD)
    with client.session_transaction() as after:
        assert "planted" not in after
        assert after["person"] == secured.id


def test_signing_out_ends_the_session(client: FlaskClient, send, secured: Person) -> None:
    send("/signin", login="mina", password=PASSWORD)
    assert send("/signout", page="/").status_code == 303
    assert client.get("/").status_code == 302


def test_a_new_password_signs_out_everywhere_else(
    app: Flask, client: FlaskClient, send, secured: Person
) -> None:
    elsewhere = app.test_client()
    elsewhere.environ_base["HTTP_ACCEPT"] = "text/html"
    with elsewhere.session_transaction() as kept:
        kept["person"], kept["stamp"] = secured.id, accounts.stamp(secured)
    send("/signin", login="mina", password=PASSWORD)
    assert [who.get("/").status_code for who in (client, elsewhere)] == [200, 200]
    answer = send("/people/me/password", page="/people/me", old=PASSWORD, new=OTHER)
    assert answer.status_code == 303
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_who_guesses_must_wait_and_others_need_not(send, secured: Person) -> None:
    for _ in range(5):
        assert send("/signin", login="mina", password="wrong password").status_code == 401
    answer = send("/signin", login="mina", password=PASSWORD)
    assert answer.status_code == 429
    assert "Wait a minute" in answer.text
    assert send("/signin", login="local", password=PASSWORD).status_code == 303


def test_an_admin_adds_people_and_a_planner_cannot(
    client: FlaskClient, send, session: Session, secured: Person
) -> None:
    send("/signin", login="mina", password=PASSWORD)
    assert client.get("/people").status_code == 403
    assert 'href="/people"' not in client.get("/").text
    send("/signout", page="/")
    send("/signin", login="local", password=PASSWORD)
    assert 'href="/people"' in client.get("/").text
    answer = send("/people", page="/people", login="joon", name="Joon", role="engineer", password=PASSWORD)
    assert answer.status_code == 303
    assert "Joon" in client.get("/people").text
    session.rollback()
    joon = session.scalars(select(Person).where(Person.login == "joon")).one()
    assert (joon.role, joon.password_hash is not None) == (Role.ENGINEER, True)
    session.rollback()
    assert send("/people/joon", page="/people", role="planner").status_code == 303
    session.expire_all()
    assert (joon.role, joon.active) == (Role.PLANNER, False)
    session.rollback()
    assert send("/people/joon", page="/people", role="emperor").status_code == 400


def test_an_admin_who_sets_the_first_password_on_the_page_stays_in(client: FlaskClient, send) -> None:
    assert "Nobody has to sign in yet." in client.get("/people").text
    assert send("/people/local/password", page="/people", password=PASSWORD).status_code == 303
    assert client.get("/people").status_code == 200
    assert "Nobody has to sign in yet." not in client.get("/people").text


def test_a_person_chooses_the_language_of_the_pages(
    client: FlaskClient, send, session: Session, secured: Person
) -> None:
    send("/signin", login="mina", password=PASSWORD)
    assert send("/people/me/language", page="/people/me", locale="en").status_code == 303
    session.expire_all()
    assert session.get_one(Person, secured.id).locale == "en"
    session.rollback()
    assert send("/people/me/language", page="/people/me", locale="xx").status_code == 400
