"""Screen: one version, what it is made of, and what is decided about it."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.domain import card as cards
from studio.domain.differences import Difference, differences
from studio.domain.twins import gain
from studio.domain.vocabulary import Precision, VariantState
from studio.queries import entries, history, registering, versions
from studio.queries.versions import Built, Card
from studio.services import champions, lifecycle
from studio.web.groups import compare_address

screen = Blueprint("versions", __name__, url_prefix="/groups/<slug>/versions/<name>")


@screen.get("")
def page(slug: str, name: str) -> ResponseReturnValue:
    version = versions.version(g.session, slug, name)
    built = versions.variants(g.session, version)
    of = {each.precision: each for each in built}
    full, quantized = of.get(Precision.FP32), of.get(Precision.INT8)
    before = versions.previous_champion(g.session, version.group_id, version.id) if version.champion else None
    return render_template(
        "versions/page.html",
        version=version,
        slug=slug,
        walk=registering.walk(g.session, version.id),
        family=registering.family(g.session, slug),
        built=built,
        gain=gain(full.numbers, quantized.numbers) if full and quantized else None,
        apart=versions.farthest(g.session, quantized) if quantized else (),
        lines=cards.lines(version.card),
        params=cards.lines(version.params),
        restricted=cards.restricted(version.card),
        changes=_changes(version),
        events=history.history(g.session, "version", version.id),
        entries=entries.entries(g.session, entries.of_version(version.id)),
        compare=_comparable(version, built),
        before=before.name if before else "",
    )


def _comparable(version: Card, built: tuple[Built, ...]) -> str:
    """Where it is compared with the champion, empty as long as it makes no pictures."""
    mine = [each.variant_id for each in built if each.state is VariantState.READY]
    if not mine:
        return ""
    champion = None if version.champion else versions.champion_variant(g.session, version.group_id)
    return compare_address(version.slug, [champion, *mine])


def _changes(version: Card) -> list[tuple[str, list[Difference]]]:
    """Against each parent, the parameters that differ."""
    return [(each.name, differences(each.params, version.params)) for each in version.parents]


@screen.post("/champion")
def make_champion(slug: str, name: str) -> ResponseReturnValue:
    return _done(slug, name, champions.make, request.form.get("reason", ""))


@screen.post("/champion/take-back")
def take_back(slug: str, name: str) -> ResponseReturnValue:
    return _done(slug, name, champions.take_back, request.form.get("reason", ""))


@screen.post("/candidate")
def mark_candidate(slug: str, name: str) -> ResponseReturnValue:
    return _done(slug, name, lifecycle.mark_candidate)


@screen.post("/candidate/unmark")
def unmark_candidate(slug: str, name: str) -> ResponseReturnValue:
    return _done(slug, name, lifecycle.unmark_candidate)


@screen.post("/retire")
def retire(slug: str, name: str) -> ResponseReturnValue:
    return _done(slug, name, lifecycle.retire, request.form.get("reason", ""))


@screen.post("/bring-back")
def bring_back(slug: str, name: str) -> ResponseReturnValue:
    return _done(slug, name, lifecycle.bring_back)


@screen.post("/notes")
def note(slug: str, name: str) -> ResponseReturnValue:
    return _done(slug, name, lifecycle.note, request.form.get("notes", ""))


def _done(slug: str, name: str, verb: Callable[..., None], *said: str) -> ResponseReturnValue:
    verb(g.session, g.person_id, lifecycle.find(g.session, slug, name), *said)
    return redirect(url_for(".page", slug=slug, name=name), HTTPStatus.SEE_OTHER)
