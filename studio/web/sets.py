"""Screen: sets of photos and their revisions."""

from http import HTTPStatus

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from studio.domain.vocabulary import Purpose
from studio.errors import StudioError
from studio.queries import sets as reading
from studio.services import sets
from studio.web import selection

screen = Blueprint("sets", __name__, url_prefix="/sets")


@screen.url_value_preprocessor
def _allow_a_selection(endpoint: str | None, values: dict[str, object] | None) -> None:
    """Before anything reads the form."""
    del values
    if endpoint in {"sets.add", "sets.leave_out"}:
        request.max_content_length = selection.BYTES


@screen.get("")
def listing() -> ResponseReturnValue:
    retired = "retired" in request.args
    entries = reading.entries(g.session, retired=retired)
    return render_template("sets/list.html", entries=entries, retired=retired)


@screen.get("/-/choices")
def choices() -> ResponseReturnValue:
    """Where chosen photos can go: a fragment inside the form of the wall. No slug is a hyphen."""
    return render_template("sets/_choices.html", entries=reading.entries(g.session), purposes=Purpose)


@screen.get("/<slug>")
def page(slug: str) -> ResponseReturnValue:
    """A set: its newest revision, or `?r=2`; with `?from=1` also what changed since."""
    revisions = reading.revisions(g.session, slug)
    shown = reading.numbered(revisions, request.args.get("r", type=int))
    earlier = request.args.get("from", type=int)
    base = reading.numbered(revisions, earlier) if earlier else None
    items = reading.items(g.session, shown.id)
    before = reading.items(g.session, base.id) if base else ()
    return render_template(
        "sets/page.html",
        revisions=revisions,
        shown=shown,
        items=items,
        base=base,
        difference=reading.difference(g.session, before, items) if base else None,
        uses=reading.uses(g.session, shown),
        groups=reading.comparing(g.session) if shown.purpose is Purpose.COMPARE else (),
        stale=sum(item.newer for item in items),
    )


@screen.post("")
def add() -> ResponseReturnValue:
    """Photos chosen on the wall: a new set, or the next revision of one."""
    chosen = selection.chosen()
    slug = request.form.get("slug", "")
    if slug:
        made = sets.extend(g.session, g.person_id, slug, chosen)
    else:
        made = sets.create(g.session, g.person_id, request.form.get("name", ""), _purpose(), chosen)
    return _to(made.slug, made.no)


@screen.post("/<slug>/renew")
def renew(slug: str) -> ResponseReturnValue:
    made = sets.renew(g.session, g.person_id, slug)
    return _to(made.slug, made.no)


@screen.post("/<slug>/<int:no>/without")
def leave_out(slug: str, no: int) -> ResponseReturnValue:
    revision = reading.numbered(reading.revisions(g.session, slug), no)
    made = sets.without(g.session, g.person_id, revision.id, selection.chosen())
    return _to(made.slug, made.no)


@screen.post("/<slug>/name")
def rename(slug: str) -> ResponseReturnValue:
    sets.rename(g.session, g.person_id, slug, request.form.get("name", ""))
    return _to(slug)


@screen.post("/<slug>/retire")
def retire(slug: str) -> ResponseReturnValue:
    sets.retire(g.session, g.person_id, slug, back="back" in request.form)
    return _to(slug)


def _to(slug: str, no: int | None = None) -> ResponseReturnValue:
    """The page of a set. htmx follows a redirect inside its request, so it is told to go there itself."""
    address = url_for(".page", slug=slug, r=no)
    if request.headers.get("HX-Request"):
        return "", HTTPStatus.NO_CONTENT, {"HX-Redirect": address}
    return redirect(address, HTTPStatus.SEE_OTHER)


def _purpose() -> Purpose:
    """
    Raises:
        StudioError: none of our words.
    """
    try:
        return Purpose(request.form.get("purpose", Purpose.COMPARE.value))
    except ValueError:
        raise StudioError(_("A set cannot be for that."), _("Choose one of the purposes.")) from None
