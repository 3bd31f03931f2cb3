"""Which photos a view of the desk shows, in its order, and how many each filter would leave."""

from collections.abc import Sequence

from sqlalchemy import ScalarSelect, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from studio.db.comparisons import ComparisonColumn
from studio.db.outputs import CellValue, Output, of_cell
from studio.db.samples import AnnotationTag, RevisionItem, Sample
from studio.domain.desk import baselines
from studio.domain.view import Only, Sort, View
from studio.domain.vocabulary import OutputState
from studio.queries.comparisons import Desk

AGAINST = "apart"  # mean ΔE: unlike a share of changed pixels it does not stop growing


def places(session: Session, desk: Desk, view: View) -> Sequence[int]:
    """Positions in the set, in the order of the view; no statement where the whole set is shown."""
    if view.whole:
        return range(desk.n)
    statement = select(RevisionItem.position).where(RevisionItem.revision_id == desk.revision_id)
    for key, value in view.tags:
        tag = aliased(AnnotationTag)
        statement = statement.join(
            tag,
            and_(tag.annotation_id == RevisionItem.annotation_id, tag.key == key, tag.value == value),
        )
    statement = _only(statement, desk, view.only)
    if view.sort is not Sort.CHANGED:
        return list(session.scalars(_sorted(statement, view.sort)))
    if baselines(desk.columns):
        found = session.execute(_most_first(statement, _to_baseline(desk))).all()
        if found and found[0].change is not None:
            return [row.position for row in found]
    return list(session.scalars(_most_first(statement, _to_input(desk))))


def held(session: Session, desk: Desk) -> bool:
    """Whether any picture is measured against its baseline's: after a change of champion none is until the next run."""
    if not baselines(desk.columns):
        return False
    measured = select(RevisionItem.position).where(
        RevisionItem.revision_id == desk.revision_id, _to_baseline(desk).is_not(None)
    )
    return session.scalar(measured.limit(1)) is not None


def tags(session: Session, desk: Desk) -> dict[tuple[str, str], int]:
    """How many photos have each tag, in one statement."""
    rows = session.execute(
        select(AnnotationTag.key, AnnotationTag.value, func.count())
        .join(RevisionItem, RevisionItem.annotation_id == AnnotationTag.annotation_id)
        .where(RevisionItem.revision_id == desk.revision_id)
        .group_by(AnnotationTag.key, AnnotationTag.value)
        .order_by(AnnotationTag.key, AnnotationTag.value)
    )
    return {(key, value): n for key, value, n in rows}


def _only(statement: Select[int], desk: Desk, only: Only) -> Select[int]:
    if only is Only.ALL:
        return statement
    made = select(Output.id).where(of_cell(ComparisonColumn, RevisionItem.annotation_id))
    if only is Only.FAILED:
        made = made.where(Output.state == OutputState.ERROR)
    there = made.correlate(ComparisonColumn, RevisionItem).exists()
    of_desk = select(ComparisonColumn.position).where(
        ComparisonColumn.comparison_id == desk.id, there if only is Only.FAILED else ~there
    )
    return statement.where(of_desk.correlate(RevisionItem).exists())


def _sorted(statement: Select[int], sort: Sort) -> Select[int]:
    if sort is Sort.NAME:
        statement = statement.join(Sample, Sample.id == RevisionItem.sample_id).order_by(Sample.name)
    return statement.order_by(RevisionItem.position)


def _most_first(statement: Select[int], change: ScalarSelect[float]) -> Select[int, float]:
    told = change.label("change")
    return statement.add_columns(told).order_by(told.desc().nulls_last(), RevisionItem.position)


def _to_baseline(desk: Desk) -> ScalarSelect[float]:
    """Mean change of a photo's pictures to those of their baselines, over the columns that have one."""
    base, against = aliased(ComparisonColumn), aliased(Output)
    return (
        select(func.avg(CellValue.value))
        .select_from(base)
        .join(against, of_cell(base, RevisionItem.annotation_id, against))
        .join(CellValue, and_(CellValue.against_output_id == against.id, CellValue.metric == AGAINST))
        .join(Output, Output.id == CellValue.output_id)
        .where(
            base.comparison_id == desk.id,
            tuple_(base.position, Output.variant_id, Output.controls_id, Output.take_id).in_(_held(desk)),
        )
        .correlate(RevisionItem)
        .scalar_subquery()
    )


def _held(desk: Desk) -> Select[int, int, int, int]:
    """Position of each baseline, and what the columns held against it are made of; the database reads it once."""
    base, column = aliased(ComparisonColumn), aliased(ComparisonColumn)
    pairs = (
        and_(base.position == of, column.position == position)
        for position, of in baselines(desk.columns).items()
    )
    return (
        select(base.position, column.variant_id, column.controls_id, column.take_id)
        .join(column, and_(column.comparison_id == base.comparison_id, or_(*pairs)))
        .where(base.comparison_id == desk.id)
    )


def _to_input(desk: Desk) -> ScalarSelect[float]:
    return (
        select(func.avg(Output.changed))
        .select_from(ComparisonColumn)
        .join(Output, of_cell(ComparisonColumn, RevisionItem.annotation_id))
        .where(ComparisonColumn.comparison_id == desk.id)
        .correlate(RevisionItem)
        .scalar_subquery()
    )
