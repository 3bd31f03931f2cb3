from hypothesis import given
from hypothesis import strategies as st

from studio.domain.ancestry import ancestors, next_name

PARENTS = st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=2))


@given(parents=PARENTS, of=st.lists(st.integers(0, 8), max_size=3))
def test_ancestors_are_closed_under_parents_and_end_in_any_tangle(
    parents: dict[int, list[int]], of: list[int]
) -> None:
    found = ancestors(parents, of)
    assert set(of) <= found
    assert {above for each in found for above in parents.get(each, [])} <= found


def test_the_next_name_follows_the_highest_number() -> None:
    assert next_name([]) == "v1"
    assert next_name(["v2", "v10", "v3-long", "a pickle"]) == "v11"
