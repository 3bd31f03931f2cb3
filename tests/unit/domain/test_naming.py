from hypothesis import given
from hypothesis import strategies as st

from studio.domain import naming
from tests.unit.domain.test_desk import column


@given(st.text(), st.integers(0, 5000))
def test_a_file_name_is_never_a_path_and_never_hidden(photo: str, position: int) -> None:
    name = naming.file_name(position, photo, "v1-fp32")
    assert not set(name) & set('/\\\0:*?"<>|')
    assert name.startswith(f"{position + 1:03d}_")
    assert name.endswith("__v1-fp32.png")
    assert len(name) < 120


def test_labels_say_version_precision_controls_and_take_and_differ() -> None:
    columns = [
        column(0, controls={"colour": "copper"}),
        column(1, controls={"colour": "copper"}),
        column(2, controls={"colour": "붉은 색"}, take_id=7),
    ]
    assert naming.labels(columns) == ["v1-fp32__copper", "v1-fp32__copper__2", "v1-fp32__붉은-색__take-7"]
