"""Nights: champion and candidates measured anew, and what got worse."""

from datetime import date, datetime

from flask import g
from pydantic import AwareDatetime, Field

from studio.api.contract import In, Out, resource
from studio.domain.night import Verdict
from studio.domain.vocabulary import NightState
from studio.queries import groups
from studio.queries import nights as read
from studio.queries.nights import Entry
from studio.services import health, nights
from studio.services.nights import Asked
from studio.settings import settings

api = resource("nights")


class FindingOut(Out):
    metric: str
    precision: str
    version: str
    verdict: Verdict
    champion: float | None
    candidate: float | None
    difference: float | None
    tolerance: float | None
    noise: float | None
    low: float | None
    high: float | None
    n: int | None
    said: str


class NightOut(Out):
    public_id: str
    group_slug: str
    date: date
    no: int
    state: NightState
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    champion: str
    candidates: list[str]
    comparison: str
    revision: str
    photos: int
    reason: str
    hint: str
    findings: list[FindingOut]


class NightList(Out):
    items: list[NightOut]


class NewNight(In):
    group: str = Field(description="The group's address; it needs a champion.")
    candidates: list[str] = Field([], max_length=20, description="Names of versions; else the candidates.")


@api.get("")
@api.output(NightList)
def listing() -> dict[str, object]:
    """List the newest nights."""
    return {"items": read.listing(g.session)}


@api.get("/<public_id>")
@api.output(NightOut)
def detail(public_id: str) -> Entry:
    """Show one night with its findings."""
    return read.one(g.session, public_id)


@api.post("")
@api.input(NewNight)
@api.output(NightOut, status_code=201)
def begin(json_data: NewNight) -> Entry:
    """Start a night of a group now; ask for it again to see how it ends."""
    group = groups.get(g.session, json_data.group)
    g.session.rollback()  # the question to the services must not hold the database
    missing = health.missing(health.lamps())
    asked = Asked(datetime.now(settings().zone).date(), json_data.candidates)
    night = nights.begin(g.session, g.person_id, group, asked, missing)
    assert night is not None  # noqa: S101 only the calendar's night can be there already
    return read.one(g.session, night.public_id)
