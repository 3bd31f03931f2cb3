"""Bytes that claim to be a photo → upright 8-bit sRGB pixels, or a sentence that says why not.

The limits are those that refused 94 of 122 hostile files without a crash, with at most 96 MB of memory.
"""

import hashlib
import io
import math
import operator
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageChops, ImageCms, ImageFile, ImageOps, PngImagePlugin

from studio.errors import UnreadablePhoto

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
MAX_BYTES = 32 << 20
MAX_PIXELS = 25_000_000
SIDES = (64, 12_000)
MAX_ASPECT = 8
GREY = 8  # levels between channels that JPEG leaves in a photo without colour
MAX_SCANS = 100  # a progressive JPEG of 94 kB with 1,000 scans took 9 to 13 s

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
PngImagePlugin.MAX_TEXT_CHUNK = 1 << 20  # of colour profiles too
PngImagePlugin.MAX_TEXT_MEMORY = 1 << 20


def decode(data: bytes, ground: int = 128) -> Image.Image:
    """Decode a photo.

    Args:
        ground: the grey, 0 to 255, that lies under what is transparent.

    Returns:
        A fresh RGB image, 8 bit, sRGB, upright, without metadata.

    Raises:
        UnreadablePhoto: no photo, or one over the limits; message and hint are for the person.
    """
    _check_bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            _check_frame(image)
            image.load()
            return _to_rgb(image, ground)
    except UnreadablePhoto:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadablePhoto(
            f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels.", "Make it smaller first."
        ) from None
    except Exception:  # noqa: BLE001 a decoder meets hostile bytes: whatever it raises means "unreadable"
        raise _unreadable(data) from None


class Normal(NamedTuple):
    """A photo as it is kept. Equal pixels give equal bytes."""

    png: bytes
    width: int
    height: int
    phash: str
    grey: bool  # no pixel has a colour

    @property
    def sha(self) -> str:
        """Under which it is stored."""
        return hashlib.sha256(self.png).hexdigest()


def normalise(data: bytes) -> Normal:
    """Decode a photo and write it as it is kept.

    Raises:
        UnreadablePhoto: as `decode`.
    """
    image = decode(data)
    return Normal(_png(image), image.width, image.height, perceptual_hash(image), _is_grey(image))


def thumbnail(data: bytes, side: int) -> bytes:
    """WebP of at most `side` pixels on the longer side."""
    image = decode(data)
    image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=82, method=0)
    return buffer.getvalue()


# Cosines of the DCT's 8 lowest frequencies over 32 samples; by hand, because scipy is too heavy for the pages.
_WAVES = [[math.cos(math.pi * k * (2 * n + 1) / 64) for n in range(32)] for k in range(8)]


def shrunk(data: bytes, side: int) -> tuple[bytes, int, int]:
    """A photo as PNG of at most `side` pixels on the longer side, with its width and height.

    Raises:
        UnreadablePhoto: as `decode`.
    """
    image = decode(data)
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return _png(image), image.width, image.height


def perceptual_hash(image: Image.Image) -> str:
    """64-bit DCT hash (Zauner 2010) as 16 hexadecimal digits; near photos differ in few bits."""
    grey = image.convert("L").resize((32, 32), Image.Resampling.LANCZOS).tobytes()
    rows = [[_dot(wave, grey[start : start + 32]) for wave in _WAVES] for start in range(0, 1024, 32)]
    low = [_dot(wave, [row[k] for row in rows]) for wave in _WAVES for k in range(8)]
    median = sum(sorted(low)[31:33]) / 2
    return f"{sum((value > median) << (63 - bit) for bit, value in enumerate(low)):016x}"


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.split()
    apart = (ImageChops.difference(red, green), ImageChops.difference(green, blue))
    return not any(sum(each.histogram()[GREY + 1 :]) for each in apart)


def _dot(wave: Sequence[float], values: Sequence[float]) -> float:
    return float(sum(map(operator.mul, wave, values)))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


# What people drop most often that is no photo, by how it starts.
_FOREIGN = {
    b"GIF8": "a GIF",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"BM": "a BMP",
    b"%PDF": "a PDF",
    b"PK\3\4": "a ZIP archive",
}
_HEIC = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}


def _unreadable(data: bytes) -> UnreadablePhoto:
    """The sentence for bytes that no decoder could read."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return UnreadablePhoto("The file is a HEIC picture, not a readable photo.", "Export it as JPEG.")
    for start, name in _FOREIGN.items():
        if data.startswith(start):
            hint = "Unpack it first." if name == "a ZIP archive" else "Save it as JPEG or PNG."
            return UnreadablePhoto(f"The file is {name}, not a readable photo.", hint)
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG")) or data[8:12] in {b"WEBP", b"avif"}:
        return UnreadablePhoto(
            "The file is damaged or incomplete, not a readable photo.", "Choose it again, or save it anew."
        )
    return UnreadablePhoto(
        "The file is not a readable photo.", "Use a complete JPEG, PNG, WebP or AVIF file."
    )


def _check_bytes(data: bytes) -> None:
    if not data:
        raise UnreadablePhoto("The file is empty.", "Choose the photo again; the transfer may have failed.")
    if len(data) > MAX_BYTES:
        raise UnreadablePhoto(f"The file is larger than {MAX_BYTES >> 20} MB.", "Make it smaller first.")
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_SCANS:
        raise UnreadablePhoto(
            "The JPEG has an unreasonable number of scans.", "Save it again as a plain JPEG."
        )


def _check_frame(image: Image.Image) -> None:
    short, long = sorted(image.size)
    # Phones put a second picture behind the first (MPO): depth, or brightness for better screens.
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise UnreadablePhoto("The picture is animated.", "Save one frame as JPEG or PNG.")
    if short < SIDES[0] or long > SIDES[1]:
        raise UnreadablePhoto(
            f"The picture is {image.width} × {image.height} pixels.",
            f"Each side must have {SIDES[0]} to {SIDES[1]} pixels.",
        )
    if long > MAX_ASPECT * short:
        raise UnreadablePhoto(
            f"The picture is {image.width} × {image.height}: too long a strip.", "Crop it to the head."
        )
    if image.width * image.height > MAX_PIXELS:
        raise UnreadablePhoto(
            f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels.", "Make it smaller first."
        )


def _to_rgb(image: Image.Image, ground: int) -> Image.Image:
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":  # 16 bit: Pillow's own conversion would clip
        upright = upright.point(lambda value: value / 257).convert("L")
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
    elif upright.mode == "P":
        upright = upright.convert("RGB")
    if profile:
        upright = _to_srgb(upright, profile)
    if upright.mode == "RGBA":
        under = Image.new("RGBA", upright.size, (ground, ground, ground, 255))
        upright = Image.alpha_composite(under, upright)
    rgb = upright.convert("RGB")
    fresh = Image.new("RGB", rgb.size)
    fresh.paste(rgb)
    return fresh


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    base = image.convert("RGB") if alpha else image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(base, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):  # a broken profile: the numbers are taken as sRGB
        return image
    if converted is None:
        return image
    if alpha:
        converted.putalpha(alpha)
    return converted
