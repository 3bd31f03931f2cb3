"""For supervisors and balancers: does this process live, can pictures be made."""

from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue

from studio.services import health

screen = Blueprint("health", __name__)


@screen.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"alive": True}


@screen.get("/readyz")
def ready() -> ResponseReturnValue:
    missing = health.missing(health.lamps())
    return {"ready": not missing, "missing": missing}, (
        HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
    )
