"""Comparisons: columns of variants over one revision of a set, and the pictures they show."""

from typing import Annotated, Any

from flask import g
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from studio.api.contract import LARGEST, In, Key, Out, resource
from studio.api.runs import RunDetailOut
from studio.domain.draft import FRESH, MOST, SHARED, Draft, Wanted
from studio.domain.view import View
from studio.domain.vocabulary import OutputState, Precision, RunState
from studio.queries import cells, choices, comparisons, entries, sets, views
from studio.queries import runs as run_reads
from studio.queries.choices import Choices
from studio.queries.comparisons import Desk
from studio.queries.runs import RunDetail
from studio.services import comparisons as verbs
from studio.services import runs

api = resource("comparisons")


class EntryOut(Out):
    public_id: str
    name: str
    group: str
    created_at: AwareDatetime
    pinned: bool
    revision: str
    revision_no: int
    n: int
    state: RunState | None


class ComparisonList(Out):
    items: list[EntryOut]


class ColumnOut(Out):
    position: int
    version: str
    precision: Precision
    controls: dict[str, Any]
    take_id: int
    archive_sha: str | None


class ComparisonOut(Out):
    public_id: str
    name: str
    note: str
    by: str
    created_at: AwareDatetime
    pinned: bool
    group_slug: str
    revision: str
    revision_no: int
    n: int
    columns: list[ColumnOut]
    total: int = Field(description="Pictures wanted.")
    done: int
    failed: int
    run: str = Field(description="The newest run; empty where none ever was.")
    state: RunState | None


class CellOut(Out):
    column: int
    output_id: int | None
    state: OutputState | None
    blob_sha: str | None
    changed: float | None
    error: str


class LineOut(Out):
    position: int
    name: str
    content_sha: str
    tags: list[str]
    cells: list[CellOut]


class CellList(Out):
    items: list[LineOut]


class Newest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    n: int = Field(50, ge=1, le=500)


class Rows(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first: int = Field(0, ge=0, le=LARGEST)
    n: int = Field(24, ge=1, le=100)


class ColumnIn(In):
    version: str = Field(description="Its name in the group.")
    precision: Annotated[Precision, Field(strict=False)] = Precision.FP32
    controls: dict[str, str] = Field({}, description="What is left out takes the group's usual value.")
    fresh: bool = Field(False, description="Pictures of its own instead of the shared ones.")


class NewComparison(In):
    group: str
    columns: list[ColumnIn] = Field(min_length=1, max_length=MOST)
    set: str | None = Field(None, description="A set's slug; else the group's own photos.")
    revision: Key | None = Field(None, description="Its number; else the newest.")
    run: bool = Field(True, description="Make the pictures that are missing.")


class Again(In):
    again: bool = Field(False, description="Make every picture anew instead of what is missing.")


@api.get("")
@api.input(Newest, location="query")
@api.output(ComparisonList)
def listing(query_data: Newest) -> dict[str, object]:
    """List comparisons, pinned ones first, then the newest."""
    return {"items": entries.entries(g.session, most=query_data.n)}


@api.get("/<public_id>")
@api.output(ComparisonOut)
def detail(public_id: str) -> dict[str, object]:
    """Show a comparison and how far its pictures are."""
    return _detail(public_id)


@api.get("/<public_id>/cells")
@api.input(Rows, location="query")
@api.output(CellList)
def lines(public_id: str, query_data: Rows) -> dict[str, object]:
    """List the pictures, a line a photo, in the order of the set."""
    desk = comparisons.desk(g.session, public_id)
    places = views.places(g.session, desk, View())
    return {"items": cells.window(g.session, desk, places, query_data.first, query_data.n).lines}


@api.post("")
@api.input(NewComparison)
@api.output(ComparisonOut, status_code=201)
def add(json_data: NewComparison) -> dict[str, object]:
    """Open a comparison; one that shows exactly this is that one."""
    offered = choices.choices(g.session, json_data.group)
    columns = tuple(_wanted(offered, each) for each in json_data.columns)
    made = verbs.create(g.session, g.person_id, offered, Draft(columns, _revision(json_data)))
    if json_data.run:
        runs.start_comparison(g.session, g.person_id, made.id)
    return _detail(made.public_id)


@api.post("/<public_id>/runs")
@api.input(Again)
@api.output(RunDetailOut, status_code=201)
def run(public_id: str, json_data: Again) -> RunDetail:
    """Make what is missing; the run that is at work already is that one."""
    desk = comparisons.desk(g.session, public_id)
    started = runs.start_comparison(g.session, g.person_id, desk.id, again=json_data.again)
    return run_reads.detail(g.session, started.public_id)


def _wanted(offered: Choices, asked: ColumnIn) -> Wanted:
    choice = offered.find(asked.version, asked.precision)
    return Wanted(choice.variant_id, {**choice.usual, **asked.controls}, FRESH if asked.fresh else SHARED)


def _revision(asked: NewComparison) -> int:
    """0: the group's own."""
    if asked.set is None:
        return 0
    return sets.numbered(sets.revisions(g.session, asked.set), asked.revision).id


def _detail(public_id: str) -> dict[str, object]:
    desk: Desk = comparisons.desk(g.session, public_id)
    how_far = comparisons.progress(g.session, desk)
    of_desk = {name: getattr(desk, name) for name in ComparisonOut.model_fields if hasattr(desk, name)}
    of_work = {name: getattr(how_far, name) for name in ("total", "done", "failed", "run", "state")}
    return of_desk | of_work
