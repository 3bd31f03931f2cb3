import pytest
from sqlalchemy.orm import Session

from studio.db.versions import Version
from studio.domain.vocabulary import OutputState, Precision, RunState, StepState
from studio.errors import NotFound
from studio.queries import comparisons
from studio.services import outputs
from tests import factories


def test_a_desk_knows_its_columns_from_left_to_right_in_two_statements(session: Session, statements) -> None:
    version = factories.version(session)
    factories.champion(session, version)
    first = factories.variant(session, version)
    second = factories.variant(session, version, Precision.INT8)
    made = factories.comparison(session, photos=3, columns=[first, second])
    with statements(2):
        desk = comparisons.desk(session, made.public_id)
    assert [column.variant_id for column in desk.columns] == [first.id, second.id]
    assert [column.precision for column in desk.columns] == [Precision.FP32, Precision.INT8]
    assert all(column.champion for column in desk.columns)
    assert (desk.n, desk.columns[0].controls) == (3, factories.COPPER)


def test_a_column_says_on_how_many_photos_it_was_calibrated(session: Session) -> None:
    variant = factories.variant(session, precision=Precision.INT8)
    variant.recipe = {"calibration": {"photos": 2}}
    desk = comparisons.desk(session, factories.comparison(session, columns=[variant]).public_id)
    assert desk.columns[0].calibrated == 2


def test_a_former_champion_is_no_champion(session: Session) -> None:
    variant = factories.variant(session)
    reign = factories.champion(session, session.get_one(Version, variant.version_id))
    reign.until = reign.since
    desk = comparisons.desk(session, factories.comparison(session, columns=[variant]).public_id)
    assert not desk.columns[0].champion


def test_an_unknown_address_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        comparisons.desk(session, "nowhere")


def test_progress_counts_pictures_and_failures_by_column_in_three_statements(
    session: Session, statements
) -> None:
    made = factories.comparison(session, photos=3, columns=2)
    left, right = outputs.columns(session, made.id)
    for cell in outputs.holes(session, left):
        factories.output(session, left, cell)
    factories.output(session, right, outputs.holes(session, right)[0], OutputState.ERROR)
    desk = comparisons.desk(session, made.public_id)
    with statements(3):
        found = comparisons.progress(session, desk)
    assert (found.total, found.done, found.failed, found.missing) == (6, 3, 1, 2)
    assert found.made[0].changed == 0.25
    assert found.changes(desk.columns) == [(desk.columns[0], 0.25)]
    assert (found.run, found.state, found.running) == ("", None, False)


def test_progress_speaks_of_the_newest_run_only(session: Session) -> None:
    made = factories.comparison(session)
    factories.run(session, ("generate", StepState.ERROR), of=made)
    newest = factories.run(session, ("measure", StepState.RUNNING), of=made)
    found = comparisons.progress(session, comparisons.desk(session, made.public_id))
    assert (found.run, found.stage, found.error) == (newest.public_id, "measure", "")
    assert found.running


def test_a_run_that_ended_in_error_says_why(session: Session) -> None:
    made = factories.comparison(session)
    run = factories.run(session, of=made)
    failed = factories.step(run, "generate", StepState.ERROR)
    failed.error, failed.hint = "TorchServe does not answer.", "See the status page."
    session.add(failed)
    run.state, run.ended_at = RunState.ERROR, run.created_at
    found = comparisons.progress(session, comparisons.desk(session, made.public_id))
    assert (found.error, found.hint, found.stage) == (failed.error, failed.hint, "")


def test_the_tag_changes_with_what_is_shown(session: Session) -> None:
    made = factories.comparison(session)
    desk = comparisons.desk(session, made.public_id)
    before = comparisons.progress(session, desk).tag
    assert comparisons.progress(session, desk).tag == before
    (column,) = outputs.columns(session, made.id)
    factories.output(session, column, outputs.holes(session, column)[0])
    assert comparisons.progress(session, desk).tag != before
