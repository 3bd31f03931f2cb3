import io
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.gateways import zips

names = st.text("abc한-_.", min_size=1, max_size=8)


@given(st.dictionaries(names, st.binary(max_size=2000), max_size=6))
def test_what_is_streamed_can_be_unpacked(files: dict[str, bytes]) -> None:
    packed = b"".join(zips.stream(files.items()))
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == files


def test_equal_files_make_equal_archives() -> None:
    files = [("a.png", b"a" * 5000), ("b.png", b"b")]
    assert b"".join(zips.stream(files)) == b"".join(zips.stream(files))


def test_a_large_file_comes_in_pieces(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(bytes(3 * zips.PIECE))
    pieces = [len(piece) for piece in zips.stream([("large.png", large), ("other.png", large)])]
    assert max(pieces) < 2 * zips.PIECE
    assert sum(pieces) > 6 * zips.PIECE
