from hypothesis import given
from hypothesis import strategies as st

from studio.domain.differences import Difference, differences

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(st.text(max_size=5), VALUES, max_size=6)


def test_only_what_differs_is_told_with_nested_entries_by_their_path() -> None:
    left = {"lr": 0.0001, "steps": 20_000, "seed": 7, "loss": {"skin": 0.5}}
    right = {"lr": 0.0002, "steps": 60_000, "seed": 7, "crop": 128}
    assert differences(left, right) == [
        Difference("lr", "0.0001", "0.0002"),
        Difference("steps", "20,000", "60,000"),
        Difference("loss · skin", "0.5", None),
        Difference("crop", None, "128"),
    ]


@given(TABLES)
def test_a_table_does_not_differ_from_itself(table: dict[str, object]) -> None:
    assert differences(table, table) == []


@given(TABLES, TABLES)
def test_a_difference_read_from_the_other_side_is_the_same_difference(
    left: dict[str, object], right: dict[str, object]
) -> None:
    there = {(each.key, each.left, each.right) for each in differences(left, right)}
    back = {(each.key, each.right, each.left) for each in differences(right, left)}
    assert there == back
