"""The links of the desk's bar: each is the address of the view it leads to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from studio.domain.view import Only, Sort, View
from studio.web.columns import address_of


@dataclass(frozen=True)
class Link:
    """`query` may be empty: the page itself."""

    label: str
    query: str
    on: bool
    n: int | None = None


def sorts(view: View, alone: bool) -> list[Link]:
    """`alone`: no picture is measured against another column's, so that changed means changed from the photo."""
    labels = {
        Sort.SET: _("order of the set"),
        Sort.NAME: _("name"),
        Sort.CHANGED: _("changed most from the photo") if alone else _("changed most"),
    }
    return [
        Link(label, address_of(replace(view, sort=sort)), view.sort is sort) for sort, label in labels.items()
    ]


def states(view: View, failed: int, missing: int) -> list[Link]:
    """Only what is there to be seen, and what is chosen now."""
    counts = {
        Only.FAILED: (_("with a failure"), failed),
        Only.MISSING: (_("with a picture missing"), missing),
    }
    return [
        Link(
            label, address_of(replace(view, only=Only.ALL if view.only is only else only)), view.only is only
        )
        for only, (label, n) in counts.items()
        if n or view.only is only
    ]


def tags(view: View, known: Mapping[tuple[str, str], int]) -> dict[str, list[Link]]:
    """By key, each value with how many photos of the set have it; a click adds it or takes it away."""
    found: dict[str, list[Link]] = {}
    for tag, n in known.items():
        on = tag in view.tags
        chosen = tuple(each for each in view.tags if each != tag) if on else (*view.tags, tag)
        found.setdefault(tag[0], []).append(Link(tag[1], address_of(replace(view, tags=chosen)), on, n))
    return found


def chosen(view: View, links: Iterable[Link]) -> list[Link]:
    """Filters that are on, as what a person takes away; tags that the set lacks, too."""
    off = [
        Link(f"{key}:{value}", address_of(replace(view, tags=tuple(each for each in view.tags if each != (key, value)))), True)
        for key, value in view.tags
    ]  # fmt: skip
    return off + [link for link in links if link.on]
