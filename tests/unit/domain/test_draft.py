from hypothesis import given
from hypothesis import strategies as st

from studio.domain import draft as asking
from studio.domain.draft import FRESH, MOST, Draft, Wanted

controls = st.dictionaries(
    st.sampled_from(["colour", "length", "ψ"]), st.text("abc 한", min_size=1, max_size=4)
)
wanted = st.builds(Wanted, st.integers(1, 10**6), controls, st.sampled_from([FRESH, 0, 7]))
drafts = st.builds(Draft, st.lists(wanted, max_size=MOST).map(tuple), st.integers(0, 10**6))


@given(drafts)
def test_a_draft_survives_its_form(made: Draft) -> None:
    assert asking.read(dict(made.fields())) == made


@given(st.dictionaries(st.text("019.avrintke-control", max_size=12), st.text(max_size=6), max_size=8))
def test_any_form_is_some_draft_of_at_most_twelve_columns(fields: dict[str, str]) -> None:
    assert len(asking.read(fields).columns) <= MOST


@given(drafts, st.integers(-2, 14))
def test_a_column_moved_right_and_left_again_is_where_it_was(made: Draft, place: int) -> None:
    if 0 <= place < len(made.columns) - 1:
        assert asking.change(asking.change(made, "right", place), "left", place + 1) == made
    assert len(asking.change(made, "left", place).columns) == len(made.columns)


@given(drafts, st.integers(0, 12))
def test_to_remove_takes_one_and_leaves_the_others_in_order(made: Draft, place: int) -> None:
    left = asking.change(made, "remove", place).columns
    assert left == made.columns[:place] + made.columns[place + 1 :]


def test_a_column_spreads_over_the_options_of_its_control_in_its_place() -> None:
    made = Draft((Wanted(1, {}), Wanted(2, {"colour": "copper"}), Wanted(3, {})))
    options = [Wanted(2, {"colour": each}) for each in ("copper", "black")]
    found = asking.change(made, "spread", 1, options)
    assert found.columns == (made.columns[0], *options, made.columns[2])


def test_columns_can_be_named_by_their_variants_alone() -> None:
    usual = {12: {"colour": "copper"}, 15: {}}
    assert asking.short("12,99,x,15", usual) == (Wanted(12, {"colour": "copper"}), Wanted(15, {}))


def test_a_name_says_only_what_differs() -> None:
    copper, black = {"colour": "copper"}, {"colour": "black"}
    assert asking.name([("v1", "FP32", copper), ("v2", "FP32", copper)]) == "v2 against v1"
    assert (
        asking.name([("v1", "FP32", copper), ("v2", "FP32", {}), ("v3", "INT8", {})]) == "v2, v3 against v1"
    )
    assert asking.name([("v2", "FP32", copper), ("v2", "INT8", copper)]) == "v2: INT8 against FP32"
    assert asking.name([("v2", "FP32", copper), ("v2", "FP32", black)]) == "v2: copper, black"
    assert asking.name([("v2", "FP32", copper), ("v2", "FP32", copper)]) == "v2"
