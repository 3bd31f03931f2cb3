import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.data import astronaut

from workers.metrics.difference import changed, difference_max, difference_mean
from workers.metrics.psnr import psnr
from workers.metrics.registry import CELL_METRICS, SizesDiffer, cell_values
from workers.metrics.ssim import ssim

PHOTO = astronaut()[:256, :256]
PHOTOS = arrays(np.uint8, (16, 12, 3))


def noisy(strength: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, strength, PHOTO.shape)
    return np.clip(np.rint(PHOTO + noise), 0, 255).astype(np.uint8)


@given(photo=PHOTOS)
def test_an_untouched_photo_has_no_difference(photo: np.ndarray) -> None:
    found = cell_values(photo, photo.copy())
    assert found.pop("psnr") == math.inf
    assert found.pop("ssim") == pytest.approx(1.0)
    assert set(found.values()) == {0.0}


@settings(deadline=None)
@given(a=PHOTOS, b=PHOTOS)
def test_it_does_not_matter_which_picture_comes_first(a: np.ndarray, b: np.ndarray) -> None:
    assert cell_values(a, b) == pytest.approx(cell_values(b, a), abs=1e-12)


@given(level=st.integers(0, 254), step=st.integers(1, 255))
def test_psnr_of_a_flat_step_follows_from_its_formula(level: int, step: int) -> None:
    step = min(step, 255 - level)
    a, b = (np.full((16, 16, 3), value, np.uint8) for value in (level, level + step))
    assert psnr(a, b) == pytest.approx(20 * math.log10(255 / step))
    assert difference_mean(a, b) == difference_max(a, b) == step


def test_one_pixel_decides_the_largest_difference_and_its_share_of_the_rest() -> None:
    other = PHOTO.copy()
    other[3, 4] = 255 - other[3, 4].astype(int)
    largest = np.abs(other[3, 4].astype(int) - PHOTO[3, 4]).max()
    assert difference_max(other, PHOTO) == largest
    assert changed(other, PHOTO) == pytest.approx(1 / (256 * 256))
    assert difference_mean(other, PHOTO) < 0.01


def test_more_noise_is_worse_by_every_measure() -> None:
    steps = [cell_values(noisy(strength), PHOTO) for strength in (2, 5, 15, 40)]
    for metric in CELL_METRICS:
        found = [step[metric.key] for step in steps]
        assert found == sorted(found, reverse=metric.better == "higher"), metric.key


def test_a_change_nobody_can_see_counts_as_no_change() -> None:
    slightly = PHOTO.astype(int) + np.where(PHOTO < 255, 1, 0)
    assert changed(slightly.astype(np.uint8), PHOTO) < 0.01
    assert difference_max(slightly.astype(np.uint8), PHOTO) == 1


def test_changed_is_the_share_that_was_painted_over() -> None:
    painted = PHOTO.copy()
    painted[:64] = 255 - painted[:64]
    assert changed(painted, PHOTO) == pytest.approx(0.25, abs=0.005)


def test_ssim_sees_structure_where_psnr_sees_none() -> None:
    brighter = np.clip(PHOTO.astype(int) + 15, 0, 255).astype(np.uint8)
    scrambled = noisy(float(np.sqrt(np.mean((brighter.astype(float) - PHOTO) ** 2))))
    assert psnr(brighter, PHOTO) == pytest.approx(psnr(scrambled, PHOTO), abs=1.0)
    assert ssim(brighter, PHOTO) > ssim(scrambled, PHOTO) + 0.1


def test_pictures_of_different_sizes_are_not_compared() -> None:
    with pytest.raises(SizesDiffer, match=r"12 × 16 px.*16 × 16 px"):
        cell_values(np.zeros((16, 12, 3), np.uint8), np.zeros((16, 16, 3), np.uint8))
