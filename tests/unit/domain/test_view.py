from urllib.parse import parse_qs, urlencode

from hypothesis import given
from hypothesis import strategies as st

from studio.domain import view
from studio.domain.view import Only, Sort, View

words = st.text("abc 한:", min_size=1, max_size=5).filter(lambda text: ":" not in text)
views = st.builds(
    View,
    st.sampled_from(Sort),
    st.sampled_from(Only),
    st.lists(st.tuples(words, words), max_size=3, unique=True).map(tuple),
)


@given(views)
def test_a_view_survives_its_address(shown: View) -> None:
    parts = parse_qs(urlencode(shown.query()))
    found = view.read(parts.get("sort", [""])[0], parts.get("only", [""])[0], parts.get("tag", []))
    assert found == shown
    assert shown.whole == (shown.query() == [])


@given(st.text(), st.text(), st.lists(st.text()))
def test_any_address_is_some_view(sort: str, only: str, tags: list[str]) -> None:
    assert isinstance(view.read(sort, only, tags), View)
