from hypothesis import given
from hypothesis import strategies as st

from studio.domain import pipeline

places = st.integers(0, 100_000)


@given(column=places, first=places, length=st.integers(1, 100))
def test_the_subject_of_a_chunk_names_its_column_and_places(column: int, first: int, length: int) -> None:
    subject = pipeline.chunk_subject(column, first, first + length)
    assert pipeline.parse_chunk(subject) == (column, first, first + length)


@given(column=places)
def test_the_subject_of_a_column_names_it(column: int) -> None:
    assert pipeline.parse_column(pipeline.column_subject(column)) == column
