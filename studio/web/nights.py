"""Screen: nights, when they begin, how they ended, and what got worse."""

from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.domain import junit
from studio.domain.vocabulary import NightState
from studio.queries import nights
from studio.services import health, schedules
from studio.services import nights as service
from studio.services.nights import Asked
from studio.settings import settings
from studio.web import findings

screen = Blueprint("nights", __name__, url_prefix="/nights")


@screen.get("")
def listing() -> ResponseReturnValue:
    now = datetime.now(UTC)
    row = schedules.current(g.session)
    return render_template(
        "nights/list.html",
        nights=nights.listing(g.session),
        time=schedules.time_of(row),
        zone=settings().zone,
        next=schedules.next_at(row, now) if row and row.enabled else None,
        missed=schedules.missed(g.session, now),
        startable=bool(service.eligible(g.session)),
        sentence=findings.night,
    )


@screen.get("/<public_id>")
def page(public_id: str) -> ResponseReturnValue:
    entry = nights.one(g.session, public_id)
    return render_template(
        "nights/page.html",
        night=entry,
        progress=nights.progress(g.session, entry) if entry.state is NightState.RUNNING else None,
        pictures=nights.pictures(g.session, entry),
        words=findings,
        sentence=findings.night,
    )


@screen.get("/<public_id>/progress")
def progress(public_id: str) -> ResponseReturnValue:
    """Asked every two seconds while it runs; at the end the whole page is asked for once."""
    entry = nights.one(g.session, public_id)
    found = nights.progress(g.session, entry)
    tag = f"{found.done}-{found.stage}"
    if entry.state is not NightState.RUNNING:
        return "", HTTPStatus.NO_CONTENT, {"HX-Refresh": "true"}
    if request.if_none_match.contains(tag):
        return "", HTTPStatus.NOT_MODIFIED
    body = render_template("nights/_progress.html", night=entry, progress=found)
    return body, HTTPStatus.OK, {"ETag": f'"{tag}"'}


@screen.get("/<public_id>/junit.xml")
def as_junit(public_id: str) -> ResponseReturnValue:
    entry = nights.one(g.session, public_id)
    body = junit.xml([nights.suite(entry)])
    return _file(Response(body, mimetype="application/xml"), f"night-{entry.date}-{entry.group_slug}.xml")


@screen.get("/<public_id>/night.json")
def as_json(public_id: str) -> ResponseReturnValue:
    return nights.facts(nights.one(g.session, public_id))


@screen.post("/run")
def run() -> ResponseReturnValue:
    g.session.rollback()  # the question to the services must not hold the database
    missing = health.missing(health.lamps())
    asked = Asked(datetime.now(settings().zone).date())
    for group in service.eligible(g.session):
        service.begin(g.session, g.person_id, group, asked, missing)
    return redirect(url_for(".listing"), HTTPStatus.SEE_OTHER)


@screen.post("/schedule")
def schedule() -> ResponseReturnValue:
    schedules.put(g.session, g.person_id, request.form.get("time", ""), enabled="enabled" in request.form)
    return redirect(url_for(".listing"), HTTPStatus.SEE_OTHER)


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
