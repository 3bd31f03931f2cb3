import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workers.metrics.difference import apart
from workers.metrics.hair import EDGE, hair, mask_of, rest
from workers.metrics.registry import HAIR_METRICS, SizesDiffer, hair_values

SIDE = 48
PHOTOS = arrays(np.uint8, (SIDE, SIDE, 3))
MASKS = arrays(np.bool_, (SIDE, SIDE))


def square(first: int = 16, last: int = 32) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[first:last, first:last] = True
    return mask


def picture(mask: np.ndarray) -> np.ndarray:
    return np.repeat((mask * 255).astype(np.uint8)[..., None], 3, axis=2)


@given(photo=PHOTOS, mask=MASKS)
def test_an_untouched_photo_changed_neither_hair_nor_rest(photo: np.ndarray, mask: np.ndarray) -> None:
    for found in hair_values(photo, photo.copy(), picture(mask)).values():
        assert found == 0.0 or math.isnan(found)
    assert apart(photo, photo.copy()) == 0.0


@given(level=st.integers(0, 200), step=st.integers(1, 55))
def test_a_flat_step_outside_the_hair_is_its_share_of_the_range(level: int, step: int) -> None:
    photo = np.full((SIDE, SIDE, 3), level, np.uint8)
    mask = square()
    output = photo + np.where(mask, 0, step).astype(np.uint8)[..., None]
    assert rest(output, photo, mask) == pytest.approx(step / 2.55)
    assert hair(output, photo, mask) == 0.0


def test_black_hair_turned_white_moved_by_the_whole_lightness() -> None:
    photo, mask = np.zeros((SIDE, SIDE, 3), np.uint8), square()
    output = np.where(mask[..., None], 255, photo).astype(np.uint8)
    assert hair(output, photo, mask) == pytest.approx(100, abs=0.01)
    assert rest(output, photo, mask) == 0.0
    assert apart(output, photo) == pytest.approx(100 * mask.mean(), abs=0.01)


def test_a_change_within_the_edge_of_the_hair_belongs_to_neither() -> None:
    photo, mask = np.zeros((SIDE, SIDE, 3), np.uint8), square()
    near = square(16 - EDGE + 2, 32 + EDGE - 2) & ~mask
    far = square(4, 44) & ~square(16 - EDGE, 32 + EDGE)
    for where, counts in ((near, False), (far, True)):
        output = np.where(where[..., None], 200, photo).astype(np.uint8)
        assert (rest(output, photo, mask) > 0) is counts
        assert hair(output, photo, mask) == 0.0


def test_without_hair_or_without_rest_there_is_no_number() -> None:
    photo = np.zeros((SIDE, SIDE, 3), np.uint8)
    assert math.isnan(hair(photo, photo, np.zeros((SIDE, SIDE), np.bool_)))
    assert math.isnan(rest(photo, photo, np.ones((SIDE, SIDE), np.bool_)))


@given(mask=MASKS, times=st.integers(1, 3))
def test_a_mask_of_another_size_stays_black_and_white_and_keeps_its_share(
    mask: np.ndarray, times: int
) -> None:
    scaled = mask_of(picture(mask), SIDE * times, SIDE * times)
    assert scaled.shape == (SIDE * times, SIDE * times)
    assert scaled.mean() == pytest.approx(mask.mean())


def test_more_leaking_colour_is_more_change_of_the_rest() -> None:
    photo = np.full((SIDE, SIDE, 3), 90, np.uint8)
    outputs = [np.full_like(photo, 90) + np.uint8(leak) for leak in (1, 4, 20)]
    found = [rest(output, photo, square()) for output in outputs]
    assert found == sorted(found)


def test_pictures_of_different_sizes_have_no_hair_in_common() -> None:
    with pytest.raises(SizesDiffer):
        hair_values(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8), picture(square()))


def test_the_keys_are_what_a_night_asks_for() -> None:
    assert [metric.key for metric in HAIR_METRICS] == ["hair", "rest"]
