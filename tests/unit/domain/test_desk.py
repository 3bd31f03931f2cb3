from hypothesis import given
from hypothesis import strategies as st

from studio.domain import desk
from studio.domain.desk import Column
from studio.domain.vocabulary import Precision

plain = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2) | st.sampled_from(["x", "y"]))


def column(position: int, version: int = 1, precision: Precision = Precision.FP32, **other: object) -> Column:
    usual: dict[str, object] = {
        "variant_id": position + 10,
        "version": f"v{version}",
        "champion": False,
        "candidate": False,
        "loaded": True,
        "backend": "openvino",
        "calibrated": 0,
        "params": {},
        "archive_sha": "a" * 64,
        "revision_sha": "r" * 64,
        "controls": {},
        "options": {},
        "controls_sha": "c" * 64,
        "take_id": 0,
    }
    return Column(position=position, version_id=version, precision=precision, **{**usual, **other})


def test_the_twin_is_the_fp32_column_of_the_same_version() -> None:
    first, other, int8 = column(0), column(1, version=2), column(2, precision=Precision.INT8)
    assert desk.twin(int8, [first, other, int8]) is first
    assert desk.twin(first, [first, other, int8]) is None
    assert desk.twin(int8, [other, int8]) is None


def test_another_take_or_other_controls_are_no_twin() -> None:
    int8 = column(1, precision=Precision.INT8)
    assert desk.twin(int8, [column(0, take_id=7), int8]) is None
    assert desk.twin(int8, [column(0, controls_sha="d" * 64), int8]) is None


def test_a_column_is_held_against_the_champion_under_the_same_controls() -> None:
    first, best = column(0), column(1, version=2, champion=True)
    int8 = column(2, version=2, champion=True, precision=Precision.INT8)
    black = column(3, controls_sha="d" * 64)
    columns = [int8, first, best, black]
    assert [desk.against(each, columns) for each in columns] == [best, best, None, None]


def test_without_a_champion_the_leftmost_column_is_what_the_others_are_held_against() -> None:
    columns = [column(0), column(1, version=2)]
    assert [desk.against(each, columns) for each in columns] == [None, columns[0]]


def test_a_sentence_is_about_the_candidate_and_without_one_about_the_last() -> None:
    old, best = column(0), column(1, version=2, champion=True)
    new = column(2, version=3, candidate=True)
    assert desk.subject([new, best]) == 0
    assert desk.subject([old, best]) == 1


@given(st.lists(plain, min_size=1, max_size=4))
def test_what_is_equal_everywhere_is_shared_and_never_differs(bodies: list[dict[str, object]]) -> None:
    shared, apart = desk.shared(bodies), desk.differing(bodies)
    assert all(not shared.keys() & each.keys() for each in apart)
    assert {key for body in bodies for key in body} == {*shared, *(key for each in apart for key in each)}


def test_only_what_a_person_can_read_in_a_glance_counts() -> None:
    bodies = [{"lr": 1e-4, "layers": [1, 2], "note": "x" * 80}, {"lr": 2e-4, "layers": [3], "note": ""}]
    assert desk.differing(bodies) == [{"lr": "0.0001"}, {"lr": "0.0002"}]


def test_the_leader_of_a_version_is_its_first_column() -> None:
    columns = [column(0), column(1, precision=Precision.INT8), column(2, version=2)]
    assert desk.leaders(columns) == [columns[0], columns[2]]
