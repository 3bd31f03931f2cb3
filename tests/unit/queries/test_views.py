from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.outputs import CellValue, Output
from studio.db.samples import Sample
from studio.db.versions import Variant, Version
from studio.domain.view import Only, Sort, View
from studio.domain.vocabulary import OutputState
from studio.queries import comparisons, views
from studio.services import outputs
from tests import factories


def places(session: Session, made: Comparison, view: View) -> list[int]:
    return list(views.places(session, comparisons.desk(session, made.public_id), view))


def measured(session: Session, made: Comparison, base: int, changes: dict[int, Sequence[float]]) -> None:
    """Pictures everywhere, and how far those of some columns part from those of column `base`."""
    shown = outputs.columns(session, made.id)
    rows = {
        column.position: [factories.output(session, column, cell) for cell in outputs.holes(session, column)]
        for column in shown
    }
    for position, values in changes.items():
        for mine, its, value in zip(rows[position], rows[base], values, strict=True):
            session.add(CellValue(output_id=mine.id, metric="apart", against_output_id=its.id, value=value))
    session.flush()


def test_the_whole_set_in_order_asks_nothing(session: Session, statements) -> None:
    desk = comparisons.desk(session, factories.comparison(session, photos=4).public_id)
    with statements(0):
        assert list(views.places(session, desk, View())) == [0, 1, 2, 3]


def test_changed_most_is_the_mean_change_to_the_first_column_in_one_statement(
    session: Session, statements
) -> None:
    made = factories.comparison(session, photos=3, columns=3)
    measured(session, made, 0, {1: (1, 9, 5), 2: (1, 1, 7)})
    desk = comparisons.desk(session, made.public_id)
    with statements(1):
        found = views.places(session, desk, View(sort=Sort.CHANGED))
    assert list(found) == [2, 1, 0]


def test_changed_most_is_to_the_champion_wherever_it_stands(session: Session) -> None:
    made = factories.comparison(session, photos=3, columns=2)
    last = outputs.columns(session, made.id)[1]
    version_id = session.get_one(Variant, last.variant_id).version_id
    factories.champion(session, session.get_one(Version, version_id))
    measured(session, made, 1, {0: (2, 3, 1)})
    assert places(session, made, View(sort=Sort.CHANGED)) == [1, 0, 2]


def test_until_pictures_are_measured_against_a_new_champion_changed_most_is_to_the_photo(
    session: Session,
) -> None:
    made = factories.comparison(session, photos=3, columns=2)
    measured(session, made, 0, {1: (1, 2, 3)})
    for output, changed in zip(
        session.scalars(select(Output).order_by(Output.id)), [0.1, 0.3, 0.2] * 2, strict=True
    ):
        output.changed = changed
    assert places(session, made, View(sort=Sort.CHANGED)) == [2, 1, 0]
    last = outputs.columns(session, made.id)[1]
    version_id = session.get_one(Variant, last.variant_id).version_id
    factories.champion(session, session.get_one(Version, version_id))
    assert places(session, made, View(sort=Sort.CHANGED)) == [1, 2, 0]


def test_a_single_column_changed_most_to_its_photo(session: Session) -> None:
    made = factories.comparison(session, photos=3)
    measured(session, made, 0, {})
    for output, changed in zip(
        session.scalars(select(Output).order_by(Output.id)), (0.1, 0.3, 0.2), strict=True
    ):
        output.changed = changed
    session.flush()
    assert places(session, made, View(sort=Sort.CHANGED)) == [1, 2, 0]


def test_photos_without_a_number_come_last_in_the_order_of_the_set(session: Session) -> None:
    made = factories.comparison(session, photos=3, columns=2)
    measured(session, made, 0, {1: (1, 2, 3)})
    for value in session.scalars(select(CellValue).where(CellValue.value < 3)):
        session.delete(value)
    session.flush()
    assert places(session, made, View(sort=Sort.CHANGED)) == [2, 0, 1]


def test_names_sort_as_they_are_written(session: Session) -> None:
    made = factories.comparison(session, photos=3)
    for sample, name in zip(session.scalars(select(Sample).order_by(Sample.id)), "bca", strict=True):
        sample.name = name
    session.flush()
    assert places(session, made, View(sort=Sort.NAME)) == [2, 0, 1]


def test_several_tags_must_all_be_there_and_each_is_counted(session: Session) -> None:
    tags = [("hair", "long"), ("light", "soft")]
    photos = [factories.sample(session, tags=each) for each in (tags, tags[:1], tags[1:], tags)]
    made = factories.comparison(session, photos=photos)
    assert places(session, made, View(tags=(tags[0],))) == [0, 1, 3]
    assert places(session, made, View(tags=tuple(tags))) == [0, 3]
    desk = comparisons.desk(session, made.public_id)
    assert views.tags(session, desk) == {tags[0]: 3, tags[1]: 3}


def test_failed_and_missing_are_told_apart(session: Session) -> None:
    made = factories.comparison(session, photos=3, columns=2)
    left, right = outputs.columns(session, made.id)
    for cell in outputs.holes(session, left):
        factories.output(session, left, cell)
    first, failed, _ = outputs.holes(session, right)
    factories.output(session, right, first)
    factories.output(session, right, failed, OutputState.ERROR)
    assert places(session, made, View(only=Only.FAILED)) == [1]
    assert places(session, made, View(only=Only.MISSING)) == [2]
