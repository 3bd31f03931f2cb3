from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from studio.app import create_app
from studio.domain import roles
from studio.domain.vocabulary import Role

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def app(studio_var: Path) -> Iterator[Flask]:
    del studio_var
    return create_app()


def test_every_route_is_in_the_table_of_roles_and_the_table_names_only_routes(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert routes == set(roles.MAY) | roles.OPEN | roles.DOOR
    assert set(roles.MAY) & roles.OPEN == set()


def test_nothing_is_changed_by_a_question(app: Flask) -> None:
    mixed = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) & CHANGING and "GET" in (rule.methods or set())
    }
    assert mixed == set()


def test_what_is_open_to_everybody_changes_nothing(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in roles.OPEN:
            assert (rule.methods or set()) & CHANGING == set()


def test_an_endpoint_that_the_table_does_not_name_is_closed() -> None:
    assert not any(roles.may(role, "never.heard") for role in Role)


def test_every_route_has_some_role_that_may_reach_it() -> None:
    assert all(roles.MAY.values())
