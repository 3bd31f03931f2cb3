from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.outputs import CellValue, Output
from studio.db.runs import Run
from studio.db.samples import Sample
from studio.db.versions import Variant
from studio.domain.vocabulary import OutputState, RunKind, StepState
from studio.errors import EndpointRefused
from studio.services import comparisons, outputs
from studio.services.outputs import Cell, Column, Picture
from tests import factories

REFUSED = EndpointRefused("The photo has no face.", "Choose another one.")


def column_of(session: Session, *, photos: int | Sequence[Sample] = 3, **asked: Any) -> Column:
    (column, *_) = outputs.columns(session, factories.comparison(session, photos=photos, **asked).id)
    return column


def run_of(session: Session) -> int:
    return factories.run(session, ("generate", StepState.RUNNING)).id


def picture(name: object = "first") -> Picture:
    return Picture(factories.sha(name), 1_000, 64, 64, changed=0.25, compute_ms=12.0, queue_ms=1.0)


def save(session: Session, column: Column, cell: Cell, run_id: int, name: object = "first") -> None:
    outputs.save(session, column, cell, run_id, factories.endpoint(session).id, picture(name))


def only(session: Session) -> Output:
    return session.scalars(select(Output).execution_options(populate_existing=True)).one()


def test_a_done_cell_is_never_replaced(session: Session) -> None:
    column = column_of(session, photos=1)
    (cell,) = outputs.holes(session, column)
    first, second = run_of(session), run_of(session)
    save(session, column, cell, first)
    save(session, column, cell, second, "second")
    outputs.fail(session, column, cell, second, REFUSED)
    kept = only(session)
    assert (kept.state, kept.blob_sha, kept.run_id) == (OutputState.DONE, factories.sha("first"), first)


def test_an_error_cell_is_healed_whole(session: Session) -> None:
    column = column_of(session, photos=1)
    (cell,) = outputs.holes(session, column)
    outputs.fail(session, column, cell, run_of(session), REFUSED)
    assert only(session).error_text == "The photo has no face. Choose another one."
    assert only(session).error_code == "EndpointRefused"
    second = run_of(session)
    save(session, column, cell, second)
    healed = only(session)
    assert (healed.state, healed.run_id) == (OutputState.DONE, second)
    assert (healed.error_code, healed.error_text) == ("", "")
    assert (healed.size, healed.width, healed.changed, healed.compute_ms) == (1_000, 64, 0.25, 12.0)


def test_an_error_of_a_later_run_replaces_the_earlier_sentence(session: Session) -> None:
    column = column_of(session, photos=1)
    (cell,) = outputs.holes(session, column)
    for sentence in ("first", "second"):
        outputs.fail(session, column, cell, run_of(session), EndpointRefused(sentence))
    assert only(session).error_text == "second"


def test_holes_are_the_cells_without_a_picture_in_the_order_of_the_set(session: Session) -> None:
    column = column_of(session, photos=5)
    cells = outputs.holes(session, column)
    assert [cell.position for cell in cells] == [0, 1, 2, 3, 4]
    save(session, column, cells[3], run_of(session))
    assert [cell.position for cell in outputs.holes(session, column)] == [0, 1, 2, 4]
    assert [cell.position for cell in outputs.holes(session, column, None, (1, 4))] == [1, 2]


def test_an_error_is_a_hole_for_every_run_but_its_own(session: Session) -> None:
    column = column_of(session, photos=2)
    cells = outputs.holes(session, column)
    run_id = run_of(session)
    outputs.fail(session, column, cells[0], run_id, REFUSED)
    assert [cell.position for cell in outputs.holes(session, column, run_id)] == [1]
    assert [cell.position for cell in outputs.holes(session, column, run_of(session))] == [0, 1]
    assert [cell.position for cell in outputs.holes(session, column)] == [0, 1]


def test_an_error_without_a_run_is_a_hole(session: Session) -> None:
    column = column_of(session, photos=1)
    (cell,) = outputs.holes(session, column)
    factories.output(session, column, cell, OutputState.ERROR)
    assert outputs.holes(session, column, run_of(session)) == [cell]


def test_columns_that_differ_in_controls_or_take_have_cells_of_their_own(session: Session) -> None:
    shown = factories.variant(session)
    column = column_of(session, photos=1, columns=[shown])
    other = column_of(session, photos=1, columns=[shown], controls={"colour": "ash"})
    assert column.controls_id != other.controls_id
    save(session, column, outputs.holes(session, column)[0], run_of(session))
    assert len(outputs.holes(session, other)) == 1


def test_the_spelling_of_controls_does_not_matter(session: Session) -> None:
    one = comparisons.controls(session, {"colour": "구리", "strength": 1})
    assert comparisons.controls(session, {"strength": 1, "colour": "구리"}).id == one.id
    assert comparisons.controls(session, {"strength": 2, "colour": "구리"}).id != one.id


def new_set(session: Session, column: Column, *members: Sample) -> Column:
    """The same column over another set."""
    shown = session.get_one(Variant, column.variant_id)
    return column_of(session, photos=members, columns=[shown])


def test_equal_inputs_at_take_0_are_computed_once_ever(session: Session) -> None:
    known, new = factories.sample(session), factories.sample(session)
    column = column_of(session, photos=[known])
    save(session, column, outputs.holes(session, column)[0], run_of(session))
    factories.annotate(session, known)
    later = new_set(session, column, known, new)
    run_id = run_of(session)
    cells = outputs.holes(session, later, run_id)
    assert len(cells) == 2
    left = outputs.reuse(session, later, cells, run_id)
    assert [cell.photo_sha for cell in left] == [new.content_sha]
    (done,) = outputs.done(session, later)
    assert (done.blob_sha, done.photo_sha) == (factories.sha("first"), known.content_sha)


def test_in_a_take_of_its_own_nothing_is_reused(session: Session) -> None:
    known = factories.sample(session)
    column = column_of(session, photos=[known])
    run_id = run_of(session)
    save(session, column, outputs.holes(session, column)[0], run_id)
    again = Column(**{**column.__dict__, "take_id": factories.take(session).id})
    cells = outputs.holes(session, again, run_id)
    assert outputs.reuse(session, again, cells, run_id) == cells
    save(session, again, cells[0], run_id, "again")
    assert outputs.done(session, again)[0].blob_sha == factories.sha("again")
    assert outputs.done(session, column)[0].blob_sha == factories.sha("first")


def test_an_error_is_never_reused(session: Session) -> None:
    known = factories.sample(session)
    column = column_of(session, photos=[known])
    outputs.fail(session, column, outputs.holes(session, column)[0], run_of(session), REFUSED)
    factories.annotate(session, known)
    later = new_set(session, column, known)
    cells = outputs.holes(session, later)
    assert outputs.reuse(session, later, cells, run_of(session)) == cells


def test_the_finished_cells_come_in_the_order_of_the_set(session: Session) -> None:
    column = column_of(session, photos=3)
    cells = outputs.holes(session, column)
    for cell in reversed(cells):
        save(session, column, cell, run_of(session), cell.position)
    assert [done.position for done in outputs.done(session, column)] == [0, 1, 2]
    assert [done.photo_sha for done in outputs.done(session, column)] == [cell.photo_sha for cell in cells]


def test_a_number_of_a_cell_replaces_itself_in_both_halves(session: Session) -> None:
    column = column_of(session, photos=2)
    made, twin = (factories.output(session, column, cell).id for cell in outputs.holes(session, column))
    values = [(made, "psnr", None, 40.0), (made, "psnr", twin, 50.0), (made, "ssim", None, 0.9)]
    outputs.measured(session, values)
    outputs.measured(session, [(made, "psnr", None, 41.0)])
    outputs.measured(session, [(made, "psnr", twin, 51.0)])
    kept = session.execute(select(CellValue.metric, CellValue.against_output_id, CellValue.value))
    assert sorted(map(tuple, kept), key=str) == [
        ("psnr", made + 1, 51.0), ("psnr", None, 41.0), ("ssim", None, 0.9)
    ]  # fmt: skip


def test_a_photo_under_controls_in_two_comparisons_is_one_output(session: Session) -> None:
    members, shown = [factories.sample(session)], [factories.variant(session)]
    first = column_of(session, photos=members, columns=shown)
    second = column_of(session, photos=members, columns=shown)
    save(session, first, outputs.holes(session, first)[0], run_of(session))
    assert outputs.holes(session, second) == []
    assert session.scalar(select(func.count()).select_from(Output)) == 1


@pytest.mark.parametrize("kind", list(RunKind))
def test_every_kind_of_run_fits_its_column(session: Session, kind: RunKind) -> None:
    assert session.get_one(Run, factories.run(session, kind=kind).id).kind is kind
