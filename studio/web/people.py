"""Screen: people, for admins; and one's own password and language, for everybody."""

from http import HTTPStatus

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.domain.vocabulary import Role
from studio.errors import StudioError
from studio.queries import people as read
from studio.services import accounts, people
from studio.web import entrance, wording

screen = Blueprint("people", __name__, url_prefix="/people")


class BadForm(StudioError):
    """A field of the form has a value that the page does not offer."""


@screen.get("")
def page() -> ResponseReturnValue:
    return render_template("people/page.html", people=read.listing(g.session), roles=list(Role))


@screen.post("")
def add() -> ResponseReturnValue:
    person = people.add(
        g.session, g.person_id, request.form.get("login", ""), _role(), request.form.get("name", "")
    )
    if password := request.form.get("password", ""):
        people.set_password(g.session, g.person_id, person, password)
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


@screen.post("/<login>")
def edit(login: str) -> ResponseReturnValue:
    person = people.find(g.session, login)
    people.edit(g.session, g.person_id, person, role=_role(), active="active" in request.form)
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


@screen.post("/<login>/password")
def set_password(login: str) -> ResponseReturnValue:
    person = people.find(g.session, login)
    people.set_password(g.session, g.person_id, person, request.form.get("password", ""))
    if person.id == g.person_id:
        entrance.begin(person.id, accounts.stamp(person))  # this session stays, all others end
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


@screen.get("/me")
def own() -> ResponseReturnValue:
    return render_template(
        "people/me.html",
        locales={code: wording.LANGUAGES[code] for code in wording.LOCALES},
        saved="saved" in request.args,
    )


@screen.post("/me/password")
def change_password() -> ResponseReturnValue:
    person = people.find(g.session, g.who.login)
    people.change_password(g.session, person, request.form.get("old", ""), request.form.get("new", ""))
    entrance.begin(person.id, accounts.stamp(person))
    return redirect(url_for(".own", saved=1), HTTPStatus.SEE_OTHER)


@screen.post("/me/language")
def choose_language() -> ResponseReturnValue:
    locale = request.form.get("locale", "")
    if locale and locale not in wording.LOCALES:
        raise BadForm("The studio does not speak this language.", "Choose one of the list.")
    people.set_locale(g.session, people.find(g.session, g.who.login), locale)
    return redirect(url_for(".own", saved=1), HTTPStatus.SEE_OTHER)


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        raise BadForm("There is no such role.", "Choose one of the list.") from None
