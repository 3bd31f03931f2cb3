"""Runs: the work that fills what is missing, how far it is, and stopping it."""

from flask import g
from pydantic import AwareDatetime

from studio.api.contract import Out, Paging, resource
from studio.domain.vocabulary import RunKind, RunState, StepState
from studio.queries import runs as read
from studio.queries.runs import RunDetail
from studio.services import runs

api = resource("runs")


class StepOut(Out):
    name: str
    subject: str
    state: StepState
    attempts: int
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    error: str
    hint: str


class RunOut(Out):
    public_id: str
    kind: RunKind
    state: RunState
    group: str | None
    comparison: str | None
    reason: str
    created_at: AwareDatetime
    ended_at: AwareDatetime | None


class RunDetailOut(RunOut):
    steps: list[StepOut]


class RunList(Out):
    total: int
    items: list[RunOut]


@api.get("")
@api.input(Paging, location="query")
@api.output(RunList)
def listing(query_data: Paging) -> dict[str, object]:
    """List the runs, newest first."""
    total, items = read.listing(g.session, query_data.first, query_data.n)
    return {"total": total, "items": items}


@api.get("/<public_id>")
@api.output(RunDetailOut)
def detail(public_id: str) -> RunDetail:
    """Show one run with its steps."""
    return read.detail(g.session, public_id)


@api.post("/<public_id>/cancel")
@api.output(RunDetailOut)
def cancel(public_id: str) -> RunDetail:
    """Stop a run: what waits never starts, what is done stays."""
    runs.cancel(g.session, g.person_id, public_id)
    return read.detail(g.session, public_id)
