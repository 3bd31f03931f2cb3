"""Screen: the question a comparison asks, and the columns it is made of."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from studio.domain import draft as asking
from studio.domain.draft import Draft, Wanted
from studio.domain.vocabulary import Precision
from studio.errors import StudioError
from studio.queries import choices as offers
from studio.queries import comparisons
from studio.queries.choices import Choice, Choices
from studio.queries.comparisons import Desk
from studio.queries.forecasts import Forecast, forecast
from studio.services import comparisons as verbs
from studio.services import runs
from studio.settings import settings
from studio.web.columns import duration

screen = Blueprint("builder", __name__, url_prefix="/comparisons")

ASKED = {  # the one click between full precision, INT8 and both
    "fp32": (Precision.FP32,),
    "int8": (Precision.INT8,),
    "both": (Precision.FP32, Precision.INT8),
}


@screen.get("/new")
def new() -> ResponseReturnValue:
    if of := request.args.get("from"):
        return redirect(_address(*_from(comparisons.desk(g.session, of))))
    choices = offers.choices(g.session, request.args.get("group", ""))
    if verb := request.args.get("do"):
        return redirect(_address(choices.slug, _done(choices, _asked(choices), verb)))
    return _page(choices, _asked(choices))


@screen.post("/new")
def create() -> ResponseReturnValue:
    choices = offers.choices(g.session, request.form.get("group", ""))
    draft = _fitting(choices, asking.read(request.form))
    try:
        made = verbs.create(g.session, g.person_id, choices, draft)
    except StudioError as error:
        g.session.rollback()
        return _page(choices, draft, error), HTTPStatus(error.status)
    columns = [replace(each, take=max(0, each.take)) for each in draft.columns]
    fresh = any(each.take == asking.FRESH for each in draft.columns)
    if fresh or _forecast(replace(draft, columns=tuple(columns), revision_id=made.revision_id)).missing:
        runs.start_comparison(g.session, g.person_id, made.id)
    return redirect(url_for("comparisons.page", public_id=made.public_id), HTTPStatus.SEE_OTHER)


@screen.post("/<public_id>/under")
def under(public_id: str) -> ResponseReturnValue:
    """The same columns under another choice of one control: the comparison that shows it, made if need be."""
    desk = comparisons.desk(g.session, public_id)
    slug, draft = _from(desk)
    key, value = request.form.get("control", ""), request.form.get("option", "")
    columns = tuple(
        replace(each, controls={**each.controls, key: value}) if key in each.controls else each
        for each in draft.columns
    )
    made = verbs.create(
        g.session, g.person_id, offers.choices(g.session, slug), replace(draft, columns=columns)
    )
    view = request.form.get("view", "")
    address = url_for("comparisons.page", public_id=made.public_id)
    return redirect(address + (view if view.startswith("?") else ""), HTTPStatus.SEE_OTHER)


def _from(desk: Desk) -> tuple[str, Draft]:
    columns = tuple(Wanted(each.variant_id, dict(each.controls), each.take_id) for each in desk.columns)
    return desk.group_slug, Draft(columns, desk.revision_id)


def _asked(choices: Choices) -> Draft:
    """The draft of the address; without columns the question of the group."""
    draft = _fitting(choices, asking.read(request.args))
    if draft.columns or request.args.get("columns") == "none":
        return draft
    usual = {number: choice.usual for number, choice in choices.variants.items()}
    if columns := asking.short(request.args.get("columns", ""), usual):
        return replace(draft, columns=columns)
    precisions = ASKED.get(request.args.get("ask", ""), ASKED["fp32"])
    asked = choices.question(precisions)
    return replace(asked, revision_id=draft.revision_id or asked.revision_id)


def _fitting(choices: Choices, draft: Draft) -> Draft:
    """A column whose version was exchanged keeps the controls that the new one has, and takes its usual others."""
    known = (each for each in draft.columns if each.variant_id in choices.variants)
    return replace(
        draft,
        columns=tuple(replace(each, controls=_controls(choices, each)) for each in known),
        revision_id=draft.revision_id or choices.compare_revision_id,
    )


def _controls(choices: Choices, column: Wanted) -> Mapping[str, str]:
    return {
        key: column.controls[key] if column.controls.get(key) in values else values[0]
        for key, values in choices.variants[column.variant_id].options.items()
    }


def _done(choices: Choices, draft: Draft, verb: str) -> Draft:
    """After a button: `left.1`, `right.1`, `remove.1`, `spread.1.colour`, `add`."""
    word, _dot, rest = verb.partition(".")
    place, _dot, key = rest.partition(".")
    at = int(place) if place.isdecimal() else -1
    if word == "spread" and 0 <= at < len(draft.columns):
        one = draft.columns[at]
        values = choices.variants[one.variant_id].options.get(key, ())
        spread = [replace(one, controls={**one.controls, key: value}) for value in values]
        return asking.change(draft, word, at, spread or [one])
    if word == "add":
        return asking.change(draft, word, at, [_next(choices, draft)] if choices.variants else [])
    return asking.change(draft, word, at)


def _next(choices: Choices, draft: Draft) -> Wanted:
    """A further column: the newest version that is not there yet, under the controls of the last."""
    there = {each.variant_id for each in draft.columns}
    precision = choices.variants[draft.columns[-1].variant_id].precision if draft.columns else Precision.FP32
    free = [each for each in choices.variants.values() if each.variant_id not in there]
    same = [each for each in free if each.precision is precision and each.group_slug == choices.slug]
    chosen = (same or free or list(choices.variants.values()))[0]
    last = draft.columns[-1].controls if draft.columns else {}
    wanted = Wanted(chosen.variant_id, last)
    return replace(wanted, controls=_controls(choices, wanted))


def _forecast(draft: Draft) -> Forecast:
    return forecast(g.session, draft.revision_id, draft.columns, settings().serving_workers)


def _address(slug: str, draft: Draft) -> str:
    fields = [("group", slug), *draft.fields(), *([] if draft.columns else [("columns", "none")])]
    return f"{url_for('builder.new')}?{urlencode(fields)}"


def _page(choices: Choices, draft: Draft, error: StudioError | None = None) -> str:
    shown = [choices.variants[each.variant_id] for each in draft.columns]
    names = [
        (choice.version, choice.precision.value.upper(), each.controls)
        for choice, each in zip(shown, draft.columns, strict=True)
    ]
    asked = {name: choices.question(precisions) for name, precisions in ASKED.items()}
    return render_template(
        "comparisons/new.html",
        choices=choices,
        draft=draft,
        shown=shown,
        title=asking.name(names) if names else _("An empty comparison"),
        photos=choices.revisions.get(draft.revision_id),
        asked={name: each for name, each in asked.items() if each.columns},
        plain=next((name for name, each in asked.items() if each.columns == draft.columns), ""),
        forecast=_forecast(draft) if draft.columns and draft.revision_id else None,
        lines=_lines(choices),
        error=error,
        most=asking.MOST,
        fresh=asking.FRESH,
        duration=duration,
    )


def _lines(choices: Choices) -> list[tuple[str, list[Choice]]]:
    """The variants by group, its own first."""
    found: dict[str, list[Choice]] = {}
    for each in choices.variants.values():
        found.setdefault(each.group_slug, []).append(each)
    return list(found.items())
