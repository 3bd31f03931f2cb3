import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.likeness import Misfit, distance, misfit

hashes = st.integers(0, 2**64 - 1).map(lambda value: f"{value:016x}")
SQUARE, WIDE = (256, 256), (512, 384)


@given(one=hashes, other=hashes)
def test_a_distance_is_the_same_both_ways_and_nought_only_to_itself(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert 0 <= distance(one, other) <= 64
    assert (distance(one, other) == 0) == (one == other)


@given(one=hashes, bits=st.sets(st.integers(0, 63)))
def test_a_distance_counts_the_bits_that_differ(one: str, bits: set[int]) -> None:
    other = int(one, 16) ^ sum(1 << bit for bit in bits)
    assert distance(one, f"{other:016x}") == len(bits)


@given(one=hashes, other=hashes, third=hashes)
def test_no_detour_is_shorter(one: str, other: str, third: str) -> None:
    assert distance(one, third) <= distance(one, other) + distance(other, third)


@pytest.mark.parametrize(
    ("size", "frames", "why"),
    [
        ((512, 512), [SQUARE], None),
        ((200, 200), [SQUARE], Misfit.SMALL),
        ((1200, 500), [SQUARE], Misfit.LONG),
        ((100, 700), [SQUARE, WIDE], Misfit.LONG),
        ((300, 300), [WIDE, SQUARE], None),
        ((1200, 600), [SQUARE, WIDE], None),
        ((10, 4000), [], None),
    ],
)
def test_a_photo_is_doubted_when_no_generator_suits_it(
    size: tuple[int, int], frames: list[tuple[int, int]], why: Misfit | None
) -> None:
    assert misfit(*size, frames) == why


@given(
    width=st.integers(64, 12_000), height=st.integers(64, 12_000),
    frames=st.lists(st.tuples(st.integers(8, 4096), st.integers(8, 4096)), max_size=4),
)  # fmt: skip
def test_a_photo_of_a_generators_own_size_suits_it(
    width: int, height: int, frames: list[tuple[int, int]]
) -> None:
    assert misfit(width, height, [*frames, (width, height)]) is None
