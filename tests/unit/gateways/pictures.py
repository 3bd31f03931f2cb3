"""Picture files of every kind that the photo tests need, written by hand where Pillow would not."""

import struct
import zlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

KINDS = {"JPEG": {"quality": 95}, "PNG": {}, "WEBP": {"lossless": True}, "AVIF": {"quality": 95}}

# Display P3, adapted to D50 (ICC): colorants as XYZ, and the gamma 2.2 that the test's arithmetic can follow.
P3 = np.array(
    [[0.515102, 0.241182, -0.001050], [0.291965, 0.692236, 0.041882], [0.157153, 0.066582, 0.784378]]
)
SRGB = np.array(
    [[0.436066, 0.222488, 0.013916], [0.385147, 0.716873, 0.097076], [0.143066, 0.060608, 0.714096]]
)
D50 = (0.9642, 1.0, 0.8249)
GAMMA = 2.2


def noise(seed: int = 0, height: int = 72, width: int = 96) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(height: int = 96, width: int = 128) -> Pixels:
    """A soft picture without symmetry, which survives a lossy format nearly unchanged."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * x / width, 255 * y / height, 128 + 60 * np.sin(x / 40)], axis=2).astype(np.uint8)


def encoded(pixels: Pixels, kind: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def oriented(pixels: Pixels, orientation: int, kind: str = "PNG", **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(pixels, kind, exif=exif, **options)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes, *, bits: int, colour: int, more: bytes = b"") -> bytes:
    """A PNG from rows that begin with a filter byte; `more` chunks stand before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def png_16bit(pixels: NDArray[np.uint16]) -> bytes:
    """16 bits a channel: (h, w) grey, or (h, w, 3)."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    return png(width, height, rows, bits=16, colour=0 if pixels.ndim == 2 else 2)


def blank_png(width: int, height: int) -> bytes:
    """One bit a pixel, all black: 30,000² pixels are 110 kB."""
    return png(width, height, (b"\0" * (1 + (width + 7) // 8)) * height, bits=1, colour=0)


def profile(colorants: NDArray[np.float64] = P3) -> bytes:
    """An ICC v2 display profile of three colorants (rows, XYZ) and a pure gamma."""
    white = _xyz(np.array(D50))
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(GAMMA * 256)) + bytes(2)
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"T\0" + bytes(78)
    tags = {b"desc": text, b"cprt": b"text" + bytes(4) + b"none\0", b"wtpt": white}
    for letter, row in zip((b"r", b"g", b"b"), colorants, strict=True):
        tags |= {letter + b"XYZ": _xyz(row), letter + b"TRC": curve}
    table, data, place = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, place + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    header = struct.pack(">I4sI4s4s4s", place + len(data), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += (
        struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _numbers(np.array(D50)) + bytes(48)
    )
    return header + table + data


def _numbers(values: NDArray[np.float64]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: NDArray[np.float64]) -> bytes:
    return b"XYZ " + bytes(4) + _numbers(values)


def to_srgb(pixels: Pixels, colorants: NDArray[np.float64] = P3) -> Pixels:
    """What a colour-managed viewer shows of pixels of that profile: relative colorimetry, clipped."""
    light = (pixels / 255) ** GAMMA @ colorants @ np.linalg.inv(SRGB)
    light = light.clip(0, 1)
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(curved * 255).astype(np.uint8)


def many_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes so often."""
    data = encoded(smooth(), "JPEG", progressive=True)
    starts = [place for place in range(len(data) - 1) if data[place : place + 2] == b"\xff\xda"]
    last = data[starts[-1] : -2]
    return data[:-2] + last * (scans - len(starts)) + b"\xff\xd9"


def animated(kind: str) -> bytes:
    frames = [Image.fromarray(noise(seed)) for seed in range(3)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def cuts(data: bytes) -> list[bytes]:
    """The first tenth, three tenths … nine tenths of a file."""
    return [data[: len(data) * tenths // 10] for tenths in (1, 3, 5, 7, 9)]


def flips(data: bytes, seed: int, times: int) -> list[bytes]:
    """The file with one wrong bit each, anywhere."""
    places = np.random.default_rng(seed).integers(0, len(data) * 8, times)
    return [_flipped(data, int(place)) for place in places]


def _flipped(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def chunks_of(data: bytes) -> list[bytes]:
    """The names of a PNG's chunks."""
    names, place = [], 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        names.append(data[place + 4 : place + 8])
        place += 12 + length
    return names


WHOLE = {kind: encoded(smooth(), kind, **options) for kind, options in KINDS.items()}
