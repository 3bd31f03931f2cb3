"""The language switch of every page: kept with the person, or in this browser for who has no account."""

from http import HTTPStatus

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue

from studio.errors import StudioError
from studio.services import people
from studio.web import entrance, wording

screen = Blueprint("language", __name__)
YEAR_S = 365 * 24 * 3600


class BadLanguage(StudioError):
    """A language that the pages are not written in."""


@screen.post("/language")
def choose() -> ResponseReturnValue:
    chosen = request.form.get("locale", "")
    if chosen not in wording.LOCALES:
        raise BadLanguage("The studio does not speak this language.", "Choose one of the list.")
    answer = redirect(entrance.inside(request.form.get("next", "/")), HTTPStatus.SEE_OTHER)
    if g.who is not None:
        people.set_locale(g.session, people.find(g.session, g.who.login), chosen)
    answer.set_cookie(wording.COOKIE, chosen, max_age=YEAR_S, samesite="Lax", httponly=True)
    return answer
