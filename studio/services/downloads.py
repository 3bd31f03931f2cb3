"""Pictures of a comparison as files: sensible names, and an index that says what each is."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from studio.domain.naming import file_name, labels
from studio.gateways import zips
from studio.gateways.storage import Storage
from studio.queries.comparisons import Desk
from studio.queries.outputs import Picture, pictures
from studio.settings import settings

INDEX = ("file", "photo", "column", "version", "precision", "controls", "take", "changed", "compute_ms", "sha256", "why_missing")  # fmt: skip


def archive(session: Session, desk: Desk, places: Sequence[int]) -> Iterator[bytes]:
    """A ZIP of the photos at these positions with all their pictures; the database is read before the first byte."""
    storage = Storage(settings().objects)
    found = pictures(session, desk, places)
    names = labels(desk.columns)
    files: list[tuple[str, Path | bytes]] = [("index.csv", _index(desk, found, names, storage))]
    files += [
        (file_name(photo.position, photo.photo, "photo"), storage.path(photo.photo_sha))
        for photo in {cell.position: cell for cell in found}.values()
    ]
    files += [
        (file_name(cell.position, cell.photo, names[cell.column]), storage.path(cell.blob_sha))
        for cell in found
        if cell.blob_sha
    ]
    there = (
        (name, file) for name, file in sorted(files, key=_order) if isinstance(file, bytes) or file.is_file()
    )
    return zips.stream(there)


def _order(file: tuple[str, Path | bytes]) -> tuple[bool, str]:
    return file[0] != "index.csv", file[0]


def _index(desk: Desk, found: Sequence[Picture], names: Sequence[str], storage: Storage) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(INDEX)
    for cell in found:
        column = desk.columns[cell.column]
        there = bool(cell.blob_sha) and storage.path(cell.blob_sha or "").is_file()
        writer.writerow([
            file_name(cell.position, cell.photo, names[cell.column]) if there else "",
            _inert(cell.photo),
            cell.column + 1,
            _inert(column.version),
            column.precision.value,
            _inert(" ".join(f"{key}={value}" for key, value in column.controls.items())),
            column.take_id,
            cell.changed,
            cell.compute_ms,
            cell.blob_sha or "",
            "" if there else _inert(cell.error) or "not made",
        ])  # fmt: skip
    return text.getvalue().encode("utf-8-sig")  # the mark lets spreadsheets read Korean


def _inert(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
