"""Samples: the shared photos, their tags and where they come from."""

from datetime import date
from typing import Annotated

from flask import g, request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from studio.api.contract import In, Key, Out, binary, resource
from studio.domain import tags
from studio.domain.annotation import tagged
from studio.errors import Conflict
from studio.queries import samples as read
from studio.queries.samples import Filters, Row
from studio.services import annotations, samples, uploads
from studio.services.samples import About

api = resource("samples")

Text = Annotated[str, Field(max_length=500)]


class SampleOut(Out):
    id: int
    name: str
    content_sha: str
    width: int
    height: int
    tags: list[str]
    annotation: int
    hair_mask: bool
    source: str
    licence: str
    consent: str
    consent_until: date | None
    retired_at: AwareDatetime | None
    created_at: AwareDatetime


class SampleList(Out):
    items: list[SampleOut]


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=200, description="Words that the name or a tag holds.")
    tag: str = Field("", max_length=400, description="Tags with semicolons between: hair:long;light:dark")
    retired: bool = Field(False, description="The retired ones instead.")
    before: Key | None = Field(None, description="Only those older than the photo of this id.")
    n: int = Field(100, ge=1, le=500)


class Coming(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field("photo", min_length=1, max_length=200)
    keep_near: bool = Field(False, description="Keep it although it is nearly another photo.")


class Edited(In):
    name: Text | None = None
    source: Text = ""
    licence: Text = ""
    consent: Text = ""
    consent_until: Annotated[date | None, Field(strict=False)] = None
    add_tags: tuple[Text, ...] = Field((), strict=False, max_length=50)
    remove_tags: tuple[Text, ...] = Field((), strict=False, max_length=50)
    retired: bool | None = None


@api.get("")
@api.input(Wanted, location="query")
@api.output(SampleList)
def listing(query_data: Wanted) -> dict[str, object]:
    """List photos, newest first."""
    named = frozenset(tags.parse(each) for each in query_data.tag.split(";") if each.strip())
    filters = Filters(tuple(query_data.q.split()), named, query_data.retired)
    return {"items": read.listing(g.session, filters, query_data.n, query_data.before)}


@api.get("/<int:sample_id>")
@api.output(SampleOut)
def detail(sample_id: int) -> Row:
    """Show one photo."""
    return read.row(g.session, sample_id)


@api.post("")
@binary("image/*")
@api.input(Coming, location="query")
@api.output(SampleOut)
def add(query_data: Coming) -> Row:
    """Keep a photo, sent as the body; one that is here already is that one."""
    request.max_content_length = uploads.MAX_BYTES
    data = request.get_data(cache=False)
    arrival = uploads.receive(g.session, g.person_id, query_data.name, data, keep_near=query_data.keep_near)
    if arrival.error:
        raise arrival.error
    if arrival.like:
        known = ", ".join(str(each.id) for each in arrival.like)
        raise Conflict(f"It is nearly the photo {known}.", "Send it again with keep_near=true to keep both.")
    kept = arrival.kept or arrival.known
    assert kept is not None  # noqa: S101 an arrival without error and likeness is one of the two
    return read.row(g.session, kept.id)


@api.patch("/<int:sample_id>")
@api.input(Edited)
@api.output(SampleOut)
def edit(sample_id: int, json_data: Edited) -> Row:
    """Rename, describe, tag, retire; what is left out stays."""
    before = read.row(g.session, sample_id)
    change = tagged(map(tags.parse, json_data.add_tags), map(tags.parse, json_data.remove_tags))
    if json_data.name is not None:
        samples.rename(g.session, g.person_id, sample_id, json_data.name)
    samples.describe(g.session, g.person_id, sample_id, _about(before, json_data))
    annotations.revise(g.session, g.person_id, [sample_id], change)
    if json_data.retired is not None:
        samples.retire(g.session, g.person_id, [sample_id], back=not json_data.retired)
    return read.row(g.session, sample_id)


def _about(before: Row, asked: Edited) -> About:
    fields = ("source", "licence", "consent", "consent_until")
    given = asked.model_dump(include=set(fields), exclude_unset=True)
    return About(**{field: given.get(field, getattr(before, field)) for field in fields})
