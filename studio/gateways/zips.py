"""ZIP files that are sent while they are written: one picture at a time is in memory."""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PIECE = 256 << 10


class _Sink:
    """What was written since it was last emptied. It cannot seek, so sizes follow each file."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """What was not taken may still be."""

    def taken(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


def stream(files: Iterable[tuple[str, Path | bytes]]) -> Iterator[bytes]:
    """The bytes of a ZIP of (name, content); pictures are not packed a second time."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))  # equal pictures, equal archive
            with archive.open(entry, "w", force_zip64=False) as into:
                for piece in _pieces(content):
                    into.write(piece)
                    if data := sink.taken():
                        yield data
    yield sink.taken()


def _pieces(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece
