"""Screen: what is loaded where, for how much memory, and how much an endpoint may hold."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.http import generate_etag

from studio.errors import StudioError
from studio.queries import endpoints as read
from studio.services import endpoints

screen = Blueprint("endpoints", __name__, url_prefix="/endpoints")

MB = 10**6


@screen.get("")
def page() -> ResponseReturnValue:
    return render_template("endpoints/page.html", **_shown())


@screen.get("/hosts")
def hosts() -> ResponseReturnValue:
    """Asked every two seconds; 304 unless something changed."""
    shown = _shown()
    tag = generate_etag(repr((shown, datetime.now(UTC).replace(second=0, microsecond=0))).encode())
    if request.if_none_match.contains(tag):
        return "", HTTPStatus.NOT_MODIFIED
    response = make_response(render_template("endpoints/_hosts.html", **shown))
    response.set_etag(tag)  # not of the text: it holds a new token each time
    return response


@screen.post("/archives/<archive>/load")
def load(archive: str) -> ResponseReturnValue:
    return _done(archive, endpoints.load)


@screen.post("/archives/<archive>/unload")
def unload(archive: str) -> ResponseReturnValue:
    return _done(archive, endpoints.unload)


@screen.post("/<int:endpoint_id>/budget")
def budget(endpoint_id: int) -> ResponseReturnValue:
    text = request.form.get("megabytes", "").replace(",", "").replace(" ", "")
    try:
        size = round(float(text) * MB) if text else None
    except (ValueError, OverflowError):
        raise StudioError(_("“%(text)s” is no number.", text=text), _("Write megabytes, as 8000.")) from None
    endpoints.set_budget(g.session, g.person_id, endpoint_id, size)
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


def _done(archive: str, verb: Callable[..., None]) -> ResponseReturnValue:
    verb(g.session, g.person_id, archive)
    return redirect(url_for(".page"), HTTPStatus.SEE_OTHER)


def _shown() -> dict[str, object]:
    found = read.hosts(g.session)
    return {"hosts": found, "answers": endpoints.answers(), "asked": endpoints.asked(g.session)}
