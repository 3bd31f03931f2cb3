"""What a column of a comparison is, which columns belong together, and in what they differ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.domain.vocabulary import Precision


@dataclass(frozen=True)
class Column:
    """One column: a variant of a version under controls, in a take."""

    position: int
    variant_id: int
    version_id: int
    version: str
    champion: bool
    candidate: bool
    loaded: bool  # on some endpoint
    precision: Precision
    backend: str
    calibrated: int  # photos it was calibrated on; 0 where it was not quantized
    params: Mapping[str, Any]
    archive_sha: str | None
    revision_sha: str
    controls: Mapping[str, Any]
    options: Mapping[str, tuple[str, ...]]  # what each control may be
    controls_sha: str
    take_id: int


def twin(column: Column, columns: Sequence[Column]) -> Column | None:
    """The FP32 column of the same version, controls and take; None for FP32 itself."""
    if column.precision is Precision.FP32:
        return None
    own = (column.version_id, column.controls_sha, column.take_id)
    for other in columns:
        found = (other.version_id, other.controls_sha, other.take_id)
        if other.precision is Precision.FP32 and found == own:
            return other
    return None


def against(column: Column, columns: Sequence[Column]) -> Column | None:
    """What a column's pictures are held against: the champion's under the same controls, else the leftmost's.

    FP32 before INT8. None for that column itself, and where no other has these controls: then it is the photo.
    """
    rivals = [other for other in columns if other.controls_sha == column.controls_sha]
    first = min(rivals, key=lambda it: (not it.champion, it.precision is not Precision.FP32, it.position))
    return None if first.position == column.position else first


def baselines(columns: Sequence[Column]) -> dict[int, int]:
    """By position, that of the column it is held against; only for those that are."""
    rivals = ((column.position, against(column, columns)) for column in columns)
    return {position: rival.position for position, rival in rivals if rival}


def differing(bodies: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """For each body, its plain entries that are not equal in all of them, as text.

    Only what a person can read counts: nested values, and text longer than a word or two, stay out.
    """
    flat = [{key: _text(value) for key, value in body.items() if _plain(value)} for body in bodies]
    keys = sorted({key for body in flat for key in body})
    apart = [key for key in keys if len({body.get(key) for body in flat}) > 1]
    return [{key: body[key] for key in apart if key in body} for body in flat]


def shared(bodies: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The plain entries that are equal in all bodies, as text."""
    if not bodies:
        return {}
    first = {key: _text(value) for key, value in bodies[0].items() if _plain(value)}
    return {key: text for key, text in first.items() if all(_is(body, key, text) for body in bodies)}


def choices(columns: Sequence[Column]) -> dict[str, tuple[str, ...]]:
    """The options of each control that every column has, as far as all columns have them."""
    if not columns:
        return {}
    first, *others = (column.options for column in columns)
    return {
        key: tuple(value for value in values if all(value in other.get(key, ()) for other in others))
        for key, values in first.items()
    }


def leaders(columns: Iterable[Column]) -> list[Column]:
    """The first column of each version, from left to right."""
    return list({column.version_id: column for column in reversed(list(columns))}.values())[::-1]


def subject(columns: Sequence[Column]) -> int:
    """Which of these a sentence is about: the candidate, else the last, which by habit is the new one."""
    return max(range(len(columns)), key=lambda i: (columns[i].candidate, i), default=0)


def _is(body: Mapping[str, Any], key: str, text: str) -> bool:
    return key in body and _text(body[key]) == text


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and 0 < len(value) <= 40)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
