from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.endpoints import Deployment
from studio.db.runs import Step
from studio.db.versions import Variant
from studio.domain.vocabulary import DeploymentState, OutputState, StepState
from studio.queries import cells, comparisons
from studio.services import outputs
from tests import factories


def window(session: Session, made: Comparison) -> cells.Window:
    desk = comparisons.desk(session, made.public_id)
    return cells.window(session, desk, range(desk.n))


def test_a_window_holds_consecutive_photos_in_three_statements(session: Session, statements) -> None:
    desk = comparisons.desk(session, factories.comparison(session, photos=5, columns=2).public_id)
    with statements(3):
        window = cells.window(session, desk, range(5), first=2, size=2)
    assert [line.position for line in window.lines] == [2, 3]
    assert [cell.column for cell in window.lines[0].cells] == [0, 1]
    assert [line.position for line in cells.window(session, desk, range(5), first=4, size=2).lines] == [4]


def test_all_windows_together_show_each_photo_once(session: Session) -> None:
    desk = comparisons.desk(session, factories.comparison(session, photos=7).public_id)
    windows = [cells.window(session, desk, range(7), first, size=3) for first in (0, 3, 6)]
    seen = [line.content_sha for window in windows for line in window.lines]
    assert len(seen) == len(set(seen)) == 7


def test_a_cell_is_a_picture_a_sentence_or_a_hole(session: Session) -> None:
    made = factories.comparison(session, photos=3)
    (column,) = outputs.columns(session, made.id)
    done, failed, _ = outputs.holes(session, column)
    picture = factories.output(session, column, done)
    factories.output(session, column, failed, OutputState.ERROR)
    first, second, third = (line.cells[0] for line in window(session, made).lines)
    assert (first.blob_sha, first.changed) == (picture.blob_sha, 0.25)
    assert (second.blob_sha, second.error) == (None, "The photo has no face.")
    assert (third.state, third.output_id, third.step) == (None, None, None)


def test_a_hole_says_how_near_its_work_is(session: Session) -> None:
    made = factories.comparison(session, columns=2)
    factories.run(session, ("generate", StepState.RUNNING), ("generate", StepState.PENDING), of=made)
    line = window(session, made).lines[0]
    assert [cell.step for cell in line.cells] == [StepState.RUNNING, StepState.PENDING]


def test_an_error_that_a_later_run_tries_again_is_under_way_until_it_fails_there_too(
    session: Session,
) -> None:
    made = factories.comparison(session, photos=1)
    (column,) = outputs.columns(session, made.id)
    first = factories.run(session, ("generate", StepState.DONE), of=made)
    failed = factories.output(session, column, outputs.holes(session, column)[0], OutputState.ERROR, first.id)

    def step() -> StepState | None:
        return window(session, made).lines[0].cells[0].step

    assert step() is None
    second = factories.run(session, ("generate", StepState.RUNNING), of=made)
    assert step() is StepState.RUNNING
    failed.run_id = second.id
    assert step() is None


def test_a_photo_comes_with_its_tags_as_the_revision_knew_them(session: Session) -> None:
    photo = factories.sample(session, tags=[("light", "soft"), ("hair", "long")])
    made = factories.comparison(session, photos=[photo])
    factories.annotate(session, photo)
    (line,) = window(session, made).lines
    assert line.tags == ("long", "soft")


def test_the_tag_of_a_window_changes_when_a_picture_comes(session: Session) -> None:
    made = factories.comparison(session)
    before = window(session, made).tag
    (column,) = outputs.columns(session, made.id)
    factories.output(session, column, outputs.holes(session, column)[0])
    assert window(session, made).tag != before


def test_a_cell_at_work_says_whether_it_waits_for_the_model(session: Session) -> None:
    made = factories.comparison(session, columns=2)
    factories.run(session, ("generate", StepState.RUNNING), ("generate", StepState.PENDING), of=made)
    assert [cell.loading for cell in window(session, made).lines[0].cells] == [True, False]
    left = session.get_one(Variant, outputs.columns(session, made.id)[0].variant_id)
    host = factories.endpoint(session)
    session.add(Deployment(endpoint_id=host.id, archive_sha=left.archive_sha, state=DeploymentState.LOADED))
    session.flush()
    assert [cell.loading for cell in window(session, made).lines[0].cells] == [False, False]


def test_a_run_of_one_cell_hides_nothing_of_the_run_that_fills_the_rest(session: Session) -> None:
    made = factories.comparison(session, photos=2)
    factories.run(session, ("generate", StepState.RUNNING), of=made)
    one = factories.run(session, of=made)
    session.add(factories.step(one, "generate", StepState.PENDING))
    session.flush()
    one_step = session.query(Step).filter(Step.run_id == one.id).one()
    one_step.subject = "c0:1-2"
    steps = [line.cells[0].step for line in window(session, made).lines]
    assert steps == [StepState.RUNNING, StepState.PENDING]
