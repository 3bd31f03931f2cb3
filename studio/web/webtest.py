"""Screen: a photo of one's own on any versions, side by side, nothing kept."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from studio.errors import NotFound, StudioError
from studio.queries import webtest as read
from studio.services import webtest
from studio.services.infer import NotLoaded, TooMany
from studio.services.webtest import Asked, Gone

screen = Blueprint("webtest", __name__, url_prefix="/webtest")

USUAL = "copper"  # the change that is seen best
CONTROL = "set."  # in the address, before the name of a control


@screen.url_value_preprocessor
def _body(endpoint: str | None, values: object) -> None:
    """A form's parser would write a large photo to a file, and the check against forgery asks it: so no forms here."""
    del values
    if endpoint == "webtest.receive":
        if request.mimetype != "application/octet-stream":
            raise StudioError(
                "The photo did not come as the page sends it.", "Reload the page and try again."
            )
        request.max_content_length = webtest.MAX_BYTES


@screen.get("")
def start() -> ResponseReturnValue:
    return render_template("webtest/start.html", forgotten="forgotten" in request.args, **_chosen())


@screen.post("/photos")
def receive() -> ResponseReturnValue:
    """The photo as the raw body; answers with the address of its page."""
    key = webtest.hold(_owner(), request.get_data(cache=False))
    return {"address": url_for(".page", key=key)}, HTTPStatus.CREATED


@screen.get("/<key>")
def page(key: str) -> ResponseReturnValue:
    try:
        held = webtest.held(_owner(), key)
    except Gone:
        return render_template("webtest/start.html", forgotten=True, **_chosen()), HTTPStatus.NOT_FOUND
    chosen = _chosen()
    made = webtest.made(_owner(), key, [each.variant_id for each in chosen["shown"]])
    known = {number: each for number, each in made.items() if each.controls == chosen["controls"]}
    return _private(render_template("webtest/page.html", held=held, made=known, **chosen))


@screen.get("/<key>/photo")
def photo(key: str) -> ResponseReturnValue:
    return _png(webtest.photo(_owner(), key))


@screen.get("/<key>/<int:variant_id>")
def picture(key: str, variant_id: int) -> ResponseReturnValue:
    return _png(webtest.picture(_owner(), key, variant_id))


@screen.post("/<key>/<int:variant_id>")
def make(key: str, variant_id: int) -> ResponseReturnValue:
    """One cell: its picture, or why there is none yet."""
    held = webtest.held(_owner(), key)
    shown = {each.variant_id: each for each in read.choices(g.session)}
    if variant_id not in shown:
        raise NotFound("There is no such version to ask.", "Choose another one.")
    cell: dict[str, object] = {
        "held": held,
        "choice": shown[variant_id],
        "controls": _controls(),
        "address": _address,
    }
    status, headers = HTTPStatus.OK, {}
    try:
        asked = Asked(_owner(), key)
        cell["facts"] = webtest.make(
            g.session, g.person_id, asked, variant_id, _controls(), again="again" in request.args
        )
    except NotLoaded as error:
        cell["loading"] = error
    except TooMany as error:
        cell["queued"], status = error, HTTPStatus.TOO_MANY_REQUESTS
        headers["Retry-After"] = str(error.retry_s)
    except Gone:
        raise
    except StudioError as error:
        cell["error"] = error
    return _private(render_template("webtest/_cell.html", **cell)), status, headers


@screen.post("/<key>/forget")
def forget(key: str) -> ResponseReturnValue:
    webtest.forget(_owner(), key)
    return redirect(url_for(".start", forgotten=1), HTTPStatus.SEE_OTHER)


def _owner() -> str:
    """The name of this browser session; it lies in its signed cookie alone."""
    if "webtest" not in session:
        session["webtest"] = webtest.new_owner()
    return str(session["webtest"])


def _chosen() -> dict[str, Any]:
    """What the address asks for, or what one starts with."""
    known = read.choices(g.session)
    wanted = request.args.getlist("variant", type=int)
    asked = [each for each in known if each.variant_id in wanted]
    shown = sorted(asked, key=lambda each: not each.champion)[: webtest.COLUMNS] or read.usual(known)
    best = [each for each in shown if each.champion] or shown
    return {
        "choices": known,
        "shown": shown,
        "names": {position: each.name for position, each in enumerate(shown)},
        "base": shown.index(best[0]) + 1 if len(shown) > 1 else 0,
        "options": read.controls(shown),
        "controls": _controls(read.controls(shown)),
        "address": _address,
        "most_bytes": webtest.MAX_BYTES,
        "most_columns": webtest.COLUMNS,
    }


def _address(key: str, variant_id: int, controls: Mapping[str, str]) -> str:
    """Where a cell is asked for."""
    chosen = {f"{CONTROL}{name}": value for name, value in controls.items()}
    return url_for(".make", key=key, variant_id=variant_id, **chosen)  # type: ignore[arg-type]


def _controls(options: dict[str, list[str]] | None = None) -> dict[str, str]:
    """The controls of the address; with `options`, those and what is usual for the rest."""
    given = {
        name.removeprefix(CONTROL): value for name, value in request.args.items() if name.startswith(CONTROL)
    }
    if options is None:
        return given
    usual = {name: USUAL if USUAL in each else each[0] for name, each in options.items()}
    return {name: given.get(name, usual[name]) for name in options}


def _png(content: bytes) -> Response:
    response = make_response(content)
    response.content_type = "image/png"
    return _private(response)


def _private(content: Response | str) -> Response:
    """No cache may keep it, the browser's on its disk least of all."""
    response = make_response(content)
    response.headers["Cache-Control"] = "no-store"
    return response
