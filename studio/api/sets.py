"""Sets: ordered lists of photos in revisions that never change."""

from typing import Annotated

from flask import g
from pydantic import AwareDatetime, Field

from studio.api.contract import In, Key, Out, resource
from studio.domain.vocabulary import Purpose
from studio.errors import NotFound
from studio.queries import sets as read
from studio.services import sets

api = resource("sets")

Photos = Annotated[list[Key], Field(min_length=1, max_length=5000, description="Ids of photos, in order.")]


class RevisionOut(Out):
    slug: str
    name: str
    no: int
    purpose: Purpose
    n: int
    retired: bool
    at: AwareDatetime
    by: str


class ItemOut(Out):
    sample_id: int
    annotation_no: int
    name: str
    content_sha: str


class RevisionDetailOut(RevisionOut):
    items: list[ItemOut]


class SetList(Out):
    items: list[RevisionOut]


class NewSet(In):
    name: str = Field(min_length=1, max_length=sets.LONGEST_NAME)
    purpose: Annotated[Purpose, Field(strict=False)]
    samples: Photos


class NextRevision(In):
    samples: Photos


@api.get("")
@api.output(SetList)
def listing() -> dict[str, object]:
    """List the sets, each by its newest revision."""
    return {"items": [entry.newest for entry in read.entries(g.session)]}


@api.get("/<slug>")
@api.output(SetList)
def revisions(slug: str) -> dict[str, object]:
    """List the revisions of a set, newest first."""
    return {"items": read.revisions(g.session, slug)}


@api.get("/<slug>/<int:no>")
@api.output(RevisionDetailOut)
def detail(slug: str, no: int) -> dict[str, object]:
    """Show one revision with its photos."""
    return _detail(slug, no)


@api.post("")
@api.input(NewSet)
@api.output(RevisionDetailOut, status_code=201)
def add(json_data: NewSet) -> dict[str, object]:
    """Make a set with its first revision."""
    made = sets.create(g.session, g.person_id, json_data.name, json_data.purpose, json_data.samples)
    return _detail(made.slug, made.no)


@api.post("/<slug>")
@api.input(NextRevision)
@api.output(RevisionDetailOut, status_code=201)
def revise(slug: str, json_data: NextRevision) -> dict[str, object]:
    """Make the next revision: these photos in this order, with what is known of them now."""
    newest = sets.newest_revision(g.session, slug)
    made = sets.add_revision(g.session, g.person_id, slug, newest.purpose, json_data.samples)
    return _detail(made.slug, made.no)


def _detail(slug: str, no: int) -> dict[str, object]:
    found = read.find(g.session, slug, no)
    if found is None:
        raise NotFound("There is no such revision.", "List the revisions of the set.")
    fields = {field: getattr(found, field) for field in RevisionOut.model_fields}
    return {**fields, "items": read.items(g.session, found.id)}
