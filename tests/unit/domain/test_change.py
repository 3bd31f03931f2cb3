from hypothesis import given
from hypothesis import strategies as st

from studio.domain import change
from studio.domain.change import Change
from studio.domain.measurement import Value


def value(metric: str, number: float, n: int | None, shown: int = 24) -> Value:
    return Value(metric, number, None, None, n, None, {"n": shown}, "f" * 64, None, None)


def numbers(photos: int, masked: int, shown: int, rest: float | None = 0.8) -> dict[str, Value]:
    own = {"hair_changed": value("hair_changed", photos / masked, masked, shown)}
    return own | ({"rest_changed": value("rest_changed", rest, masked)} if rest is not None else {})


@given(st.integers(1, 2000), st.data())
def test_photos_are_counted_exactly_and_those_without_a_mask_apart(shown: int, data: st.DataObject) -> None:
    masked = data.draw(st.integers(1, shown))
    photos = data.draw(st.integers(0, masked))
    assert change.change("v2", numbers(photos, masked, shown)) == Change(
        "v2", photos, masked, shown - masked, 0.8
    )


def test_without_a_mask_anywhere_nothing_is_said() -> None:
    assert change.change("v2", {}) is None
    assert change.sentence([None, change.change("v1", numbers(3, 3, 3))], 0) is None
    assert change.sentence([], 0) is None


def test_the_sentence_tells_of_others_only_what_is_known() -> None:
    v1, v2 = change.change("v1", numbers(24, 24, 24, 2.1)), change.change("v2", numbers(24, 24, 24))
    v3 = change.change("v3", numbers(24, 24, 24, None))
    said = change.sentence([v1, v2, v3, None], 1)
    assert said is not None
    assert (said.subject, said.others) == (v2, (v1,))
