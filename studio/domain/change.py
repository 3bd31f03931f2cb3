"""What a version changes, in one sentence without a verdict: the hair, and how much of the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studio.domain.measurement import Value

HAIR_CHANGED = 3.0  # mean ΔE in the hair from which it counts as changed: just more than visible


@dataclass(frozen=True)
class Change:
    """Of one version: on `photos` of `masked` photos the hair changed, `unmasked` further ones have no mask.

    rest: mean change outside the hair, % of 255; None where it is not known.
    """

    name: str
    photos: int
    masked: int
    unmasked: int
    rest: float | None


@dataclass(frozen=True)
class Sentence:
    """What is said: of `subject` all, of the `others` the rest alone, as far as it is known."""

    subject: Change
    others: tuple[Change, ...]


def change(name: str, own: Mapping[str, Value]) -> Change | None:
    """The change that a column's numbers tell; None where no photo has a hair mask or nothing was measured."""
    hair, rest = own.get("hair_changed"), own.get("rest_changed")
    if hair is None or not hair.n:
        return None
    shown = hair.fingerprint.get("n") or hair.n
    return Change(
        name, round(hair.value * hair.n), hair.n, max(0, shown - hair.n), rest.value if rest else None
    )


def sentence(changes: Sequence[Change | None], subject: int) -> Sentence | None:
    """About the one at `subject`; None where it is not known."""
    told = changes[subject] if changes else None
    if told is None:
        return None
    rests = (each for place, each in enumerate(changes) if each and place != subject)
    return Sentence(told, tuple(each for each in rests if each.rest is not None))
