"""Runs: the work that fills what is missing, stage by stage. Each verb leaves SQL consistent in one commit."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import Take
from studio.db.runs import Run, Step
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.pipeline import chunk_subject
from studio.domain.vocabulary import (
    OPEN_RUNS,
    OPEN_STEPS,
    Fill,
    Precision,
    RunKind,
    RunState,
    StepState,
    VariantState,
)
from studio.errors import NotFound
from studio.services import accounts, comparisons, outputs, stages, steps
from studio.services.steps import Claim, End, Watch

log = logging.getLogger(__name__)


def start(
    session: Session,
    person_id: int,
    kind: RunKind,
    args: Mapping[str, Any],
    *,
    comparison_id: int | None = None,
    group_id: int | None = None,
) -> Run:
    """Add a run and the steps of its first stage to the caller's transaction."""
    run = Run(
        kind=kind,
        args=dict(args),
        comparison_id=comparison_id,
        group_id=group_id,
        state=RunState.PENDING,
        by=person_id,
    )
    session.add(run)
    session.flush()
    accounts.record(session, person_id, "start", ("run", run.id), after={"kind": kind.value, **args})
    _advance(session, run)
    return run


def start_comparison(
    session: Session, person_id: int, comparison_id: int, *, again: bool = False, fill: Fill = Fill.ALL
) -> Run:
    """Compute what a comparison lacks; error cells are tried again, done cells stay.

    Args:
        again: compute every cell anew in a take of its own, which the columns then show.
        fill: only what failed, or only what was never tried.

    Returns:
        The new run, or the one that is at work on the whole comparison already.
    """
    comparison = session.get(Comparison, comparison_id, with_for_update=True)  # two may click at once
    if comparison is None:
        raise NotFound("There is no such comparison.", "Open it from the start page.")
    if (under_way := _under_way(session, comparison_id)) is not None:
        return under_way
    takes = _new_takes(session, comparison_id) if again else []
    run = start(
        session,
        person_id,
        RunKind.COMPARE,
        {"again": again, "fill": fill.value},
        comparison_id=comparison_id,
        group_id=comparison.group_id,
    )
    for take in takes:
        take.run_id = run.id
    session.commit()
    return run


def _new_takes(session: Session, comparison_id: int) -> list[Take]:
    """A new take for the columns; equal columns, which measure what chance does, get one each."""
    takes: list[Take] = []
    seen: Counter[tuple[int, int]] = Counter()
    for column in session.scalars(
        select(ComparisonColumn)
        .where(ComparisonColumn.comparison_id == comparison_id)
        .order_by(ComparisonColumn.position)
    ):
        turn = seen[column.variant_id, column.controls_id]
        seen[column.variant_id, column.controls_id] += 1
        if turn == len(takes):
            takes.append(Take(note="run again"))
            session.add(takes[-1])
            session.flush()
        column.take_id = takes[turn].id
    return takes


def retry_output(session: Session, person_id: int, comparison_id: int, output_id: int) -> Run:
    """Try one error cell again, and nothing else that is missing; where that is under way, it is that run.

    Raises:
        NotFound: the cell is no error cell of this comparison.
    """
    comparison = session.get(Comparison, comparison_id, with_for_update=True)  # two may click at once
    place = outputs.failed_at(session, comparison_id, output_id)
    if comparison is None or place is None:
        raise NotFound("That cell needs no second try.", "Reload the page.")
    column, photo = place
    only = chunk_subject(column, photo, photo + 1)
    run = _under_way(session, comparison_id, only) or start(
        session,
        person_id,
        RunKind.COMPARE,
        {"only": only},
        comparison_id=comparison_id,
        group_id=comparison.group_id,
    )
    session.commit()
    return run


def cancel(session: Session, person_id: int, run_public_id: str) -> Run:
    """Stop a run: what waits never starts, what runs stops at its next picture, what is done stays."""
    run_id = session.scalar(select(Run.id).where(Run.public_id == run_public_id))
    if run_id is None:
        raise NotFound("There is no such run.", "Reload the page.")
    run = _locked(session, run_id)
    if run.state in OPEN_RUNS and run.cancel_at is None:
        run.cancel_at = now()
        accounts.record(session, person_id, "cancel", ("run", run.id))
        session.execute(
            update(Step)
            .where(Step.run_id == run.id, Step.state.in_((StepState.PENDING, StepState.SENT)))
            .values(state=StepState.CANCELLED, ended_at=now())
        )
        _advance(session, run)
        session.commit()
    return run


def finish(session: Session, held: Claim, end: End) -> bool:
    """Close a step and make what comes next, in one commit; False if the step was taken back meanwhile."""
    run = _locked(session, held.run_id)
    if run.cancel_at is not None and end.state != StepState.DONE:
        end = replace(end, state=StepState.CANCELLED)  # nobody may claim it for another attempt
    if not steps.close(session, held, end):
        session.rollback()
        return False
    _advance(session, run)
    session.commit()
    return True


def take_back(session: Session, watch: Watch, at: float, gone: list[str]) -> list[Claim]:
    """Return the steps of holders that died or fell silent to the queue; one that keeps killing ends as error."""
    lost = steps.lost(session, watch, at, gone)
    end = End(
        StepState.ERROR, "The worker stopped in the middle.", "Look at the log of the worker; then run again."
    )
    for held in lost:
        try:
            finish(session, held, end)
        except DBAPIError:
            raise
        except Exception:  # one run that cannot go on must not keep all others from it
            session.rollback()
            log.exception("not taken back: step %s", held.step_id)
    return lost


def _under_way(session: Session, comparison_id: int, only: str | None = None) -> Run | None:
    """The run at work on the whole comparison, or on one cell of it alone."""
    open_runs = session.scalars(
        select(Run).where(Run.comparison_id == comparison_id, Run.state.in_(OPEN_RUNS)).order_by(Run.id)
    )
    return next((run for run in open_runs if run.args.get("only") == only), None)


def _locked(session: Session, run_id: int) -> Run:
    """The run as it is now, for this transaction alone.

    Two steps that end at the same moment must not both see the other one open, nor miss a cancel.
    """
    return session.get_one(Run, run_id, populate_existing=True, with_for_update=True)


def _advance(session: Session, run: Run) -> None:
    """Make the steps of the next stage once all of this one have ended, or end the run."""
    session.flush()
    states = dict(
        session.execute(
            select(Step.state, func.count()).where(Step.run_id == run.id).group_by(Step.state)
        ).all()
    )
    if any(state in states for state in OPEN_STEPS):
        run.state = RunState.RUNNING
        return
    if run.cancel_at is not None:
        _end(run, RunState.CANCELLED)
        return
    left = stages.left(session, run)
    if StepState.ERROR in states and run.kind != RunKind.REGISTER:
        left = left[-1:] if run.kind == RunKind.NIGHT else ()  # a night is judged however it went
    for stage in left:
        subjects = stages.subjects(session, run, stage)
        if subjects:
            session.add_all(Step(run_id=run.id, name=stage, subject=subject) for subject in subjects)
            run.state = RunState.RUNNING
            return
    _end(run, RunState.ERROR if StepState.ERROR in states else RunState.DONE)
    if run.kind == RunKind.REGISTER:
        _compare_registered(session, run)


def _end(run: Run, state: RunState) -> None:
    run.state = state
    run.ended_at = now()


def _compare_registered(session: Session, run: Run) -> None:
    """A version that serves is compared on its group's photos without a hand step."""
    version = session.get_one(Version, run.args["version"])
    group = session.get_one(Group, version.group_id)
    ready = list(
        session.scalars(
            select(Variant)
            .where(Variant.version_id == version.id, Variant.state == VariantState.READY)
            .order_by(Variant.precision)
        )
    )
    if not ready or group.compare_revision_id is None:
        return
    beside = _beside(session, version)
    shown = ([beside[1]] if beside else []) + ready
    comparison = comparisons.add(
        session,
        run.by,
        group.id,
        group.compare_revision_id,
        f"{version.name} against {beside[0]}" if beside else f"{version.name}, FP32 beside INT8",
        [(variant.id, run.args["controls"]) for variant in shown],
    )
    run.args = {**run.args, "comparison": comparison.id}
    start(session, run.by, RunKind.COMPARE, {}, comparison_id=comparison.id, group_id=group.id)


def _beside(session: Session, version: Version) -> tuple[str, Variant] | None:
    """Name and FP32 variant of what a new version is compared with: the champion, else its first parent."""
    champion = select(Champion.version_id).where(
        Champion.group_id == version.group_id, Champion.until.is_(None)
    )
    known = session.execute(
        select(Version.id, Version.name, Variant)
        .join(Variant, Variant.version_id == Version.id)
        .where(
            or_(Version.id.in_(champion), Version.id == version.parent_a),
            Version.id != version.id,
            Variant.precision == Precision.FP32,
            Variant.state == VariantState.READY,
        )
        .order_by(Version.id == version.parent_a, Variant.id.desc())
    ).first()
    return (known[1], known[2]) if known else None
