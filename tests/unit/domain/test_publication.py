import json

from hypothesis import given
from hypothesis import strategies as st

from studio.domain import publication
from studio.domain.publication import FINGERPRINTS, Number
from studio.domain.statistics import Estimate, Fact
from studio.domain.vocabulary import MEASUREMENTS

finite = st.floats(allow_nan=False, allow_infinity=False)
hexadecimal = st.text("0123456789abcdef", min_size=12, max_size=12)
values = st.builds(Fact, finite) | st.builds(Estimate, finite, finite, finite, st.integers(1, 10_000))
parts = st.dictionaries(
    st.text(max_size=8),
    st.none()
    | st.booleans()
    | st.integers()
    | finite
    | st.text(max_size=8)
    | st.lists(st.text(max_size=4), max_size=3),
    max_size=5,
)
numbers = st.lists(
    st.builds(Number, st.sampled_from(sorted(MEASUREMENTS)), values, parts, st.just("") | hexadecimal),
    max_size=8,
    unique_by=lambda number: (number.metric, number.against),
)


def by_name(found: list[Number]) -> dict[tuple[str, str], Number]:
    return {(number.metric, number.against): number for number in found}


@given(numbers=numbers)
def test_what_is_spelled_for_mlflow_reads_back_as_it_was(numbers: list[Number]) -> None:
    read = publication.read(publication.metrics(numbers), publication.tags(numbers))
    assert by_name(read) == by_name(numbers)


@given(numbers=numbers)
def test_what_somebody_else_wrote_beside_it_is_left_out(numbers: list[Number]) -> None:
    metrics = publication.metrics(numbers) | {"loss": Fact(0.1)}
    tags = publication.tags(numbers) | {"mlflow.user": "mina", "studio.group": "hair"}
    assert by_name(publication.read(metrics, tags)) == by_name(numbers)


def test_a_run_without_our_tags_has_no_numbers() -> None:
    assert publication.read({"loss": Fact(0.1)}, {"mlflow.user": "mina"}) == []


def test_a_number_without_its_fingerprint_is_left_out() -> None:
    kept = Number("kid", Fact(1.0), {"n": 24})
    lost = Number("fid", Fact(2.0), {"n": 12})
    tags = publication.tags([kept, lost])
    short = json.loads(tags[FINGERPRINTS])["fid"]
    tags = {name: value for name, value in tags.items() if not name.endswith(short)}
    assert publication.read(publication.metrics([kept, lost]), tags) == [kept]


def test_a_paired_difference_does_not_hide_the_number_itself() -> None:
    own = Number("fd_standin", Fact(12.5), {"n": 24})
    paired = Number("fd_standin", Fact(-0.5), {"n": 24}, against="0123456789ab")
    assert publication.metrics([own, paired]) == {
        "fd_standin": Fact(12.5),
        "against/0123456789ab/fd_standin": Fact(-0.5),
    }


def test_numbers_of_one_fingerprint_share_its_tag() -> None:
    made = [Number(metric, Fact(1.0), {"n": 24}) for metric in ("kid", "fid")]
    assert len(publication.tags(made)) == 2


@given(first=st.tuples(hexadecimal, hexadecimal, hexadecimal), take=st.integers(0, 9))
def test_the_key_of_a_column_depends_on_all_that_names_it(first: tuple[str, str, str], take: int) -> None:
    key = publication.key(*first, take)
    assert key != publication.key(*first, take + 1)
    assert publication.key(first[0] + "0" * 52, first[1], first[2], take) == key
