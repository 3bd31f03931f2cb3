import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.outputs import Output
from studio.db.runs import Run, Step
from studio.domain.vocabulary import Fill, OutputState, StepState
from studio.errors import NotFound
from studio.queries import comparisons
from studio.services import outputs, runs
from tests import factories


@pytest.fixture
def made(session: Session) -> Comparison:
    """One column on three photos: a picture, a failure and a hole."""
    found = factories.comparison(session, photos=3)
    (column,) = outputs.columns(session, found.id)
    first, second, _ = outputs.holes(session, column)
    factories.output(session, column, first)
    factories.output(session, column, second, OutputState.ERROR)
    session.commit()
    return found


def failed(session: Session) -> Output:
    return session.scalars(select(Output).where(Output.state == OutputState.ERROR)).one()


def test_a_run_fills_what_it_is_asked_to_fill(session: Session, made: Comparison) -> None:
    (column,) = outputs.columns(session, made.id)
    wanted = {fill: [cell.position for cell in outputs.holes(session, column, fill=fill)] for fill in Fill}
    assert wanted == {Fill.ALL: [1, 2], Fill.FAILED: [1], Fill.MISSING: [2]}
    assert runs.start_comparison(session, made.by, made.id, fill=Fill.FAILED).args["fill"] == "failed"


def test_a_retry_of_one_cell_is_not_the_run_under_way_of_the_whole(
    session: Session, made: Comparison
) -> None:
    one = runs.retry_output(session, made.by, made.id, failed(session).id)
    desk = comparisons.desk(session, made.public_id)
    assert comparisons.progress(session, desk).alone
    whole = runs.start_comparison(session, made.by, made.id)
    assert whole.id != one.id
    found = comparisons.progress(session, desk)
    assert (found.run, found.alone) == (whole.public_id, False)
    assert runs.start_comparison(session, made.by, made.id).id == whole.id


def test_a_retry_that_is_under_way_is_not_started_twice(session: Session, made: Comparison) -> None:
    runs.start_comparison(session, made.by, made.id)
    first = runs.retry_output(session, made.by, made.id, failed(session).id)
    again = runs.retry_output(session, made.by, made.id, failed(session).id)
    assert first.id == again.id
    (step,) = session.scalars(select(Step).where(Step.run_id == first.id))
    assert step.subject == "c0:1-2"


def test_a_picture_that_is_there_needs_no_second_try(session: Session, made: Comparison) -> None:
    done = session.scalars(select(Output).where(Output.state == OutputState.DONE)).one()
    with pytest.raises(NotFound):
        runs.retry_output(session, made.by, made.id, done.id)
    assert session.scalars(select(Run)).all() == []


def test_run_again_keeps_equal_columns_apart_and_twins_together(session: Session) -> None:
    left, right = factories.variant(session), factories.variant(session)
    twice = factories.comparison(session, columns=[left, right, left])
    runs.start_comparison(session, twice.by, twice.id, again=True)
    takes = [column.take_id for column in outputs.columns(session, twice.id)]
    assert takes[0] == takes[1] != takes[2]
    assert 0 not in takes


def test_cells_of_a_cancelled_run_are_not_under_way(session: Session, made: Comparison) -> None:
    run = runs.start_comparison(session, made.by, made.id)
    runs.cancel(session, made.by, run.public_id)
    states = set(session.scalars(select(Step.state).where(Step.run_id == run.id)))
    assert states == {StepState.CANCELLED}
    assert not comparisons.progress(session, comparisons.desk(session, made.public_id)).running
