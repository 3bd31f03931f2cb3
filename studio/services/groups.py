"""Groups: product lines, and the photos each is compared, calibrated and measured on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.samples import RevisionItem, SetRevision
from studio.db.versions import Group
from studio.domain.vocabulary import SUITS, Lane, Purpose
from studio.errors import Conflict, StudioError
from studio.queries.groups import REVISION_OF, get
from studio.services import accounts

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RESERVED = frozenset({"new"})  # an address of ours
LONGEST_SLUG, LONGEST_NAME, LONGEST_BRIEF = 60, 120, 4000


@dataclass(frozen=True)
class Wording:
    """What a person writes about a group; `revisions` holds the number of a set's revision, or None, by its use."""

    name: str
    lane: Lane
    brief: str = ""
    revisions: Mapping[Purpose, int | None] = field(default_factory=dict)


def find(session: Session, slug: str) -> Group | None:
    return session.scalar(select(Group).where(Group.slug == slug))


def add(session: Session, person_id: int, slug: str, asked: Wording) -> Group:
    """A new group.

    Raises:
        StudioError: the slug cannot stand in an address, the name is empty or too long, or a revision does not suit.
        Conflict: another group has this slug.
    """
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG or slug in RESERVED:
        raise StudioError(
            f"“{slug}” cannot stand in an address.",
            f"Use up to {LONGEST_SLUG} small letters, digits and single hyphens, for example hair-colour.",
        )
    group = Group(slug=slug, name="", lane=asked.lane, mlflow_experiment=slug)
    after = _write(session, group, asked)
    session.add(group)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict(f"A group has the address {slug} already.", "Choose another address.") from None
    accounts.record(session, person_id, "add", ("model_group", group.id), after={"slug": slug, **after})
    session.commit()
    return group


def edit(session: Session, person_id: int, slug: str, asked: Wording) -> Group:
    """Write anew what a person may change: all but the slug. Nothing is recorded where nothing changes.

    Raises:
        StudioError: the name is empty or too long, or a revision does not suit.
    """
    group = get(session, slug)
    before = _words(group)
    after = _write(session, group, asked)
    changed = {key for key in after if after[key] != before[key]}
    if changed:
        accounts.record(
            session,
            person_id,
            "edit",
            ("model_group", group.id),
            before={key: before[key] for key in sorted(changed)},
            after={key: after[key] for key in sorted(changed)},
        )
        session.commit()
    return group


def _words(group: Group) -> dict[str, str | int | None]:
    words = {"name": group.name, "lane": group.lane.value, "brief": group.brief}
    return words | _revisions(group)


def _write(session: Session, group: Group, asked: Wording) -> dict[str, str | int | None]:
    name, brief = " ".join(asked.name.split()), asked.brief.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise StudioError("A group needs a name.", f"Write one of at most {LONGEST_NAME} characters.")
    if len(brief) > LONGEST_BRIEF:
        raise StudioError("The brief is too long.", f"Keep it within {LONGEST_BRIEF} characters.")
    before = _revisions(group)
    columns = before | {
        REVISION_OF[use]: _suited(session, use, revision_id) for use, revision_id in asked.revisions.items()
    }
    if columns != before:
        _refuse_shared(session, columns)
    group.name, group.brief, group.lane = name, brief, asked.lane
    for column, revision_id in columns.items():
        setattr(group, column, revision_id)
    return _words(group)


def _revisions(group: Group) -> dict[str, int | None]:
    return {column: getattr(group, column) for column in REVISION_OF.values()}


def _refuse_shared(session: Session, columns: Mapping[str, int | None]) -> None:
    """The rule that `sets` keeps where a set is frozen, for sets that were frozen before they are used."""
    compared, ranged = (columns[REVISION_OF[use]] for use in (Purpose.COMPARE, Purpose.CALIBRATE))
    shown = select(RevisionItem.sample_id).where(RevisionItem.revision_id == compared)
    shared = select(func.count()).where(RevisionItem.revision_id == ranged, RevisionItem.sample_id.in_(shown))
    if count := session.scalar(shared):
        raise StudioError(
            f"Both sets hold the same photos, {count} of them: what is compared cannot calibrate as well.",
            "Choose another set for one of the two.",
        )


def _suited(session: Session, use: Purpose, revision_id: int | None) -> int | None:
    """The revision, if its purpose allows this use."""
    if revision_id is None:
        return None
    revision = session.get(SetRevision, revision_id)
    if revision is None or revision.purpose not in SUITS[use]:
        raise StudioError("These photos are not meant for that.", "Choose a set of the right purpose.")
    return revision.id
