"""What the demo tells: two groups, and how the versions of each came about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_store.manifest import Manifest
from studio.domain.vocabulary import Lane, Purpose

WEIGHTS = Path(__file__).parents[2] / "model_store" / "demo"
SHOWN = ("steps", "rate", "portraits", "photos", "skin")
"""What of a training stands in the heads of columns, where it differs."""
CALIBRATE = ("calibrate", "Portraits to calibrate INT8")


@dataclass(frozen=True)
class Chapter:
    """A version; `reason`: why it became the champion, if it did; `pinned`: keep its comparison on top."""

    name: str
    of: str
    controls: Mapping[str, str]
    notes: str
    parents: tuple[str, ...] = ()
    reason: str = ""
    pinned: bool = False

    @property
    def folder(self) -> Path:
        """Where weights, manifest and card lie; v4's may have been deleted."""
        return WEIGHTS / self.of

    @property
    def weights(self) -> Path:
        """Its one safetensors file."""
        (found,) = self.folder.glob("*.safetensors")
        return found

    @property
    def manifest(self) -> Manifest:
        """What it takes and gives."""
        return Manifest.from_json((self.folder / "manifest.json").read_bytes())

    @property
    def card(self) -> dict[str, Any]:
        """What it says of itself."""
        card: dict[str, Any] = json.loads((self.folder / "card.json").read_text())
        return card

    @property
    def params(self) -> dict[str, Any]:
        """How its training differs from others."""
        training = self.card["training"]
        return {key: training[key] for key in SHOWN}


@dataclass(frozen=True)
class Line:
    """A group; `sets`: by use, the key of samples/sets and the name it has in the studio."""

    slug: str
    name: str
    lane: Lane
    brief: str
    sets: Mapping[Purpose, tuple[str, str]] = field(default_factory=dict)
    chapters: tuple[Chapter, ...] = ()


COPPER = {"colour": "copper"}  # far from every natural colour in the set, so that a change is seen at once

LINES = (
    Line(
        "hair-colour-realtime",
        "Hair colour, real time",
        Lane.REALTIME,
        "Another hair colour in the camera's preview. The hair changes, nothing else does.",
        {
            Purpose.COMPARE: ("compare", "Portraits to compare"),
            Purpose.CALIBRATE: CALIBRATE,
            Purpose.REFERENCE: ("reference", "Portraits for reference"),
        },
        (
            Chapter(
                "v1",
                "v1",
                COPPER,
                "A first, short training on drawings: finds the hair, but hardly gets its colour.",
                reason="The first version that recolours hair at all.",
            ),
            Chapter(
                "v2",
                "v2",
                COPPER,
                "v1, trained on for twenty times as long.",
                ("v1",),
                "Far closer to the truth than v1, and the rest of the photo stays as it is.",
                pinned=True,
            ),
            Chapter(
                "v3",
                "v3",
                COPPER,
                "A trial without the loss on skin and clothes, to free the network for the hair. Look at the faces.",
                ("v1",),
            ),
            Chapter(
                "v4",
                "v4",
                COPPER,
                "v2, trained on with real photos, so that it knows real hair. Research and demonstration only.",
                ("v2",),
            ),
        ),
    ),
    Line(
        "post-edit-full-frame",
        "Post edit, full frame",
        Lane.POSTEDIT,
        "Another background after the photo was taken, in the light of the room. The person stays untouched.",
        {
            Purpose.COMPARE: ("full-frame", "Full frames, 512 × 384"),
            Purpose.CALIBRATE: CALIBRATE,
        },
        (
            Chapter(
                "backdrop",
                "full-frame",
                {"backdrop": "teal"},
                "Hangs a paper roll of another colour behind the person.",
                reason="The first version of this line.",
            ),
        ),
    ),
)
