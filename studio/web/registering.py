"""Screen: registering a checkpoint, and the way from its file to a served and compared version."""

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected

from studio.domain.ancestry import next_name
from studio.queries import groups
from studio.queries import registering as read
from studio.queries import versions as cards
from studio.services import lifecycle, registering, versions
from studio.services.versions import Refused
from studio.settings import settings
from studio.web import registration
from studio.web.registration import PIECE, Said

screen = Blueprint("registering", __name__, url_prefix="/groups/<slug>")

WORDS_BYTES = 1 << 20  # of everything in the form beside the file


@screen.url_value_preprocessor
def _limit(endpoint: str | None, values: object) -> None:
    """Before anything looks into the body: the check against forgery reads the form."""
    del values
    if endpoint in {"registering.receive", "registering.add"}:
        request.max_content_length = (settings().checkpoint_mb << 20) + WORDS_BYTES


@screen.get("/register")
def page(slug: str) -> ResponseReturnValue:
    return _form(slug, Said())


@screen.post("/register/file")
def receive(slug: str) -> ResponseReturnValue:
    """A weights file as the raw body: kept while it comes in, and whether the group has it already."""
    group_id = groups.get(g.session, slug).id
    pieces = _pieces()
    try:
        kept = registering.keep(g.session, registering.storage(), request.args.get("name", ""), pieces)
    except Refused:
        for _piece in pieces:  # a browser that still sends would see a broken line, not the sentence
            pass
        raise
    twin = registering.twin(g.session, group_id, kept.sha)
    known = {"name": twin.name, "address": _address(slug, twin.name)} if twin else None
    return {"sha": kept.sha, "size": kept.size, "known": known}, HTTPStatus.CREATED


@screen.post("/register")
def add(slug: str) -> ResponseReturnValue:
    group = groups.get(g.session, slug)
    said = registration.read(slug)
    if said.asked is None:
        return _form(slug, said)
    try:
        version, _run = registering.register(g.session, g.person_id, group, said.asked)
    except Refused as refused:
        return _form(slug, replace(said, wrong={refused.field: refused}))
    return redirect(_address(slug, version.name), HTTPStatus.SEE_OTHER)


@screen.get("/versions/<name>/steps")
def steps(slug: str, name: str) -> ResponseReturnValue:
    """Asked every second while something runs; 304 unless something changed."""
    walk = read.walk(g.session, cards.version(g.session, slug, name).id)
    if walk is not None and request.if_none_match.contains(walk.tag):
        return "", HTTPStatus.NOT_MODIFIED
    return render_template("versions/_steps.html", walk=walk, slug=slug)


@screen.get("/versions/<name>/steps/<int:step_id>/log")
def log(slug: str, name: str, step_id: int) -> ResponseReturnValue:
    version = cards.version(g.session, slug, name)
    text = registering.storage().get(read.log_of(g.session, version.id, step_id))
    response = Response(text, content_type="text/plain; charset=utf-8")
    if "download" in request.args:
        response.headers["Content-Disposition"] = f'attachment; filename="{step_id}.log"'
    return response


@screen.post("/versions/<name>/again")
def again(slug: str, name: str) -> ResponseReturnValue:
    registering.again(g.session, g.person_id, lifecycle.find(g.session, slug, name))
    return redirect(_address(slug, name), HTTPStatus.SEE_OTHER)


@screen.post("/versions/<name>/withdraw")
def withdraw(slug: str, name: str) -> ResponseReturnValue:
    registering.withdraw(g.session, g.person_id, lifecycle.find(g.session, slug, name))
    return redirect(_address(slug, name), HTTPStatus.SEE_OTHER)


@screen.post("/versions/<name>/parents")
def parents(slug: str, name: str) -> ResponseReturnValue:
    versions.correct_parents(
        g.session, g.person_id, lifecycle.find(g.session, slug, name), registration.parents()
    )
    return redirect(_address(slug, name), HTTPStatus.SEE_OTHER)


def _pieces() -> Iterator[bytes]:
    """The body as it arrives.

    Raises:
        ClientDisconnected: it ended before its promised length; the server itself says nothing of that.
    """
    left = request.content_length or 0
    while piece := request.stream.read(PIECE):
        left -= len(piece)
        yield piece
    if left > 0:
        raise ClientDisconnected


def _form(slug: str, said: Said) -> ResponseReturnValue:
    family = read.family(g.session, slug)
    page = render_template(
        "registering/page.html",
        family=family,
        said=said,
        suggested=next_name(each.name for each in family.members),
        most_mb=settings().checkpoint_mb,
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if said.wrong else HTTPStatus.OK


def _address(slug: str, name: str) -> str:
    return url_for("versions.page", slug=slug, name=name)
