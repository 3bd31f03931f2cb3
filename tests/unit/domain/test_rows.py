import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.rows import table, text, value

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(JSON)
def test_what_is_json_comes_back_as_it_was(body: object) -> None:
    assert value(json.dumps(body)) == body


@given(JSON)
def test_what_is_written_into_a_field_is_read_from_it_again(body: object) -> None:
    assert value(text(body)) == body


@given(st.text())
def test_any_text_is_some_value(text: str) -> None:
    value(text)


def test_a_learning_rate_is_a_number_and_words_are_words() -> None:
    assert table([("lr", "2e-4"), ("data", "drawn heads "), ("", "lost"), ("ok", "true"), ("x", "NaN")]) == {
        "lr": 2e-4,
        "data": "drawn heads",
        "ok": True,
        "x": "NaN",
    }


def test_a_key_that_stands_there_twice_is_named() -> None:
    with pytest.raises(ValueError, match="lr"):
        table([("lr", "1"), ("lr ", "2")])
