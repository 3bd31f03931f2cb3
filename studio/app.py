"""The web application: joins the screens, and applies once what holds for every request."""

import gc
from datetime import timedelta
from http import HTTPStatus

from apiflask import APIFlask
from flask import Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Map

from studio.api import RESOURCES, contract
from studio.db.session import engine
from studio.domain import roles
from studio.gateways.secret import secret_key
from studio.settings import settings
from studio.web import (
    annotations,
    builder,
    comparisons,
    endpoints,
    entrance,
    failures,
    glossary,
    groups,
    health,
    home,
    language,
    nights,
    outputs,
    people,
    pictures,
    reference,
    registering,
    samples,
    sets,
    signin,
    status,
    versions,
    webtest,
    wording,
)

SCREENS = (
    home.screen,
    groups.screen,
    versions.screen,
    registering.screen,
    endpoints.screen,
    nights.screen,
    builder.screen,
    comparisons.screen,
    outputs.screen,
    pictures.screen,
    reference.screen,
    samples.screen,
    annotations.screen,
    sets.screen,
    signin.screen,
    language.screen,
    people.screen,
    webtest.screen,
    status.screen,
    health.screen,
)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_FORM_BYTES = 64 << 10  # forms only so far; an upload will name its own limit

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "private, no-cache",
}


class Whole(IntegerConverter):
    """A whole number in an address that a database can hold; a larger one is no address."""

    def __init__(self, rules: Map) -> None:
        super().__init__(rules, max=2**31 - 1)


def create_app() -> APIFlask:
    """The application, for the settings of this process."""
    table = settings()
    app = APIFlask(
        __name__,
        title="GAN Studio",
        version="1",
        spec_path=f"{contract.ROOT}/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    app.url_map.converters["int"] = Whole
    app.config.update(
        SECRET_KEY=secret_key(table.root),
        SESSION_COOKIE_NAME="studio",
        SESSION_COOKIE_SAMESITE="Lax",  # Strict would forget a person who follows a link from a chat
        SESSION_COOKIE_HTTPONLY=True,
        TRUSTED_HOSTS=[*entrance.LOOPBACK, *table.web_hosts],  # a foreign name that points here is refused
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a desk stays open for days
    )
    forms = CSRFProtect(app)
    Babel(app, locale_selector=wording.locale)
    wording.install(app)
    signin.limiter.init_app(app)
    words = {"label": glossary.label, "explain": glossary.explain, "amount": glossary.amount}
    app.jinja_env.globals.update(words, may=entrance.may)
    app.jinja_env.filters["chance"] = glossary.chance
    for screen in SCREENS:
        app.register_blueprint(screen)
    contract.install(app)
    for api in RESOURCES:
        forms.exempt(api)  # it takes no forms, and looks at where a request comes from itself
        app.register_blueprint(api)
    app.before_request(_enter)
    app.after_request(_harden)
    app.teardown_request(_leave)
    failures.install(app)
    return app


def serve() -> APIFlask:
    """The application of a web process. What exists by now stays for good: no collection walks over it again."""
    app = create_app()
    gc.collect()
    gc.freeze()
    return app


def _enter() -> ResponseReturnValue | None:
    """Open the request's session, find who asks, and refuse what the table of roles does not allow."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in roles.OPEN:
        return None
    opened = engine(settings().database_url).execution_options(reading=request.method in READING)
    g.session = Session(opened, expire_on_commit=False)
    return entrance.admit(endpoint)


def _leave(error: BaseException | None) -> None:
    del error
    session = g.pop("session", None)
    if session is not None:
        session.close()


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        response.headers["Cache-Control"] = "no-store"
    return response
