"""Screen: a group's home, its version tree, and the form that makes or changes a group."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from studio.domain.differences import Difference, differences
from studio.domain.vocabulary import Lane, Precision, Purpose
from studio.errors import StudioError
from studio.queries import entries, groups, leaders, nights, tree, versions
from studio.queries.groups import GroupCard, Photos
from studio.queries.versions import Built, Card
from studio.services import groups as lines
from studio.services.groups import Wording
from studio.web import branches
from studio.web.wording import megabytes

screen = Blueprint("groups", __name__, url_prefix="/groups")

USES = (Purpose.COMPARE, Purpose.CALIBRATE, Purpose.REFERENCE, Purpose.NIGHT)


@screen.get("/<slug>")
def page(slug: str) -> ResponseReturnValue:
    group = groups.group(g.session, slug)
    leading = leaders.leaders(g.session, [group.id])[group.id]
    folded = "retired" not in request.args
    grown = tree.tree(g.session, group.id, folded=folded)
    return render_template(
        "groups/page.html",
        group=group,
        tree=grown,
        folded=folded,
        drawn=[branches.draw(row, grown.lanes) for row in grown.rows],
        leaders=leading,
        compare=compare_address(slug, [each.variant_id for each in leading.both]),
        entries=entries.entries(g.session, entries.of_group(group.id)),
        night=nights.last(g.session, group.id),
    )


@screen.get("/new")
def new() -> ResponseReturnValue:
    return _form(None, {"lane": Lane.REALTIME.value}, {})


@screen.post("/new")
def add() -> ResponseReturnValue:
    try:
        made = lines.add(g.session, g.person_id, request.form.get("slug", "").strip(), _asked())
    except StudioError as error:
        return _form(None, request.form, {}, error)
    return redirect(url_for(".page", slug=made.slug), HTTPStatus.SEE_OTHER)


@screen.get("/<slug>/edit")
def edit(slug: str) -> ResponseReturnValue:
    group = groups.group(g.session, slug)
    chosen = {use.value: str(photos.id) for use, photos in group.photos.items()}
    words = {"name": group.name, "lane": group.lane.value, "brief": group.brief, **chosen}
    return _form(group, words, group.photos)


@screen.post("/<slug>/edit")
def save(slug: str) -> ResponseReturnValue:
    group = groups.group(g.session, slug)
    try:
        lines.edit(g.session, g.person_id, slug, _asked())
    except StudioError as error:
        return _form(group, request.form, group.photos, error)
    return redirect(url_for(".page", slug=slug), HTTPStatus.SEE_OTHER)


@screen.get("/<slug>/selection")
def selection(slug: str) -> ResponseReturnValue:
    """Where the ticked versions lead: to what differs between them, or to a comparison of them."""
    names = request.args.getlist("version")
    if not names:
        raise StudioError(_("No version is ticked."), _("Tick one or two in the tree."))
    if request.args.get("then") == "differences":
        return redirect(url_for(".apart", slug=slug, version=names))
    chosen = versions.in_full(g.session, slug, names)
    if not chosen:
        raise StudioError(_("None of these versions makes pictures yet."), _("Tick others."))
    return redirect(compare_address(slug, chosen))


@screen.get("/<slug>/differences")
def apart(slug: str) -> ResponseReturnValue:
    """Only what differs between two versions of the group."""
    names = request.args.getlist("version")
    if len(names) != 2:
        raise StudioError(_("Two versions can differ, not one and not three."), _("Tick two of them."))
    first, second = (versions.version(g.session, slug, name) for name in names)
    pair = (first, second)
    return render_template(
        "groups/differences.html",
        group=groups.group(g.session, slug),
        pair=pair,
        sections=[each for each in _sections(pair) if each[1]],
    )


def compare_address(slug: str, variants: Iterable[int | None]) -> str:
    """Where a comparison of these variants is put together."""
    columns = [str(each) for each in variants if each is not None]
    return f"/comparisons/new?{urlencode({'group': slug, 'columns': ','.join(columns)}, safe=',')}"


def _sections(pair: tuple[Card, Card]) -> list[tuple[str, list[Difference]]]:
    """What two versions differ in, part by part; their sizes as a person reads them."""
    left, right = ({each.precision: each for each in versions.variants(g.session, of)} for of in pair)
    first, second = pair
    parts = [
        (_("Parameters"), first.params, second.params),
        (_("What they say of themselves"), first.card, second.card),
        (_("What goes in and comes out"), first.manifest, second.manifest),
    ]
    for precision in Precision:
        one, other = left.get(precision), right.get(precision)
        recipes = (each.recipe if each else {} for each in (one, other))
        parts.append((_("How %(precision)s is built", precision=precision.value.upper()), *recipes))
    parts.append((_("Sizes"), _sizes(first, left), _sizes(second, right)))
    return [(title, differences(one, other)) for title, one, other in parts]


def _sizes(of: Card, built: Mapping[Precision, Built]) -> dict[str, str]:
    sizes = {precision.value.upper(): each.archive_bytes for precision, each in built.items()}
    named = {_("checkpoint"): of.checkpoint_bytes, **sizes}
    return {name: megabytes(size) for name, size in named.items() if size}


def _asked() -> Wording:
    form = request.form
    lane = form.get("lane", "")
    if lane not in set(Lane):
        raise StudioError(_("A group is for real time or for post edit."), _("Choose one of the two."))
    chosen = {use: _whole(form.get(use.value, "")) for use in USES if use.value in form}
    return Wording(form.get("name", ""), Lane(lane), form.get("brief", ""), chosen)


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _form(
    group: GroupCard | None,
    words: Mapping[str, str],
    used: Mapping[Purpose, Photos],
    error: StudioError | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "groups/edit.html",
        group=group,
        words=words,
        choices=groups.choices(g.session, used),
        uses=USES,
        error=error,
    )
    return page, error.status if error else HTTPStatus.OK
