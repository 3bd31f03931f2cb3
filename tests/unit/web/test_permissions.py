"""Every route, asked by every role, by a guest and by nobody."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from studio.domain import roles
from studio.domain.vocabulary import Role
from studio.services import accounts, people
from studio.settings import settings

PASSWORD = "correct horse battery"
SIGN_IN, REFUSED = 401, 403
RAW = "application/octet-stream"  # the web test looks at the form of a body before anybody is asked


@pytest.fixture
def guarded(app: Flask, session: Session) -> Flask:
    """The application with every page replaced by one word, so that only its door is asked; an admin exists."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.view_functions = dict.fromkeys(app.view_functions, lambda **_: "in")
    local = accounts.local_person(session)
    people.set_password(session, local.id, local, PASSWORD)
    return app


@pytest.fixture
def as_role(guarded: Flask, session: Session) -> Callable[[Role], FlaskClient]:
    def signed_in(role: Role) -> FlaskClient:
        admin = accounts.local_person(session)
        person = people.add(session, admin.id, f"the-{role.value}", role)
        people.set_password(session, admin.id, person, PASSWORD)
        client = guarded.test_client()
        with client.session_transaction() as kept:
            kept["person"], kept["stamp"] = person.id, accounts.stamp(person)
        return client

    return signed_in


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every rule of the table with a method and an address that fit it."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint in roles.MAY:
                _, address = rule.build({name: fitting(each) for name, each in rule._converters.items()}) or (
                    "",
                    "",
                )
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    yield rule, method, address


def fitting(part: BaseConverter) -> object:
    """A value that this part of an address takes."""
    if isinstance(part, IntegerConverter):
        return 1
    return next(iter(part.items)) if isinstance(part, AnyConverter) else "a" * 64


@pytest.mark.parametrize("role", list(Role))
def test_each_role_reaches_what_the_table_says_and_nothing_else(
    guarded: Flask, as_role: Callable[[Role], FlaskClient], role: Role
) -> None:
    client = as_role(role)
    wrong = {
        f"{method} {address}": answer.status_code
        for rule, method, address in routes(guarded)
        if (answer := client.open(address, method=method, content_type=RAW)).status_code
        != (200 if role in roles.MAY[rule.endpoint] else REFUSED)
    }
    assert wrong == {}


def test_nobody_reaches_a_page_and_people_are_sent_to_sign_in(guarded: Flask) -> None:
    client = guarded.test_client()
    for _, method, address in routes(guarded):
        answer = client.open(address, method=method, content_type=RAW, headers={"Accept": "text/html"})
        if method == "GET":
            assert answer.status_code == 302, address
            assert answer.location.startswith("/signin?next=")
        else:
            assert answer.status_code == SIGN_IN, address
        assert (
            client.open(
                address, method=method, content_type=RAW, headers={"Accept": "application/json"}
            ).status_code
            == SIGN_IN
        )


@pytest.mark.parametrize("address", ["192.168.1.7", "10.0.0.9", "127.0.0.1", "fd00::7"])
def test_a_guest_of_the_local_network_only_looks_and_only_if_the_studio_allows_guests(
    guarded: Flask, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    client = guarded.test_client()
    monkeypatch.setenv("STUDIO_GUESTS", "true")
    settings.cache_clear()
    for rule, method, path in routes(guarded):
        answer = client.open(path, method=method, content_type=RAW, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == (200 if rule.endpoint in roles.GUESTS else SIGN_IN), path


def test_a_guest_from_the_internet_is_sent_to_sign_in(
    guarded: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_GUESTS", "true")
    settings.cache_clear()
    answer = guarded.test_client().get("/", environ_base={"REMOTE_ADDR": "8.8.8.8"})
    assert answer.status_code == SIGN_IN


def test_guests_may_only_look(app: Flask) -> None:
    methods = {
        rule.endpoint: (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        for rule in app.url_map.iter_rules()
        if rule.endpoint in roles.GUESTS
    }
    assert methods.keys() == roles.GUESTS
    assert {endpoint for endpoint, changing in methods.items() if changing} == {"comparisons.numbers"}


@pytest.mark.parametrize(
    ("remote", "host", "status"),
    [
        ("127.0.0.1", "localhost", 200),
        ("::1", "127.0.0.1:8000", 200),
        ("192.168.1.7", "localhost", REFUSED),
        ("127.0.0.1", "studio.example", REFUSED),
    ],
)
def test_without_a_password_only_this_machine_by_its_own_name_is_let_in(
    app: Flask, remote: str, host: str, status: int
) -> None:
    app.config["TRUSTED_HOSTS"] = [*app.config["TRUSTED_HOSTS"], "studio.example"]
    answer = app.test_client().get("/", environ_base={"REMOTE_ADDR": remote}, headers={"Host": host})
    assert answer.status_code == status
    if status == REFUSED:
        assert "no password yet" in answer.text
