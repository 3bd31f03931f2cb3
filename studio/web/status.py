"""Screen: the lamps of the services."""

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from studio.services import health

screen = Blueprint("status", __name__, url_prefix="/status")


@screen.get("")
def page() -> ResponseReturnValue:
    return render_template("status/page.html", **_lamps())


@screen.get("/lamps")
def lamps() -> ResponseReturnValue:
    return render_template("status/_lamps.html", **_lamps())


def _lamps() -> dict[str, object]:
    found = health.lamps()
    since = {lamp.name: datetime.fromtimestamp(lamp.since, UTC) for lamp in found if lamp.since}
    return {"lamps": found, "since": since, "missing": health.missing(found)}
