import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.fingerprint import Fingerprint, canonical, difference, sha

WHOLE = Fingerprint(
    revision="a" * 64, n=24, libraries={"torch": "2.15.0"}, cpu_flags=("avx2", "fma"), threads=1, seed=0
)
PARTS = st.dictionaries(
    st.text(max_size=8), st.one_of(st.integers(), st.text(max_size=8), st.none()), max_size=6
)


@given(parts=PARTS)
def test_the_order_of_parts_does_not_change_the_hash(parts: dict[str, object]) -> None:
    assert sha(dict(reversed(parts.items()))) == sha(parts)


@given(a=PARTS, b=PARTS)
def test_equal_hashes_and_no_difference_are_the_same_thing(
    a: dict[str, object], b: dict[str, object]
) -> None:
    assert (sha(a) == sha(b)) == (difference(a, b) == ())
    assert difference(a, b) == difference(b, a)


@pytest.mark.parametrize(
    ("change", "name"),
    [({"n": 23}, "n"), ({"seed": 1}, "seed"), ({"libraries": {"torch": "2.16.0"}}, "libraries"), ({"reference": "r"}, "reference")],
)  # fmt: skip
def test_the_part_that_differs_is_named(change: dict[str, object], name: str) -> None:
    other = replace(WHOLE, **change)
    assert difference(WHOLE.parts(), other.parts()) == (name,)
    assert sha(WHOLE.parts()) != sha(other.parts())


def test_a_fingerprint_read_back_from_json_is_the_same() -> None:
    stored = json.loads(canonical(WHOLE.parts()))
    assert difference(WHOLE.parts(), stored) == ()
    assert sha(stored) == sha(WHOLE.parts())


def test_a_number_that_json_cannot_spell_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"n": float("nan")})
