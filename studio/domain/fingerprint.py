"""The fingerprint of a number: all that must be equal before two numbers may be compared."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Fingerprint:
    """Everything that makes two numbers comparable; a part that a number does not depend on stays None.

    revision, reference: content sha256 of the set revisions measured and compared with.
    chain: how a photo becomes the model's input and its answer a picture, as the manifest says.
    resize: the kernel that brings pictures to the extractor's size.
    extractor, weights: name of the feature extractor, sha256 of its weights.
    libraries: versions of the packages that compute the number.
    cpu_flags: the instruction sets its kernels may choose from.
    """

    revision: str
    n: int
    reference: str | None = None
    chain: str | None = None
    resize: str | None = None
    extractor: str | None = None
    weights: str | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)
    cpu_flags: tuple[str, ...] | None = None
    threads: int | None = None
    seed: int | None = None

    def parts(self) -> dict[str, object]:
        """As it is stored: JSON values by part name, without the parts that do not matter here."""
        return {
            name: list(part) if isinstance(part, tuple) else part
            for name, part in asdict(self).items()
            if part is not None
        }


def canonical(parts: Mapping[str, object]) -> str:
    """The one spelling of `parts` as JSON: sorted names, no spaces. ValueError for NaN or infinity."""
    return json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha(parts: Mapping[str, object]) -> str:
    """sha256 of the canonical spelling, 64 hexadecimal characters."""
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def difference(a: Mapping[str, object], b: Mapping[str, object]) -> tuple[str, ...]:
    """Names of the parts in which two fingerprints differ, sorted; empty when the numbers are comparable."""
    return tuple(name for name in sorted({*a, *b}) if _spelled(a, name) != _spelled(b, name))


def _spelled(parts: Mapping[str, object], name: str) -> str:
    return canonical({name: parts[name]}) if name in parts else ""
