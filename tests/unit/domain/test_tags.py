import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain import tags
from studio.errors import StudioError

WORD = st.text("abcz019 -가", min_size=1, max_size=20).filter(str.strip)


@given(WORD, WORD)
def test_a_tag_that_was_written_reads_as_itself(key: str, value: str) -> None:
    parsed = tags.parse(f"{key}:{value}")
    assert tags.parse(*tags.write([parsed])) == parsed


def test_tags_that_mean_the_same_are_the_same() -> None:
    assert tags.parse(" Hair :  Very  Long ") == tags.parse("hair:very long") == ("hair", "very long")


@pytest.mark.parametrize("text", ["", "hair", "hair:", ":long", " : ", "k" * 41 + ":v", "k:" + "v" * 41])
def test_what_is_no_tag_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(StudioError) as caught:
        tags.parse(text)
    assert caught.value.hint
