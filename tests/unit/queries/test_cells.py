from sqlalchemy.orm import Session

from studio.domain.vocabulary import OutputState, StepState
from studio.queries import cells, comparisons
from studio.services import outputs
from tests import factories


def test_a_window_holds_consecutive_photos_in_three_statements(session: Session, statements) -> None:
    desk = comparisons.desk(session, factories.comparison(session, photos=5, columns=2).public_id)
    with statements(3):
        window = cells.window(session, desk, first=2, size=2)
    assert [line.position for line in window.lines] == [2, 3]
    assert [cell.column for cell in window.lines[0].cells] == [0, 1]
    assert [line.position for line in cells.window(session, desk, first=4, size=2).lines] == [4]


def test_all_windows_together_show_each_photo_once(session: Session) -> None:
    desk = comparisons.desk(session, factories.comparison(session, photos=7).public_id)
    windows = [cells.window(session, desk, first, size=3) for first in (0, 3, 6)]
    seen = [line.content_sha for window in windows for line in window.lines]
    assert len(seen) == len(set(seen)) == 7


def test_a_cell_is_a_picture_a_sentence_or_a_hole(session: Session) -> None:
    made = factories.comparison(session, photos=3)
    (column,) = outputs.columns(session, made.id)
    done, failed, _ = outputs.holes(session, column)
    picture = factories.output(session, column, done)
    factories.output(session, column, failed, OutputState.ERROR)
    first, second, third = (
        line.cells[0] for line in cells.window(session, comparisons.desk(session, made.public_id)).lines
    )
    assert (first.blob_sha, first.changed) == (picture.blob_sha, 0.25)
    assert (second.blob_sha, second.error) == (None, "The photo has no face.")
    assert (third.state, third.output_id, third.step) == (None, None, None)


def test_a_hole_says_how_near_its_work_is(session: Session) -> None:
    made = factories.comparison(session, columns=2)
    factories.run(session, ("generate", StepState.RUNNING), ("generate", StepState.PENDING), of=made)
    line = cells.window(session, comparisons.desk(session, made.public_id)).lines[0]
    assert [cell.step for cell in line.cells] == [StepState.RUNNING, StepState.PENDING]


def test_an_error_that_a_later_run_tries_again_is_under_way_until_it_fails_there_too(
    session: Session,
) -> None:
    made = factories.comparison(session, photos=1)
    (column,) = outputs.columns(session, made.id)
    first = factories.run(session, ("generate", StepState.DONE), of=made)
    failed = factories.output(session, column, outputs.holes(session, column)[0], OutputState.ERROR, first.id)
    desk = comparisons.desk(session, made.public_id)

    def step() -> StepState | None:
        return cells.window(session, desk).lines[0].cells[0].step

    assert step() is None
    second = factories.run(session, ("generate", StepState.RUNNING), of=made)
    assert step() is StepState.RUNNING
    failed.run_id = second.id
    assert step() is None


def test_a_photo_comes_with_its_tags_as_the_revision_knew_them(session: Session) -> None:
    photo = factories.sample(session, tags=[("light", "soft"), ("hair", "long")])
    made = factories.comparison(session, photos=[photo])
    factories.annotate(session, photo)
    (line,) = cells.window(session, comparisons.desk(session, made.public_id)).lines
    assert line.tags == ("long", "soft")


def test_the_tag_of_a_window_changes_when_a_picture_comes(session: Session) -> None:
    made = factories.comparison(session)
    desk = comparisons.desk(session, made.public_id)
    before = cells.window(session, desk).tag
    (column,) = outputs.columns(session, made.id)
    factories.output(session, column, outputs.holes(session, column)[0])
    assert cells.window(session, desk).tag != before
