"""How times, sizes, numbers and pictures read on the pages, and in which language."""

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from flask import Flask, g, request, url_for
from flask_babel import format_date, format_decimal, format_timedelta, get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from studio.services.pictures import THUMBNAIL_SIDE
from studio.web.sentences import said

LANGUAGES = {"en": "English", "ko": "한국어"}
LOCALES = ("en", "ko")
COOKIE = "language"
THIN = "\u202f"  # narrow no-break space between a number and its unit


class Sized(Protocol):
    """What has the size of a picture, in pixels."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


def locale() -> str:
    """The language a person chose, here or in their account, else the best of those their browser asks for."""
    who = g.get("who")
    chosen = who.locale if who is not None else request.cookies.get(COOKIE, "")
    if chosen in LOCALES:
        return str(chosen)
    return request.accept_languages.best_match(LOCALES) or LOCALES[0]


def language() -> str:
    """The language of this request, asked of Babel once: a page needs it a thousand times."""
    if not g:
        return str(get_locale())
    if "language" not in g:
        g.language = str(get_locale())
    return str(g.language)


def other_languages() -> dict[str, str]:
    """By code, what the pages could be read in instead."""
    return {code: LANGUAGES[code] for code in LOCALES if code != language()}


def install(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        clock=clock,
        date=format_date,
        megabytes=megabytes,
        percent=percent,
        figures=figures,
        part=part,
        said=said,
    )
    app.jinja_env.globals.update(
        asset=asset,
        picture=picture,
        thumbnail_width=thumbnail_width,
        icon=icon,
        swatch=swatch,
        decimals=decimals,
        get_locale=get_locale,
        other_languages=other_languages,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def asset(name: str) -> str:
    return url_for("static", filename=name)


def icon(name: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        asset("icons.svg"), name
    )


def picture(sha: str, photo: Sized, alt: str) -> Markup:
    """An image that loads late: a thumbnail where it is small, the real file where it is shown larger.

    `photo` is what came in: all pictures of a row take its shape, so that they lie on each other exactly.
    """
    small = thumbnail_width(photo)
    thumbnail = url_for("pictures.thumbnail", sha=sha)
    full = url_for("pictures.full", sha=sha)
    return Markup(
        '<img src="{0}" srcset="{0} {1}w, {2} {3}w" sizes="auto, 33vw" width="{3}" height="{4}"'
        ' alt="{5}" loading="lazy" decoding="async" draggable="false">'
    ).format(thumbnail, small, full, photo.width, photo.height, alt)


def thumbnail_width(photo: Sized) -> int:
    """Of the thumbnail of a picture of this shape, px."""
    return round(photo.width * min(1, THUMBNAIL_SIDE / max(photo.width, photo.height)))


def swatch(value: str) -> Markup:
    """A dot in the hair colour of this name, or nothing."""
    colours = {
        "black": "#191716",
        "brown": "#3e2d22",
        "blond": "#8c6f51",
        "grey": "#67625e",
        "copper": "#71361d",
        "white": "#bcb5ad",
        "blue": "#0a3a69",
        "violet": "#553166",
    }
    if value not in colours:
        return Markup("")
    return Markup(
        '<svg class="swatch" aria-hidden="true" viewBox="0 0 1 1"><rect width="1" height="1" fill="{}"/></svg>'
    ).format(colours[value])


def ago(moment: datetime) -> str:
    """“2 minutes ago”; the template puts the exact time beside it."""
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    if seconds < 45:
        return str(_("just now"))
    step = next(each for each in (86_400, 3600, 60, 1) if seconds >= each)
    return _passed(seconds - seconds % step, language())


@lru_cache(maxsize=4096)
def _passed(seconds: int, language: str) -> str:
    """Kept, because Babel takes a millisecond for one and a page may show hundreds."""
    del language  # of this request, which Babel asks for itself
    passed = timedelta(seconds=-seconds)
    return str(format_timedelta(passed, granularity="minute", threshold=1, add_direction=True))


def clock(moment: datetime) -> str:
    """Hours and minutes in UTC, for a browser without scripts; `page.js` turns them local."""
    return f"{moment:%H:%M} UTC"


def megabytes(size: float) -> str:
    return f"{figures(size / 1e6)}{THIN}MB"


def percent(share: float) -> str:
    """A share 0…1 in whole per cent; what is not nothing never reads as 0."""
    if 0 < share < 0.005:
        return f"<{THIN}1{THIN}%"
    return f"{round(share * 100)}{THIN}%"


def figures(value: float, signed: bool = False, digits: int | None = None) -> str:
    """At most three significant figures, with a real minus: 118, 35.4, 2.41, −0.032; or `digits` decimals."""
    if digits is None:
        digits = next((d for d, least in enumerate((100, 10, 1, 0.1)) if abs(value) >= least), 4)
        pattern = f"#,##0.{'#' * digits}"
    else:
        pattern = f"#,##0.{'0' * digits}"
    text = _decimal(round(abs(value), digits), pattern.rstrip("."), language())
    if not round(value, digits):
        return text
    return f"−{text}" if value < 0 else f"+{text}" if signed else text


@lru_cache(maxsize=4096)
def _decimal(value: float, pattern: str, language: str) -> str:
    """Kept, because a page may show the same sizes and times hundreds of times."""
    del language
    return str(format_decimal(value, format=pattern))


def decimals(low: float | None, high: float | None) -> int | None:
    """Decimals that an interval deserves: two figures of its half width; None without one."""
    if low is None or high is None:
        return None
    half = abs(high - low) / 2
    return max(0, min(4, 1 - math.floor(math.log10(half)))) if half else 0


def part(content: Any) -> str:
    """A part of a fingerprint: hashes by their first digits, lists and tables in one line."""
    if isinstance(content, dict):
        return ", ".join(f"{key} {part(value)}" for key, value in content.items())
    if isinstance(content, list):
        return ", ".join(part(value) for value in content)
    text = str(content)
    return text[:12] if len(text) == 64 else text
