from sqlalchemy.orm import Session

from studio.queries import comparisons, measurements
from studio.services import outputs
from tests import factories


def test_numbers_come_by_column_in_one_statement(session: Session, statements) -> None:
    made = factories.comparison(session, columns=2)
    left, right = outputs.columns(session, made.id)
    factories.measurement(session, left)
    factories.measurement(session, right)
    factories.measurement(session, right, against_variant_id=left.variant_id)
    desk = comparisons.desk(session, made.public_id)
    with statements(1):
        found = measurements.numbers(session, desk)
    assert found[0].own["fd_standin"].value == 12.5
    assert found[0].against == {}
    assert found[1].against["fd_standin"].against_variant_id == left.variant_id


def test_a_difference_to_a_variant_that_the_column_is_not_held_against_is_left_out(session: Session) -> None:
    made = factories.comparison(session, columns=2)
    _, right = outputs.columns(session, made.id)
    factories.measurement(session, right, against_variant_id=factories.variant(session).id)
    found = measurements.numbers(session, comparisons.desk(session, made.public_id))
    assert found == {}


def test_a_number_of_a_slice_is_no_number_of_the_column(session: Session) -> None:
    made = factories.comparison(session)
    (column,) = outputs.columns(session, made.id)
    factories.measurement(session, column, slice="hair:long")
    assert measurements.numbers(session, comparisons.desk(session, made.public_id)) == {}
