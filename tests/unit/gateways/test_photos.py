import io
import random

import imagehash
import numpy as np
import pytest
from PIL import Image

from studio.gateways import photos
from tests.unit.gateways import pictures as made
from tests.unit.gateways.pictures import KINDS

GREY = (128, 128, 128)


def pixels(data: bytes) -> made.Pixels:
    image = photos.decode(data)
    assert image.mode == "RGB"
    assert image.info == {}
    return np.asarray(image)


def difference(a: made.Pixels, b: made.Pixels) -> int:
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b.astype(int)).max())


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_lossless_photo_keeps_its_pixels(kind: str) -> None:
    shown = made.noise()
    assert difference(pixels(made.encoded(shown, kind, **KINDS[kind])), shown) == 0


@pytest.mark.parametrize("kind", ["JPEG", "AVIF"])
def test_a_lossy_photo_looks_as_it_did(kind: str) -> None:
    shown = made.smooth()
    assert difference(pixels(made.encoded(shown, kind, **KINDS[kind])), shown) <= 8


# What a photo says of itself


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_whatever_way_the_camera_lay(orientation: int, kind: str) -> None:
    shown = made.smooth()
    upright = {
        1: shown, 2: shown[:, ::-1], 3: shown[::-1, ::-1], 4: shown[::-1],
        5: shown.transpose(1, 0, 2), 6: np.rot90(shown, -1),
        7: shown[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(shown),
    }[orientation]  # fmt: skip
    found = pixels(made.oriented(shown, orientation, kind, **KINDS[kind]))
    assert difference(found, upright) <= (8 if kind == "JPEG" else 0)


@pytest.mark.parametrize("orientation", [0, 9, 99, 65_535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    shown = made.noise()
    assert difference(pixels(made.oriented(shown, orientation)), shown) == 0


@pytest.mark.parametrize(
    "broken", [b"", b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"]
)
def test_a_broken_exif_block_does_not_cost_the_photo(broken: bytes) -> None:
    shown = made.smooth()
    assert difference(pixels(made.encoded(shown, "JPEG", quality=95, exif=broken)), shown) <= 8


def test_colours_of_a_wide_gamut_come_out_as_a_colour_managed_viewer_shows_them() -> None:
    shown = made.noise()
    found = pixels(made.encoded(shown, icc_profile=made.profile()))
    assert difference(found, made.to_srgb(shown)) <= 2
    assert difference(found, shown) > 20


@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_a_palette_and_a_picture_with_transparency_have_a_colour_profile_too(mode: str) -> None:
    image = Image.fromarray(made.smooth())
    image = image.quantize(64) if mode == "P" else image.convert("RGBA")
    shown = np.asarray(image.convert("RGB"))
    found = pixels(made.saved(image, "PNG", icc_profile=made.profile()))
    assert difference(found, made.to_srgb(shown)) <= 2


@pytest.mark.parametrize(
    "broken",
    [b"garbage" * 20, made.profile()[:150], made.profile()[:140] + b"\xff" * 200, b"\0" * 128],
    ids=["garbage", "cut", "overwritten", "empty"],
)
def test_the_numbers_of_a_photo_with_a_broken_profile_are_taken_as_they_are(broken: bytes) -> None:
    shown = made.noise()
    assert difference(pixels(made.encoded(shown, icc_profile=broken)), shown) == 0


def test_a_grey_photo_with_a_profile_for_colours_is_taken_as_it_is() -> None:
    image = Image.fromarray(made.smooth()[..., 0])
    found = pixels(made.saved(image, "PNG", icc_profile=made.profile()))
    assert difference(found, np.asarray(image.convert("RGB"))) == 0


def test_a_large_profile_does_not_cost_the_photo() -> None:
    ballast = random.Random(0).randbytes(100_000)
    shown = made.noise()
    found = pixels(made.encoded(shown, icc_profile=made.profile() + ballast))
    assert difference(found, made.to_srgb(shown)) <= 2


# Modes


def test_sixteen_bits_a_channel_become_eight_without_clipping() -> None:
    grey = (np.arange(64 * 64).reshape(64, 64) * 16).astype(np.uint16)
    colour = np.random.default_rng(0).integers(0, 65_536, (64, 64, 3)).astype(np.uint16)
    assert np.abs(pixels(made.png_16bit(grey))[..., 1] - grey / 257).max() <= 1
    assert np.abs(pixels(made.png_16bit(colour)) - colour / 257).max() <= 1


def test_ink_becomes_light() -> None:
    cyan = made.saved(Image.new("CMYK", (64, 64), (255, 0, 0, 0)), "JPEG")
    assert difference(pixels(cyan), np.full((64, 64, 3), (0, 255, 255), np.uint8)) <= 2


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (Image.new("RGBA", (64, 64), (255, 0, 0, 0)), {}),
        (Image.new("LA", (64, 64), (255, 0)), {}),
        (Image.new("RGB", (64, 64), (9, 200, 9)).quantize(4), {"transparency": 0}),
        (Image.new("RGB", (64, 64), (200, 0, 0)), {"transparency": (200, 0, 0)}),
        (
            Image.new("RGB", (64, 64), (200, 0, 0)),
            {"transparency": (200, 0, 0), "icc_profile": made.profile()},
        ),
        (Image.new("L", (64, 64), 200), {"transparency": 200}),
    ],
    ids=["rgba", "la", "palette", "rgb", "rgb with profile", "grey"],
)
def test_transparency_lies_on_mid_grey(image: Image.Image, options: dict[str, object]) -> None:
    assert (pixels(made.saved(image, "PNG", **options)) == GREY).all()


def test_half_transparency_is_half_grey() -> None:
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 128))
    assert difference(pixels(made.saved(image, "PNG")), np.full((64, 64, 3), (192, 64, 64), np.uint8)) <= 1


def test_a_picture_of_one_bit_is_black_and_white() -> None:
    assert (pixels(made.blank_png(64, 64)) == 0).all()


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_phone_photo_with_a_second_picture_behind_it_shows_the_first(orientation: int) -> None:
    shown = made.smooth()
    exif = Image.Exif()
    exif[0x0112] = orientation
    behind = Image.fromarray(made.noise())
    data = made.saved(
        Image.fromarray(shown), "MPO", save_all=True, append_images=[behind], exif=exif, quality=95
    )
    assert difference(pixels(data), shown if orientation == 1 else np.rot90(shown, -1)) <= 8


# What is kept


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_equal_pixels_are_kept_as_equal_bytes(kind: str) -> None:
    shown = made.noise()
    kept, width, height, *_ = photos.normalise(made.encoded(shown, kind, **KINDS[kind]))
    assert (width, height) == (96, 72)
    assert kept == photos.normalise(made.encoded(shown)).png
    assert photos.normalise(kept).png == kept


def test_nothing_but_pixels_is_kept() -> None:
    canary = b"51.2345N 7.8901E"
    exif = Image.Exif()
    exif[0x010E] = canary.decode()
    exif[0x0112] = 3
    data = made.encoded(
        made.smooth(), "JPEG", exif=exif, comment=canary, icc_profile=made.profile(), xmp=canary
    )
    assert canary in data
    kept = photos.normalise(data + canary).png
    assert canary not in kept
    assert set(made.chunks_of(kept)) == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize(("width", "height"), [(96, 72), (600, 900), (2_000, 250)])
def test_a_thumbnail_has_the_shape_of_the_photo(width: int, height: int) -> None:
    small = Image.open(io.BytesIO(photos.thumbnail(made.blank_png(width, height), 384)))
    assert small.format == "WEBP"
    assert max(small.size) == min(384, max(width, height))
    assert abs(small.width / small.height - width / height) <= 0.1 * width / height


def face(seed: int, kind: str = "PNG", **options: object) -> Image.Image:
    small = Image.fromarray(made.noise(seed, 6, 8))
    return photos.decode(made.saved(small.resize((128, 96)), kind, **options))


def test_near_photos_differ_in_few_bits_and_others_in_many() -> None:
    def bits(one: Image.Image, other: Image.Image) -> int:
        return (int(photos.perceptual_hash(one), 16) ^ int(photos.perceptual_hash(other), 16)).bit_count()

    assert bits(face(1), face(1, "JPEG", quality=60)) <= 4
    assert bits(face(1), face(2)) > 12
    assert len(photos.perceptual_hash(face(1))) == 16


@pytest.mark.parametrize("seed", range(8))
def test_the_hash_is_that_of_the_library_everybody_knows(seed: int) -> None:
    assert photos.perceptual_hash(face(seed)) == str(imagehash.phash(face(seed)))


def test_a_photo_without_colour_is_known_as_one() -> None:
    coloured = Image.fromarray(made.smooth())
    assert not photos.normalise(made.saved(coloured, "JPEG")).grey
    for mode in ("L", "RGB"):
        assert photos.normalise(made.saved(coloured.convert("L").convert(mode), "JPEG")).grey
