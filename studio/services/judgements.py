"""How a night ends: what its columns came to is read, judged, and kept as its report."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.nights import Night
from studio.db.outputs import CellValue, Output, of_cell
from studio.db.runs import Run, Step
from studio.db.samples import RevisionItem
from studio.domain import night as judging
from studio.domain.measurement import NOTHING
from studio.domain.night import Finding, Seen
from studio.domain.vocabulary import NightState, OutputState, StepState
from studio.queries import comparisons, measurements

OWN = ("rest", "hair")
AGAINST_TWIN = {"difference_mean": "twin_difference"}


def close(session: Session, run_id: int) -> None:
    """Judge the night of this run and keep its report; one that was ended otherwise stays as it is."""
    run = session.get_one(Run, run_id)
    night = session.scalars(select(Night).where(Night.run_id == run_id)).one()
    if night.state != NightState.RUNNING:
        return
    columns = _columns(session, run)
    reason, hint = _why_incomplete(session, run, columns)
    findings = [] if reason else _findings(columns)
    night.state = NightState.UNTRUSTED if reason else judging.state(findings)
    night.report = {
        "reason": reason,
        "hint": hint,
        "findings": [asdict(finding) for finding in judging.ordered(findings)],
    }
    night.ended_at = now()
    session.commit()


def _columns(session: Session, run: Run) -> list[tuple[str, Seen]]:
    """Role and content of each column, from left to right."""
    comparison = session.get_one(Comparison, run.comparison_id)
    numbers = measurements.numbers(session, comparisons.desk(session, comparison.public_id))
    cells, failed = _cells(session, comparison), _failed(session, comparison)
    who: list[dict[str, str]] = run.args["columns"]
    return [
        (
            each["role"],
            Seen(
                column,
                each["version"],
                each["precision"],
                cells.get(column, {}),
                numbers.get(column, NOTHING),
                failed.get(column, {}),
            ),
        )
        for column, each in enumerate(who)
    ]


def _failed(session: Session, comparison: Comparison) -> dict[int, dict[int, str]]:
    """By column and photo, why there is no picture."""
    found: dict[int, dict[int, str]] = {}
    for column, photo, said in session.execute(
        _cells_of(comparison, Output.error_text).where(Output.state == OutputState.ERROR)
    ):
        found.setdefault(column, {})[photo] = said
    return found


def _cells(session: Session, comparison: Comparison) -> dict[int, dict[str, dict[int, float]]]:
    """Values of the pictures by column, metric and photo."""
    rows = session.execute(
        _cells_of(comparison, CellValue)
        .join(CellValue, CellValue.output_id == Output.id)
        .where(
            or_(
                CellValue.metric.in_(OWN) & CellValue.against_output_id.is_(None),
                CellValue.metric.in_(AGAINST_TWIN) & CellValue.against_output_id.is_not(None),
            )
        )
    )
    found: dict[int, dict[str, dict[int, float]]] = {}
    for column, photo, value in rows:
        metric = AGAINST_TWIN.get(value.metric, value.metric)
        found.setdefault(column, {}).setdefault(metric, {})[photo] = value.value
    return found


def _cells_of(comparison: Comparison, wanted: Any) -> Select[Any]:
    """Column, photo and `wanted` of every output of a comparison."""
    return (
        select(ComparisonColumn.position, RevisionItem.position, wanted)
        .select_from(ComparisonColumn)
        .join(RevisionItem, RevisionItem.revision_id == comparison.revision_id)
        .join(Output, of_cell(ComparisonColumn, RevisionItem.annotation_id))
        .where(ComparisonColumn.comparison_id == comparison.id)
        .order_by(ComparisonColumn.position, RevisionItem.position)
    )


def _why_incomplete(session: Session, run: Run, columns: list[tuple[str, Seen]]) -> tuple[str, str]:
    """Why nothing can be said, and what to do; empty when the night is complete."""
    broken = session.scalar(
        select(Step).where(Step.run_id == run.id, Step.state == StepState.ERROR).order_by(Step.id).limit(1)
    )
    if broken is not None:
        return f"The step {broken.name} failed: {broken.error}", broken.hint
    failed = next((seen.failed for role, seen in columns if role != "candidate" and seen.failed), None)
    if failed:
        return (
            f"The champion has no picture of photo {min(failed) + 1}: {failed[min(failed)]}",
            "Mend the photo, or take it out of the night's set.",
        )
    return "", ""


def _findings(columns: list[tuple[str, Seen]]) -> list[Finding]:
    """Each candidate against the champion at its own precision."""
    by = {
        role: {seen.precision: seen for at, seen in columns if at == role} for role in ("champion", "again")
    }
    return [
        finding
        for role, seen in columns
        if role == "candidate" and seen.precision in by["champion"]
        for finding in judging.judge(by["champion"][seen.precision], by["again"][seen.precision], seen)
    ]
