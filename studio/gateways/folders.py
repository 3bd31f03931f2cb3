"""A folder of photos on this machine, with a `manifest.csv` and hair masks beside them or without."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from studio.domain import tags
from studio.domain.tags import Tag
from studio.errors import StudioError

MANIFEST = "manifest.csv"
MASKS = "masks"
NOT_PHOTOS = {".csv", ".json", ".md", ".txt"}

# The columns that are read, under the names that people give them; others are left alone.
COLUMNS = {
    "name": ("name", "title", "id"),
    "file": ("file", "path", "image", "filename"),
    "mask": ("mask", "hair_mask", "mask_file"),
    "tags": ("tags", "tag"),
    "source": ("source", "source_repository", "origin", "author"),
    "licence": ("licence", "license", "licence_note", "rights"),
    "consent": ("consent",),
    "consent_until": ("consent_until", "expires"),
}


class BadRow(StudioError):
    """A line of a manifest, or a file it names, that cannot be used."""

    def __init__(self, name: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.name = name


@dataclass(frozen=True)
class Entry:
    """One photo of a folder and what its manifest says; None: it says nothing about that."""

    name: str
    file: Path
    mask: Path | None = None
    tags: frozenset[Tag] | None = None
    source: str | None = None
    licence: str | None = None
    consent: str | None = None
    consent_until: date | None = None


def read(folder: Path) -> list[Entry | BadRow]:
    """The photos that `manifest.csv` lists, or without one all files; masks lie in `masks/` under the same name.

    Raises:
        StudioError: there is nothing to read, or the manifest is not UTF-8 or has no column with files.
    """
    root = folder.resolve()
    found = list(_listed(root) if (root / MANIFEST).is_file() else _lying(root))
    if not found:
        raise StudioError(f"There is no photo in {folder}.", "Give a folder with pictures in it.")
    return found


def _lying(root: Path) -> Iterator[Entry]:
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).parts
        hidden = any(part.startswith(".") for part in inside)
        if hidden or MASKS in inside[:-1] or path.suffix.lower() in NOT_PHOTOS or not path.is_file():
            continue
        yield Entry(path.stem, path, _mask_of(root, path.stem))


def _listed(root: Path) -> Iterator[Entry | BadRow]:
    try:
        text = (root / MANIFEST).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:  # as spreadsheets save it where nobody asks for UTF-8
        raise StudioError(f"The {MANIFEST} is not UTF-8.", "Save it as “CSV UTF-8”.") from None
    first = text.partition("\n")[0]
    rows = csv.DictReader(text.splitlines(), delimiter=max(",;\t", key=first.count))
    present = {each.strip().lower(): each for each in rows.fieldnames or () if each}
    columns = {ours: _column(present, theirs) for ours, theirs in COLUMNS.items()}
    if columns["file"] is None:
        raise StudioError(
            f"The {MANIFEST} has no column with the files.", "Name it “file”; docs/cli.md shows an example."
        )
    for number, row in enumerate(rows, start=2):
        cells = {ours: (row.get(column or "") or "").strip() for ours, column in columns.items()}
        try:
            yield _entry(root, cells)
        except BadRow as bad:
            yield bad
        except StudioError as error:
            yield BadRow(cells["name"] or f"line {number}", error.message, error.hint)


def _entry(root: Path, cells: Mapping[str, str]) -> Entry:
    name = cells["name"] or Path(cells["file"]).stem
    file = _inside(root, name, cells["file"])
    mask = _inside(root, name, cells["mask"]) if cells["mask"] else _mask_of(root, file.stem)
    listed = frozenset(tags.parse(each) for each in cells["tags"].split(";") if each.strip())
    return Entry(
        name,
        file,
        mask,
        listed or None,
        cells["source"] or None,
        cells["licence"] or None,
        cells["consent"] or None,
        _day(name, cells["consent_until"]),
    )


def _inside(root: Path, name: str, given: str) -> Path:
    path = (root / given).resolve() if given else root
    if not path.is_relative_to(root):
        raise BadRow(name, f"{given} lies outside the folder.", "List only files of this folder.")
    if not path.is_file():
        raise BadRow(name, f"The file {given or '(none named)'} is not there.", "Correct the manifest.")
    return path


def _mask_of(root: Path, stem: str) -> Path | None:
    path = root / MASKS / f"{stem}.png"
    return path if path.is_file() else None


def _column(present: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((present[name] for name in names if name in present), None)


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRow(name, f"“{text}” is no date.", "Write it as 2027-12-31.") from None
