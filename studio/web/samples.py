"""Screen: the wall of photos, its filters, what is done to a selection, and how photos come in."""

from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from studio.domain import tags
from studio.domain.annotation import tagged
from studio.domain.tags import Tag
from studio.errors import StudioError
from studio.queries import samples as read
from studio.queries.samples import Filters
from studio.services import annotations, samples, uploads
from studio.web import selection

screen = Blueprint("samples", __name__, url_prefix="/samples")

LIMITS = {
    "samples.receive": uploads.MAX_BYTES,
    "samples.upload": 4 * uploads.MAX_BYTES,  # several files in one form, without scripts
    "samples.tag": selection.BYTES,
    "samples.retire": selection.BYTES,
}
MOST_WORDS = 8


@screen.url_value_preprocessor
def _limit(endpoint: str | None, values: object) -> None:
    """Before anything looks into the body: the check against forgery reads the form."""
    del values
    if endpoint in LIMITS:
        request.max_content_length = LIMITS[endpoint]


@screen.get("")
def page() -> ResponseReturnValue:
    filters = _filters()
    at = _number("at")
    return render_template(
        "samples/page.html",
        wall=read.wall(g.session, filters, at),
        facets=read.facets(g.session, filters),
        counts=read.counts(g.session),
        filters=filters,
        at=at,
        step=read.WINDOW,
        most_bytes=uploads.MAX_BYTES,
        address=_address,
        toggled=_toggled,
    )


@screen.get("/window")
def window() -> ResponseReturnValue:
    """The tiles from photo `first` on, as list items."""
    first = _number("first") or 0
    return render_template("samples/_tiles.html", tiles=read.window(g.session, _filters(), first))


@screen.get("/ids")
def ids() -> ResponseReturnValue:
    """The numbers of all photos shown, in order: for ranges and for “all”."""
    return read.ids(g.session, _filters())


@screen.post("/files")
def receive() -> ResponseReturnValue:
    """One file as the raw body; the answer is its sentence. 201: it was kept."""
    data = request.get_data(cache=False)
    name = request.args.get("name", "")
    arrival = uploads.receive(g.session, g.person_id, name, data, keep_near="keep" in request.args)
    return (
        render_template("samples/_arrival.html", arrival=arrival),
        HTTPStatus.CREATED if arrival.kept else HTTPStatus.OK,
    )


@screen.post("/upload")
def upload() -> ResponseReturnValue:
    """Several files of a form, for a browser without scripts."""
    arrivals = [
        uploads.receive(
            g.session, g.person_id, file.filename or "", file.read(), keep_near="keep" in request.form
        )
        for file in request.files.getlist("photos")
        if file.filename
    ]
    return render_template("samples/arrivals.html", arrivals=arrivals)


@screen.post("/tags")
def tag() -> ResponseReturnValue:
    """Add or remove tags, several with a comma between them, on every chosen photo."""
    chosen = [tags.parse(each) for each in request.form["tags"].split(",")]
    added, removed = (chosen, []) if request.form.get("do") != "remove" else ([], chosen)
    n = annotations.revise(g.session, g.person_id, selection.chosen(), tagged(added, removed))
    text = ", ".join(tags.write(chosen))
    if removed:
        flash(
            ngettext(
                "%(tags)s removed from %(num)s photo.", "%(tags)s removed from %(num)s photos.", n, tags=text
            )
        )
    else:
        flash(ngettext("%(num)s photo tagged %(tags)s.", "%(num)s photos tagged %(tags)s.", n, tags=text))
    return _back()


@screen.post("/retire")
def retire() -> ResponseReturnValue:
    """Put the chosen photos aside, or bring them back."""
    back = request.form.get("do") == "restore"
    n = samples.retire(g.session, g.person_id, selection.chosen(), back=back)
    if back:
        flash(ngettext("%(num)s photo is back.", "%(num)s photos are back.", n))
    else:
        flash(
            ngettext(
                "%(num)s photo put aside; sets and comparisons keep it.",
                "%(num)s photos put aside; sets and comparisons keep them.",
                n,
            )
        )
    return _back()


def _filters() -> Filters:
    """What the address asks for; what is no tag there is left out."""
    chosen: set[Tag] = set()
    for text in request.args.getlist("tag"):
        with suppress(StudioError):
            chosen.add(tags.parse(text))
    return Filters(
        tuple(request.args.get("q", "").replace("\0", " ").split()[:MOST_WORDS]),
        frozenset(chosen),
        retired="retired" in request.args,
        faceless="faceless" in request.args,
    )


def _number(name: str) -> int | None:
    """A photo's number in the address; None without one that a database can have."""
    given = request.args.get(name, type=int)
    return given if given is not None and 0 <= given < 2**31 else None


def _address(filters: Filters, at: int | None = None) -> str:
    """Where the wall shows this."""
    return url_for(
        ".page",
        q=" ".join(filters.words) or None,
        tag=tags.write(filters.tags),
        retired="1" if filters.retired else None,
        faceless="1" if filters.faceless else None,
        at=at,
    )


def _toggled(filters: Filters, what: Tag | str) -> str:
    """Where the wall shows this with one filter turned over: a tag, or “retired” or “faceless”."""
    if isinstance(what, tuple):
        return _address(replace(filters, tags=filters.tags ^ {what}))
    if what == "retired":
        return _address(replace(filters, retired=not filters.retired))
    return _address(replace(filters, faceless=not filters.faceless))


def _back() -> ResponseReturnValue:
    return redirect(_address(_filters(), at=_number("at")), HTTPStatus.SEE_OTHER)
