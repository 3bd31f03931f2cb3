"""What the tests of runs do as a worker does: claim and end the steps of a stage."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.runs import Run, Step
from studio.domain.vocabulary import StepState
from studio.services import runs, steps
from studio.services.steps import Claim, End

ME = "here:1:1"
DONE = End(StepState.DONE)
BROKEN = End(StepState.ERROR, "The photo is no photo.", permanent=True)
FAILED = End(StepState.ERROR, "The endpoint answered 503.")


def rows(session: Session, run: Run) -> list[Step]:
    found = select(Step).where(Step.run_id == run.id).order_by(Step.id)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def names(session: Session, run: Run) -> Counter[str]:
    return Counter(row.name for row in rows(session, run))


def take(session: Session, run: Run, *subjects: str) -> list[Claim]:
    """Claim the waiting steps of a run, all or those with these subjects."""
    waiting = [row for row in rows(session, run) if row.state is StepState.PENDING]
    asked = [row for row in waiting if not subjects or row.subject in subjects]
    claims = [send_and_claim(session, row.id) for row in asked]
    return [held for held in claims if held]


def send_and_claim(session: Session, step_id: int, owner: str = ME) -> Claim | None:
    steps.sent(session, step_id)
    return steps.claim(session, step_id, owner)


def end_stage(session: Session, run: Run, how: End = DONE) -> str:
    """Claim and end every waiting step; the name of the stage that ended."""
    held = take(session, run)
    for each in held:
        assert runs.finish(session, each, how)
    return held[0].name if held else ""
