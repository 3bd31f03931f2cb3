"""Screen: one photo of the library, what is known of it, and where it is used."""

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from studio.domain import tags
from studio.domain.annotation import Point, tagged
from studio.domain.likeness import misfit
from studio.errors import StudioError
from studio.queries import annotations as reading
from studio.queries import samples as library
from studio.queries import sets as revisions
from studio.services import annotations, samples
from studio.services.samples import About
from studio.services.uploads import MAX_BYTES
from studio.web.pictures import forever

screen = Blueprint("annotations", __name__, url_prefix="/samples/<int:sample_id>")

FILES = ("annotations.set_hair_mask", "annotations.set_target")
PARTS = {"hair": "hair_mask_sha", "eyes": "eye_mask_sha", "target": "target_sha"}
FORM_BYTES = 4 << 10  # of the form around the file


@screen.url_value_preprocessor
def _allow_a_file(endpoint: str | None, values: dict[str, object] | None) -> None:
    """Before anything reads the form: the application's limit is that of forms without files."""
    del values
    if endpoint in FILES:
        request.max_content_length = MAX_BYTES + FORM_BYTES


@screen.get("")
def page(sample_id: int) -> ResponseReturnValue:
    return render_template("annotations/page.html", **_whole(sample_id))


@screen.get("/annotations/<int:no>/<any(hair,eyes,target):part>.png")
def file(sample_id: int, no: int, part: str) -> ResponseReturnValue:
    path = annotations.file(g.session, sample_id, no, PARTS[part])
    return forever(send_file(path, mimetype="image/png", etag=path.name))


@screen.post("/name")
def rename(sample_id: int) -> ResponseReturnValue:
    samples.rename(g.session, g.person_id, sample_id, request.form.get("name", ""))
    return _after(sample_id)


@screen.post("/about")
def describe(sample_id: int) -> ResponseReturnValue:
    said = {name: " ".join(request.form.get(name, "").split()) for name in ("source", "licence", "consent")}
    until = _date(request.form.get("consent_until", ""))
    samples.describe(g.session, g.person_id, sample_id, About(**said, consent_until=until))
    return _after(sample_id)


@screen.post("/tags")
def tag(sample_id: int) -> ResponseReturnValue:
    """Add the tag of the field, or take the one of the button away."""
    add = [tags.parse(text) for text in request.form.getlist("add")]
    remove = [tags.parse(text) for text in request.form.getlist("remove")]
    annotations.revise(g.session, g.person_id, [sample_id], tagged(add, remove))
    return _after(sample_id)


@screen.post("/hair-mask")
def set_hair_mask(sample_id: int) -> ResponseReturnValue:
    annotations.set_hair_mask(g.session, g.person_id, sample_id, _file())
    return _after(sample_id)


@screen.post("/target")
def set_target(sample_id: int) -> ResponseReturnValue:
    annotations.set_target(g.session, g.person_id, sample_id, _file())
    return _after(sample_id)


@screen.post("/landmarks")
def set_landmarks(sample_id: int) -> ResponseReturnValue:
    points = _points(request.form.get("points", ""))
    annotations.set_landmarks(g.session, g.person_id, sample_id, points)
    return _after(sample_id)


@screen.post("/clear/<any(hair_mask,target,landmarks):part>")
def clear(sample_id: int, part: str) -> ResponseReturnValue:
    annotations.clear(g.session, g.person_id, sample_id, part)
    return _after(sample_id)


@screen.post("/retire")
def retire(sample_id: int) -> ResponseReturnValue:
    samples.retire(g.session, g.person_id, [sample_id], back="back" in request.form)
    return _after(sample_id)


def _after(sample_id: int) -> ResponseReturnValue:
    """What a form is answered with: the content of the page as it is now, or without scripts the page."""
    if not request.headers.get("HX-Request"):
        return redirect(_here(sample_id), HTTPStatus.SEE_OTHER)
    return render_template("annotations/_photo.html", **_whole(sample_id))


def _here(sample_id: int) -> str:
    """The page of a photo, within the same set as now."""
    return url_for(".page", sample_id=sample_id, **_kept())


def _kept() -> dict[str, Any]:
    """The set one walks through, as the address says it."""
    return {name: request.args[name] for name in ("set", "r") if name in request.args}


def _whole(sample_id: int) -> dict[str, object]:
    photo = reading.photo(g.session, sample_id)
    note = photo.note(request.args.get("annotation", type=int))
    places, shown = reading.places(g.session, sample_id)
    slug, no = request.args.get("set"), request.args.get("r", type=int)
    within = revisions.find(g.session, slug, no) if slug and no else None
    beside = (
        reading.neighbours_in(g.session, sample_id, within.id)
        if within
        else reading.neighbours(g.session, sample_id)
    )
    return {
        "photo": photo,
        "here": _here,
        "kept": _kept(),
        "note": note,
        "current": note.no == photo.notes[0].no,
        "places": places,
        "comparisons": shown,
        "most": reading.MOST_PLACES,
        "within": within,
        "beside": beside,
        "misfit": misfit(photo.width, photo.height, library.frames(g.session)),
        "expired": photo.consent_until is not None and photo.consent_until < datetime.now(UTC).date(),
        "known_tags": reading.tags_in_use(g.session),
        "largest_mb": MAX_BYTES >> 20,
    }


def _file() -> bytes:
    """The file of the form; its bytes only, its name says nothing.

    Raises:
        StudioError: none was chosen.
    """
    given = request.files.get("file")
    if given is None or not given.filename:
        raise StudioError(_("No file was chosen."), _("Choose a picture first."))
    data: bytes = given.read()
    return data


def _points(text: str) -> tuple[Point, ...]:
    """`x,y x,y …` as the page sends them.

    Raises:
        StudioError: anything else.
    """
    try:
        pairs = [tuple(float(part) for part in pair.split(",")) for pair in text.split()]
        return tuple((x, y) for x, y in pairs)
    except ValueError:
        raise StudioError(
            _("The points were not understood."), _("Reload the page and set them again.")
        ) from None


def _date(text: str) -> date | None:
    """
    Raises:
        StudioError: it is no day.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise StudioError(_("That is no date."), _("Write it as 2027-01-31.")) from None
