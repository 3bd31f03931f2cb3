from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from studio.services import accounts
from studio.web.wording import COOKIE

Send = Callable[..., TestResponse]
KOREAN, ENGLISH = "그룹", "Groups"


def test_pages_are_in_the_language_that_the_browser_asks_for(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}).text
    assert '<html lang="ko"' in page
    assert KOREAN in page
    assert ENGLISH in client.get("/", headers={"Accept-Language": "fr"}).text


def test_the_switch_keeps_the_language_with_the_person_and_returns_to_the_page(
    client: FlaskClient, post: Send, session: Session
) -> None:
    answer = post("/language", locale="ko", next="/samples")
    assert (answer.status_code, answer.location) == (303, "/samples")
    assert accounts.at_this_machine(session).locale == "ko"
    session.rollback()
    assert KOREAN in client.get("/").text
    post("/language", locale="en")
    assert ENGLISH in client.get("/", headers={"Accept-Language": "ko"}).text


def test_a_browser_without_an_account_remembers_the_language_too(client: FlaskClient, post: Send) -> None:
    assert post("/people/local/password", password="seven old bicycles").status_code == 303
    client.delete_cookie("studio")
    door = client.get("/signin").text
    token = door.partition('"X-CSRFToken": "')[2].partition('"')[0]
    client.post("/language", data={"locale": "ko", "csrf_token": token})
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    assert cookie.value == "ko"
    assert '<html lang="ko"' in client.get("/signin").text


def test_the_switch_leads_nowhere_else_and_offers_only_its_languages(post: Send) -> None:
    assert post("/language", locale="ko", next="https://example.org/").location == "/"
    assert post("/language", locale="xx").status_code == 400
