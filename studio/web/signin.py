"""Screen: the door. Signing in begins a new session, signing out ends it; who guesses must wait."""

from http import HTTPStatus

from flask import Blueprint, Response, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from studio.services import accounts
from studio.web import entrance

screen = Blueprint("signin", __name__)
limiter = Limiter(get_remote_address, storage_uri="memory://")


def _wrong(response: Response) -> bool:
    return response.status_code == HTTPStatus.UNAUTHORIZED


def _login() -> str:
    return request.form.get("login", "").strip().lower()


@screen.get("/signin")
def page() -> ResponseReturnValue:
    if g.who is not None:
        return redirect(entrance.inside(request.args.get("next", "/")))
    return render_template("signin/page.html", next=request.args.get("next", ""), login="")


@screen.post("/signin")
@limiter.limit("20 per minute", deduct_when=_wrong)
@limiter.limit("5 per minute; 30 per hour", key_func=_login, deduct_when=_wrong)
def enter() -> ResponseReturnValue:
    person = accounts.sign_in(g.session, _login(), request.form.get("password", ""))
    if person is None:
        body = render_template(
            "signin/page.html", wrong=True, next=request.form.get("next", ""), login=_login()
        )
        return body, HTTPStatus.UNAUTHORIZED
    entrance.begin(person.id, accounts.stamp(person))
    return redirect(entrance.inside(request.form.get("next", "/")), HTTPStatus.SEE_OTHER)


@screen.post("/signout")
def leave() -> ResponseReturnValue:
    session.clear()
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)
