"""What is known of a photo, how it is changed, and how two states of it differ."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from studio.domain import tags
from studio.domain.tags import Tag
from studio.domain.vocabulary import TagOrigin

Point = tuple[float, float]  # x, y in pixels of the upright photo

# The order of landmarks; left is what one sees on the left.
LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


@dataclass(frozen=True)
class Known:
    """All that an annotation says of its photo."""

    landmarks: tuple[Point, ...] | None = None
    hair_mask_sha: str | None = None
    eye_mask_sha: str | None = None
    target_sha: str | None = None
    tags: dict[Tag, TagOrigin] = field(default_factory=dict)

    def part(self, name: str) -> Any:
        """A part as the audit writes it: plain JSON."""
        return tags.write(self.tags) if name == "tags" else getattr(self, name)


PARTS = ("landmarks", "hair_mask_sha", "eye_mask_sha", "target_sha", "tags")

Change = Callable[[Known], Known]


def tagged(add: Iterable[Tag] = (), remove: Iterable[Tag] = ()) -> Change:
    """The change that adds some tags and takes others away; who set a tag first stays its origin."""
    added, removed = dict.fromkeys(add, TagOrigin.PERSON), set(remove)

    def change(known: Known) -> Known:
        kept = {tag: origin for tag, origin in (added | known.tags).items() if tag not in removed}
        return replace(known, tags=kept)

    return change


class Verb(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True)
class Edit:
    """One thing that differs between two annotations; `part` is one of `PARTS`, or a tag as people read it."""

    verb: Verb
    part: str


def edits(before: Known, after: Known) -> tuple[Edit, ...]:
    """What somebody did to get from one to the other. The eye mask goes unsaid: it is drawn from the landmarks."""
    told = [
        Edit(_verb(old, new), name)
        for name in ("landmarks", "hair_mask_sha", "target_sha")
        if (old := before.part(name)) != (new := after.part(name))
    ]
    old_tags, new_tags = set(before.tags), set(after.tags)
    told += [Edit(Verb.ADDED, text) for text in tags.write(new_tags - old_tags)]
    told += [Edit(Verb.REMOVED, text) for text in tags.write(old_tags - new_tags)]
    return tuple(told)


def _verb(old: object, new: object) -> Verb:
    if old is None:
        return Verb.ADDED
    return Verb.REMOVED if new is None else Verb.CHANGED
