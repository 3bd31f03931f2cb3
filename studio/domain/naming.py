"""What downloaded pictures are called: readable, in order, and never twice the same."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from studio.domain.desk import Column

LONGEST = 60  # characters of a photo's name that a file name keeps


def plain(text: str) -> str:
    """Letters, digits, dots and hyphens; Korean stays. Never empty and never a path."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-._")[:LONGEST] or "photo"


def labels(columns: Iterable[Column]) -> list[str]:
    """`v2-fp32__copper`, `v2-fp32__copper__take-7`; of columns that are equal the second ends in `__2`."""
    found, seen = [], Counter[str]()
    for column in columns:
        parts = [
            f"{plain(column.version)}-{column.precision.value}",
            *map(plain, map(str, column.controls.values())),
        ]
        parts += [f"take-{column.take_id}"] if column.take_id else []
        label = "__".join(parts)
        seen[label] += 1
        found.append(label if seen[label] == 1 else f"{label}__{seen[label]}")
    return found


def file_name(position: int, photo: str, label: str) -> str:
    """`012_name__v2-fp32__copper.png`; `position` counts from 0, the name from 1."""
    return f"{position + 1:03d}_{plain(photo)}__{label}.png"


def archive_name(parts: Sequence[str]) -> str:
    return f"{'_'.join(plain(part) for part in parts)}.zip"
