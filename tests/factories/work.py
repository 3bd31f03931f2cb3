"""Comparisons, the runs that fill them, and what came out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison
from studio.db.measurements import Measurement
from studio.db.outputs import Output, Take
from studio.db.runs import Run, Step
from studio.db.samples import Sample
from studio.db.versions import Variant, Version
from studio.domain.vocabulary import OutputState, RunKind, RunState, StepState
from studio.services import comparisons, outputs
from tests.factories.library import person, revision, sha
from tests.factories.rows import added, number
from tests.factories.versions import variant

COPPER = {"colour": "copper"}


def comparison(
    session: Session,
    *,
    photos: int | Sequence[Sample] = 3,
    columns: int | Sequence[Variant] = 1,
    controls: dict[str, Any] = COPPER,
) -> Comparison:
    """So many ready variants, or these, beside each other on so many photos; every cell is a hole."""
    shown = [variant(session) for _ in range(columns)] if isinstance(columns, int) else columns
    line = session.get_one(Version, shown[0].version_id).group_id
    found = comparisons.add(
        session,
        person(session).id,
        line,
        revision(session, photos).id,
        "v1 beside v2",
        [(each.id, controls) for each in shown],
    )
    session.commit()
    return found


def run(
    session: Session,
    *steps: tuple[str, StepState],
    kind: RunKind = RunKind.COMPARE,
    of: Comparison | None = None,
    args: dict[str, Any] | None = None,
    cancelled: bool = False,
) -> Run:
    """A run under way with steps (name, state), the first for column 0, the next for column 1 …"""
    if of is None and kind is RunKind.COMPARE:
        of = comparison(session, columns=max(1, len(steps)))
    found = added(
        session,
        Run(
            kind=kind,
            args=args or {},
            comparison_id=of.id if of else None,
            group_id=of.group_id if of else None,
            state=RunState.RUNNING,
            by=person(session).id,
            cancel_at=now() if cancelled else None,
        ),
    )
    for column, (name, state) in enumerate(steps):
        session.add(step(found, name, state, column))
    session.commit()
    return found


def step(of: Run, name: str = "measure", state: StepState = StepState.PENDING, column: int = 0) -> Step:
    """A row that is not added yet; a running one is held with token 1 by a process of another host."""
    held = state is StepState.RUNNING
    return Step(
        run_id=of.id,
        name=name,
        subject=f"c{column}:0-24" if name == "generate" else f"c{column}",
        state=state,
        token=int(held),
        attempts=int(held),
        owner="elsewhere:1:1" if held else "",
    )


def output(
    session: Session,
    column: outputs.Column,
    cell: outputs.Cell,
    state: OutputState = OutputState.DONE,
    run_id: int | None = None,
) -> Output:
    """The output of a cell: a picture, or the sentence why there is none."""
    made = state is OutputState.DONE
    return added(
        session,
        Output(
            variant_id=column.variant_id,
            annotation_id=cell.annotation_id,
            controls_id=column.controls_id,
            take_id=column.take_id,
            inputs_sha=cell.inputs_sha,
            state=state,
            run_id=run_id,
            **(
                {"blob_sha": sha(number()), "size": 1_000, "width": 64, "height": 64, "changed": 0.25}
                if made
                else {"error_code": "EndpointRefused", "error_text": "The photo has no face."}
            ),
        ),
    )


def take(session: Session, of: Run | None = None) -> Take:
    return added(session, Take(run_id=of.id if of else None, note="run again"))


def measurement(
    session: Session,
    column: outputs.Column,
    metric: str = "fd_standin",
    *,
    published: bool = False,
    **columns: Any,
) -> Measurement:
    return added(
        session,
        Measurement(
            variant_id=column.variant_id,
            revision_id=column.revision_id,
            controls_id=column.controls_id,
            take_id=column.take_id,
            metric=metric,
            value=12.5,
            fingerprint={"n": 24},
            fingerprint_sha=sha("fingerprint"),
            read_at=now(),
            mlflow_run_id="0" * 32 if published else None,
            published_at=now() if published else None,
            **columns,
        ),
    )
