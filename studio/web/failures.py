"""What a person sees when something failed: a page, a line in the page, or problem+json for a program."""

import logging
import secrets
from http import HTTPStatus

from flask import Flask, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, SecurityError

from studio.errors import StudioError
from studio.web import sentences

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    app.register_error_handler(StudioError, _named)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _named(error: StudioError) -> ResponseReturnValue:
    status = error.status
    if status == HTTPStatus.BAD_REQUEST and _for_programs():  # 400 there: not as the document says
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    response = _answer(status, sentences.said(error.message), sentences.said(error.hint))
    if error.retry_s:
        response.headers["Retry-After"] = str(error.retry_s)
    return response


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if isinstance(error, SecurityError):  # a foreign Host: no page can be made, its links would lead there
        return _problem(status, *_sentence(status))
    return _answer(status, *_sentence(status))


def _unforeseen(error: Exception) -> ResponseReturnValue:
    number = secrets.token_hex(4)  # the person reads it aloud, the engineer finds it in the log
    log.error("failure %s at %s", number, request.path, exc_info=error)
    return _answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("The page could not be made."),
        _("Nothing is lost. Try again; if it stays, tell an engineer the number %(number)s.", number=number),
    )


def _sentence(status: int) -> tuple[str, str]:
    known = {
        400: (_("The request was not understood."), _("Reload the page and try again.")),
        403: (_("Your role does not allow this."), _("Ask an admin of the studio.")),
        404: (_("There is no such page."), _("It may have been removed. Start from the groups.")),
        405: (_("This address does not do that."), _("Go back and use the button of the page.")),
        401: (_("You are not signed in."), _("Sign in, then try again.")),
        429: (_("That was too often."), _("Wait a minute, then try again.")),
        413: (_("That is too large."), _("Send less at once.")),
    }
    return known.get(status, (_("The request was refused."), _("Reload the page and try again.")))


def _answer(status: int, message: str, hint: str) -> Response:
    if "session" in g:
        g.session.rollback()
    if request.headers.get("HX-Request"):
        body = render_template("errors/_notice.html", message=message, hint=hint)
        response = make_response(body, status)
        response.headers["HX-Retarget"] = "#notice"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    wanted = request.accept_mimetypes
    if not _for_programs() and wanted["text/html"] > wanted["application/json"]:
        return make_response(render_template("errors/page.html", message=message, hint=hint), status)
    return _problem(status, message, hint)


def _for_programs() -> bool:
    return request.path.startswith("/api/")


def _problem(status: int, message: str, hint: str) -> Response:
    response = make_response({"title": message, "detail": hint, "status": status}, status)
    response.content_type = "application/problem+json"
    return response
