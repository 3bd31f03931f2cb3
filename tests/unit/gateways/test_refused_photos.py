import io
import warnings
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import UnreadablePhoto
from studio.gateways import photos
from tests.unit.gateways import pictures as made
from tests.unit.gateways.pictures import KINDS, WHOLE

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>"


def refusal(data: bytes) -> str:
    """The sentence for the person; a hint stands beside each."""
    with pytest.raises(UnreadablePhoto) as caught:
        photos.decode(data)
    assert caught.value.hint
    return caught.value.message


def outcome(data: bytes) -> str:
    """The mode of the photo, or the sentence why there is none; any other error is a fault."""
    try:
        return photos.decode(data).mode
    except UnreadablePhoto as error:
        return error.message if error.hint else ""


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photo.jpg", made.encoded(made.noise(), "JPEG"))
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_that_was_cut_off_is_refused(kind: str) -> None:
    for cut in made.cuts(made.encoded(made.smooth(), kind, **KINDS[kind])):
        assert "not a readable photo" in refusal(cut)


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_with_a_wrong_bit_is_a_photo_or_is_refused(kind: str) -> None:
    for data in made.flips(made.encoded(made.smooth(), kind, **KINDS[kind]), seed=7, times=40):
        try:
            width, height = photos.decode(data).size
        except UnreadablePhoto:
            continue
        assert height * width <= photos.MAX_PIXELS


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "AVIF"])
def test_a_moving_picture_is_refused(kind: str) -> None:
    assert "animated" in refusal(made.animated(kind))


@pytest.mark.parametrize(
    "data",
    [
        made.animated("GIF"), made.encoded(made.noise(), "GIF"), made.encoded(made.noise(), "BMP"),
        made.encoded(made.noise(), "TIFF"), made.encoded(made.noise(), "PPM"), made.encoded(made.noise(), "EPS"),
        SVG, PDF, zipped(), b"MZ" + bytes(200), b"\x7fELF" + bytes(200), b"\x80\x04K\x01.", b"<html>" * 40,
        b"\xff\xd8" + SVG, b"\x89PNG\r\n\x1a\n" + zipped(), b"RIFF\x20\0\0\0WEBP" + PDF,
    ],
    ids=[
        "moving gif", "gif", "bmp", "tiff", "ppm", "eps", "svg", "pdf", "zip", "exe", "elf", "pickle", "html",
        "svg as jpeg", "zip as png", "pdf as webp",
    ],
)  # fmt: skip
def test_another_kind_of_file_is_refused_whatever_it_calls_itself(data: bytes) -> None:
    assert "not a readable photo" in refusal(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (made.encoded(made.noise(), "GIF"), "a GIF"), (made.encoded(made.noise(), "TIFF"), "a TIFF"),
        (made.encoded(made.noise(), "BMP"), "a BMP"), (PDF, "a PDF"), (zipped(), "a ZIP archive"),
        (b"\0\0\0\x18ftypheic" + bytes(200), "a HEIC picture"),
        (made.encoded(made.noise(), "JPEG")[:400], "damaged or incomplete"),
    ],
    ids=["gif", "tiff", "bmp", "pdf", "zip", "heic", "cut off"],
)  # fmt: skip
def test_what_people_often_choose_by_mistake_is_called_by_its_name(data: bytes, name: str) -> None:
    assert name in refusal(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\xff" * (photos.MAX_BYTES + 1), "larger than 32 MB"),
        (made.blank_png(30_000, 30_000), "million pixels"),
        (made.blank_png(5_001, 5_000), "million pixels"),
        (made.blank_png(8_000, 6_000), "million pixels"),
        (made.blank_png(63, 200), "63 × 200"),
        (made.blank_png(12_001, 1_600), "12001 × 1600"),
        (made.blank_png(1_000, 124), "strip"),
        (made.many_scans(101), "scans"),
        (made.many_scans(1_000), "scans"),
    ],
    ids=["empty", "heavy", "bomb", "over", "twice over", "small", "long", "strip", "101 scans", "1000 scans"],
)  # fmt: skip
def test_a_photo_over_the_limits_is_refused_with_the_limit(data: bytes, sentence: str) -> None:
    assert sentence in refusal(data)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (512, 64), (5_000, 5_000), (12_000, 1_500)])
def test_a_photo_at_the_limits_is_read(width: int, height: int) -> None:
    assert photos.decode(made.blank_png(width, height)).size == (width, height)


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP"])
def test_a_text_that_swells_is_refused(name: bytes) -> None:
    bomb = made.chunk(name, b"k\0\0" + zlib.compress(bytes(50 << 20), 9))
    data = made.png(64, 64, bytes(64 * 9), bits=1, colour=0, more=bomb)
    assert "not a readable photo" in refusal(data)


def test_a_large_photo_warns_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refusal(made.blank_png(6_000, 6_000))


STARTS = (
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"RIFF\xff\0\0\0WEBPVP8 ",
    b"\0\0\0\x20ftypavif",
)


@given(start=st.sampled_from(STARTS), data=st.binary(max_size=400))
def test_whatever_the_bytes_are_the_answer_is_a_photo_or_a_sentence(start: bytes, data: bytes) -> None:
    assert outcome(start + data)


@given(
    cut=st.integers(0, 2_000), data=st.binary(min_size=1, max_size=60), kind=st.sampled_from(sorted(KINDS))
)
def test_whatever_is_pasted_into_a_photo_the_answer_is_a_photo_or_a_sentence(
    cut: int, data: bytes, kind: str
) -> None:
    whole = WHOLE[kind]
    place = cut % len(whole)
    assert outcome(whole[:place] + data + whole[place + len(data) :])
