"""Which photos of a comparison are shown, and in which order: one address, one view."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Sort(StrEnum):
    SET = "set"
    NAME = "name"
    CHANGED = "changed"


class Only(StrEnum):
    ALL = ""
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True)
class View:
    """`tags`: (key, value) that a photo must all have."""

    sort: Sort = Sort.SET
    only: Only = Only.ALL
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every photo is shown, in the order of the set."""
        return self == View()

    def query(self) -> list[tuple[str, str]]:
        """As parts of an address; what is usual stays out."""
        parts = [("sort", self.sort.value)] if self.sort is not Sort.SET else []
        parts += [("only", self.only.value)] if self.only is not Only.ALL else []
        return parts + [("tag", f"{key}:{value}") for key, value in self.tags]


def read(sort: str, only: str, tags: Sequence[str]) -> View:
    """The view of an address; what nobody knows is as if it were not there."""
    pairs = (text.partition(":") for text in tags)
    return View(
        Sort(sort) if sort in {*Sort} else Sort.SET,
        Only(only) if only in {*Only} else Only.ALL,
        tuple(dict.fromkeys((key, value) for key, _, value in pairs if key and value)),
    )
