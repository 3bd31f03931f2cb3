"""The contract between a checkpoint and everything that runs it; standard library only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, Self, get_args

from model_store.errors import ManifestError

__all__ = ["Back", "Fit", "Manifest", "ManifestError"]

Fit = Literal["pad", "resize"]
Back = Literal["change", "replace"]
LARGEST_SIDE = 4096


@dataclass(frozen=True)
class Manifest:
    """What a model takes and gives.

    Attributes:
        family: one of `model_store.families`.
        task: what it does, for example "hair-colour".
        height, width: of the picture that the network works on, in pixels.
        channels: of that picture; 3 is sRGB.
        references: how many further pictures it wants beside the photo.
        attributes: control → its options, in the order of the network's input planes.
        latent: length of its random vector; 0 when it has none.
        value_range: what black and white are for the network.
        fit: how a photo gets the network's shape: "pad" adds mid grey around it, "resize" stretches it.
        back: how the answer gets the photo's size: "change" enlarges only what the network changed and adds it
            to the photo, which keeps the photo's detail; "replace" enlarges the whole answer.
    """

    family: str
    task: str
    height: int
    width: int
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: int = 3
    references: int = 0
    latent: int = 0
    value_range: tuple[float, float] = (-1.0, 1.0)
    fit: Fit = "pad"
    back: Back = "change"

    def __post_init__(self) -> None:
        frozen = {name: tuple(options) for name, options in self.attributes.items()}
        object.__setattr__(self, "attributes", MappingProxyType(frozen))
        low, high = self.value_range
        object.__setattr__(self, "value_range", (float(low), float(high)))
        self._check()

    def _check(self) -> None:
        _want(bool(self.family and self.task), "The manifest names no family or no task.")
        sides_fit = all(8 <= side <= LARGEST_SIDE for side in (self.height, self.width))
        _want(sides_fit, f"The picture's sides must lie between 8 and {LARGEST_SIDE} pixels.")
        _want(self.channels == 3, "Only pictures of 3 channels (sRGB) can be shown.")
        _want(self.references >= 0 and self.latent >= 0, "References and latent are counts, 0 or more.")
        _want(self.value_range[0] < self.value_range[1], "The value range must rise, as in [-1, 1].")
        _want(self.fit in get_args(Fit), f"“{self.fit}” is no way to fit a photo: use pad or resize.")
        _want(
            self.back in get_args(Back), f"“{self.back}” is no way back to the photo: use change or replace."
        )
        for name, options in self.attributes.items():
            _want(bool(name and options), f"Control “{name}” offers nothing to choose.")
            _want(len(set(options)) == len(options), f"Control “{name}” offers one option twice.")

    @property
    def planes(self) -> int:
        """Input planes of the network: the picture's channels and one for each option of each control."""
        return self.channels + sum(len(options) for options in self.attributes.values())

    def default_controls(self) -> dict[str, str]:
        """The first option of each control: what is shown when nobody chose."""
        return {name: options[0] for name, options in self.attributes.items()}

    @property
    def sha256(self) -> str:
        """Of the canonical JSON, 64 hex digits: equal contracts have equal sums."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, one spelling for one contract."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        plain = {name.name: getattr(self, name.name) for name in fields(self)}
        options = {name: list(chosen) for name, chosen in self.attributes.items()}
        return plain | {"attributes": options, "value_range": list(self.value_range)}

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read and check a manifest.

        Raises:
            ManifestError: it is no JSON, misses or adds a field, or says something impossible.
        """
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ManifestError(f"The manifest is no JSON: {error}.", "Export it again.") from None
        return cls.from_dict(body)

    @classmethod
    def from_dict(cls, body: object) -> Self:
        """As `from_json`, from values that are already parsed."""
        if not isinstance(body, dict):
            raise ManifestError("The manifest must be one JSON object.", 'It starts with {"family": …}.')
        known = {each.name for each in fields(cls)}
        unknown, missing = (
            sorted(body.keys() - known),
            sorted({"family", "task", "height", "width"} - body.keys()),
        )
        _want(not unknown, f"The manifest has fields nobody knows: {', '.join(map(str, unknown))}.")
        _want(not missing, f"The manifest lacks {', '.join(missing)}.")
        for name, kind in _KINDS.items():
            good = name not in body or (isinstance(body[name], kind) and not isinstance(body[name], bool))
            _want(good, f"“{name}” in the manifest has the wrong type: {body.get(name)!r}.")
        _want_options(body.get("attributes", {}))
        _want_range(body.get("value_range", [-1, 1]))
        return cls(**body)


_KINDS: dict[str, type] = {
    **dict.fromkeys(("family", "task", "fit", "back"), str),
    **dict.fromkeys(("height", "width", "channels", "references", "latent"), int),
    "attributes": dict,
    "value_range": list,
}


def _want(good: bool, message: str) -> None:
    if not good:
        raise ManifestError(message, "Correct the manifest and register again.")


def _want_options(attributes: dict[str, Any]) -> None:
    for name, options in attributes.items():
        texts = isinstance(options, list) and all(isinstance(option, str) and option for option in options)
        _want(texts, f"The options of control “{name}” must be a list of names.")


def _want_range(value_range: list[Any]) -> None:
    numbers = [each for each in value_range if isinstance(each, int | float) and not isinstance(each, bool)]
    _want(len(numbers) == len(value_range) == 2, "The value range is two numbers, as in [-1, 1].")
