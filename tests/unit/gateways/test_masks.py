import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.errors import UnreadablePhoto
from studio.gateways import masks

SIZE = (160, 120)


def half(mode: str = "L", size: tuple[int, int] = SIZE) -> Image.Image:
    """White on the left half, black or transparent on the right."""
    drawn = Image.new("L", size, 0)
    drawn.paste(255, (0, 0, size[0] // 2, size[1]))
    if mode == "RGBA":
        white = Image.new("RGBA", size, (255, 255, 255, 0))
        white.putalpha(drawn)
        return white
    return drawn.convert(mode)


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def pixels(png: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(png))
    assert image.mode == "L"
    return np.asarray(image)


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "RGBA", "I;16"])
def test_a_mask_of_any_kind_is_kept_as_black_and_white(mode: str) -> None:
    image = half() if mode == "I;16" else half(mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    kept = pixels(masks.hair(saved(image), *SIZE))
    assert (kept == np.asarray(half())).all()


def test_the_soft_edges_of_a_jpeg_become_hard_ones() -> None:
    kept = pixels(masks.hair(saved(half(), "JPEG"), *SIZE))
    assert set(np.unique(kept)) == {0, 255}
    assert kept.mean() == pytest.approx(127.5, abs=2)


def test_a_smaller_mask_of_the_same_shape_is_brought_to_the_size_of_the_photo() -> None:
    kept = pixels(masks.hair(saved(half(size=(96, 72))), *SIZE))
    assert (kept == np.asarray(half())).all()


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (half(size=(120, 160)), "The mask is 120 × 160 pixels, the photo 160 × 120"),
        (Image.linear_gradient("L").resize(SIZE), "a photo, not like a mask"),
        (Image.new("L", SIZE, 0), "The whole mask is black"),
        (Image.new("L", SIZE, 255), "The whole mask is white"),
    ],
)
def test_what_is_no_mask_of_this_photo_is_refused_in_a_sentence(image: Image.Image, sentence: str) -> None:
    with pytest.raises(UnreadablePhoto, match=sentence) as caught:
        masks.hair(saved(image), *SIZE)
    assert caught.value.hint


POINT = st.tuples(st.floats(100, 300), st.floats(100, 300))


@given(left=POINT, right=POINT)
@settings(max_examples=40)
def test_the_mask_of_the_eyes_is_two_ellipses_in_proportion_to_their_distance(
    left: tuple[float, float], right: tuple[float, float]
) -> None:
    apart = math.dist(left, right)
    kept = pixels(masks.eyes(left, right, 400, 400)) > 0
    if apart < 40:
        return
    assert kept[round(left[1]), round(left[0])]
    assert kept[round(right[1]), round(right[0])]
    area = 2 * math.pi * masks.LENGTH * masks.HEIGHT * apart**2
    assert kept.sum() == pytest.approx(area, rel=0.15)
    middle = (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
    assert not kept[round(middle[1]), round(middle[0])]


def test_eyes_at_the_rim_are_cut_by_it() -> None:
    kept = pixels(masks.eyes((0, 60), (40, 60), *SIZE))
    assert kept.shape == (120, 160)
    assert kept[60, 0] == 255
