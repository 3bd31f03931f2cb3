"""Groups: product lines, their versions as a tree, and what happens to a version."""

from typing import Annotated, Any

from flask import g
from pydantic import AwareDatetime, Field

from studio.api.contract import In, Out, resource
from studio.domain.vocabulary import Lane, ParentKind, Precision, VariantState, VersionState
from studio.queries import groups as read
from studio.queries import home, tree
from studio.queries import versions as version_reads
from studio.queries.tree import Node
from studio.queries.versions import Card
from studio.services import champions, lifecycle
from studio.services import groups as verbs
from studio.services.groups import Wording

api = resource("groups")


class GroupOut(Out):
    slug: str
    name: str
    lane: Lane
    brief: str
    versions: int
    champion: str | None
    candidate: str | None


class GroupList(Out):
    items: list[GroupOut]


class NewGroup(In):
    slug: str = Field(min_length=1, max_length=verbs.LONGEST_SLUG, pattern="^[a-z0-9-]+$")
    name: str = Field(min_length=1, max_length=verbs.LONGEST_NAME)
    lane: Annotated[Lane, Field(strict=False)]
    brief: str = Field("", max_length=verbs.LONGEST_BRIEF)


class ServedOut(Out):
    state: VariantState
    archive_bytes: int | None
    ms: float | None = Field(description="Half of its pictures took less; null until it was measured.")
    trusted: bool


class NodeOut(Out):
    name: str
    state: VersionState
    champion: bool
    candidate_at: AwareDatetime | None
    created_at: AwareDatetime
    parents: list[str]
    parent_kind: ParentKind
    served: dict[Precision, ServedOut]


class VersionList(Out):
    items: list[NodeOut]


class VersionOut(Out):
    name: str
    slug: str = Field(description="Of its group.")
    state: VersionState
    champion: bool
    candidate: bool
    notes: str
    params: dict[str, Any]
    card: dict[str, Any]
    manifest: dict[str, Any]
    family: str
    checkpoint_name: str
    checkpoint_bytes: int
    by: str
    created_at: AwareDatetime


class Edited(In):
    notes: str | None = Field(None, max_length=lifecycle.LONGEST_NOTES)
    candidate: bool | None = None
    retired: bool | None = None


class Decision(In):
    reason: str = Field(min_length=1, max_length=lifecycle.LONGEST_REASON)


@api.get("")
@api.output(GroupList)
def listing() -> dict[str, object]:
    """List the groups with champion and newest candidate."""
    return {"items": [_group(entry) for entry in home.groups(g.session)]}


@api.post("")
@api.input(NewGroup)
@api.output(GroupOut, status_code=201)
def add(json_data: NewGroup) -> dict[str, object]:
    """Make a group; its photos and versions come later."""
    words = Wording(json_data.name, json_data.lane, json_data.brief)
    verbs.add(g.session, g.person_id, json_data.slug, words)
    return next(_group(entry) for entry in home.groups(g.session) if entry.slug == json_data.slug)


@api.get("/<slug>/versions")
@api.output(VersionList)
def versions(slug: str) -> dict[str, object]:
    """List the versions of a group, retired ones too, in the order of its tree."""
    found = tree.tree(g.session, read.group(g.session, slug).id, folded=False)
    return {"items": list[Node](found.nodes)}


@api.get("/<slug>/versions/<name>")
@api.output(VersionOut)
def version(slug: str, name: str) -> Card:
    """Show one version: parameters, card, manifest."""
    return version_reads.version(g.session, slug, name)


@api.patch("/<slug>/versions/<name>")
@api.input(Edited)
@api.output(VersionOut)
def edit(slug: str, name: str, json_data: Edited) -> Card:
    """Write its notes, mark it as a candidate, retire it; what is left out stays."""
    found = lifecycle.find(g.session, slug, name)
    if json_data.notes is not None:
        lifecycle.note(g.session, g.person_id, found, json_data.notes)
    if json_data.retired is not None:
        verb = lifecycle.retire if json_data.retired else lifecycle.bring_back
        verb(g.session, g.person_id, found)
    if json_data.candidate is not None:
        mark = lifecycle.mark_candidate if json_data.candidate else lifecycle.unmark_candidate
        mark(g.session, g.person_id, found)
    return version_reads.version(g.session, slug, name)


@api.post("/<slug>/versions/<name>/champion")
@api.input(Decision)
@api.output(VersionOut)
def make_champion(slug: str, name: str, json_data: Decision) -> Card:
    """Make it the champion of its group."""
    champions.make(g.session, g.person_id, lifecycle.find(g.session, slug, name), json_data.reason)
    return version_reads.version(g.session, slug, name)


def _group(entry: home.GroupEntry) -> dict[str, object]:
    leaders = entry.leaders
    return {
        "slug": entry.slug,
        "name": entry.name,
        "lane": entry.lane,
        "brief": entry.brief,
        "versions": entry.versions,
        "champion": leaders.champion.name if leaders.champion else None,
        "candidate": leaders.candidate.name if leaders.candidate else None,
    }
