import pytest
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.versions import Group, Version
from studio.domain.draft import FRESH, Wanted
from studio.domain.vocabulary import Precision, Purpose, VariantState
from studio.errors import NotFound
from studio.queries import choices
from studio.queries.forecasts import forecast
from studio.services import outputs
from tests import factories

COLOURS = {"attributes": {"colour": ["black", "copper"]}}


def grown(session: Session, n: int = 2) -> tuple[Group, list[Version]]:
    """A group with versions in both precisions; the first is champion, the last candidate."""
    line = factories.group(session, compare_revision_id=factories.revision(session, 3).id)
    versions = [factories.version(session, line) for _ in range(n)]
    for each in versions:
        each.manifest = COLOURS
        for precision in Precision:
            factories.variant(session, each, precision)
    factories.champion(session, versions[0])
    versions[-1].candidate_at = now()
    session.commit()
    return line, versions


def test_the_question_is_the_candidate_against_the_champion_in_full_precision(session: Session) -> None:
    line, versions = grown(session, 3)
    found = choices.choices(session, line.slug)
    asked = found.question()
    assert asked.revision_id == line.compare_revision_id
    shown = [found.variants[each.variant_id] for each in asked.columns]
    assert [each.version for each in shown] == [versions[0].name, versions[2].name]
    assert {each.precision for each in shown} == {Precision.FP32}
    assert [each.controls for each in asked.columns] == [{"colour": "black"}] * 2


def test_int8_is_the_same_question_and_both_stand_side_by_side(session: Session) -> None:
    line, _ = grown(session)
    found = choices.choices(session, line.slug)
    (left, right) = found.question((Precision.INT8,)).columns
    assert {found.variants[each.variant_id].precision for each in (left, right)} == {Precision.INT8}
    assert len(found.question(tuple(Precision)).columns) == 4


def test_without_champion_and_candidate_the_two_newest_are_asked_about(session: Session) -> None:
    line = factories.group(session)
    names = []
    for _ in range(3):
        version = factories.version(session, line)
        factories.variant(session, version)
        names.append(version.name)
    found = choices.choices(session, line.slug)
    asked = [found.variants[each.variant_id].version for each in found.question().columns]
    assert asked == names[1:]


def test_what_is_offered_is_ready_and_the_own_group_comes_first(session: Session, statements) -> None:
    line, _ = grown(session)
    other, _ = grown(session)
    factories.variant(session, factories.version(session, line), state=VariantState.FAILED)
    calibration = factories.revision(session, 2, purpose=Purpose.CALIBRATE)
    retired = factories.revision(session, 2)
    retired.retired_at = now()
    session.flush()
    with statements(5):
        found = choices.choices(session, line.slug)
    assert [each.group_slug for each in found.variants.values()] == [line.slug] * 4 + [other.slug] * 4
    assert calibration.id not in found.revisions
    assert retired.id not in found.revisions
    assert line.compare_revision_id in found.revisions


def test_a_group_nobody_knows_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        choices.choices(session, "nowhere")


def test_a_forecast_counts_what_is_missing_and_how_long_it_took_before(session: Session) -> None:
    made = factories.comparison(session, photos=3, columns=2)
    left, right = outputs.columns(session, made.id)
    for cell in outputs.holes(session, left)[:2]:
        factories.output(session, left, cell).compute_ms = 992.0
    session.flush()
    columns = [Wanted(each.variant_id, each.controls) for each in (left, right)]
    found = forecast(session, made.revision_id, columns, 1)
    assert (found.total, found.missing) == (6, 4)
    assert found.seconds == pytest.approx(4.0)
    assert forecast(session, made.revision_id, columns, 2).seconds == pytest.approx(2.0)


def test_a_fresh_take_is_made_anew_and_equal_columns_are_made_once(session: Session) -> None:
    made = factories.comparison(session, photos=3)
    (column,) = outputs.columns(session, made.id)
    for cell in outputs.holes(session, column):
        factories.output(session, column, cell)
    session.flush()
    wanted = Wanted(column.variant_id, column.controls)
    assert forecast(session, made.revision_id, [wanted, wanted], 1).missing == 0
    fresh = Wanted(column.variant_id, column.controls, FRESH)
    assert forecast(session, made.revision_id, [wanted, fresh, fresh], 1).missing == 6
    other = Wanted(column.variant_id, {"colour": "black"})
    assert forecast(session, made.revision_id, [other, other], 1).missing == 3


def test_without_any_time_nothing_is_promised(session: Session) -> None:
    made = factories.comparison(session, photos=3)
    (column,) = outputs.columns(session, made.id)
    assert forecast(session, made.revision_id, [Wanted(column.variant_id, {})], 1).seconds is None
