"""What a group's page and form read of the group itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.samples import SetRevision
from studio.db.versions import Group
from studio.domain.vocabulary import SUITS, Lane, Purpose
from studio.errors import NotFound

REVISION_OF = {
    Purpose.COMPARE: "compare_revision_id",
    Purpose.CALIBRATE: "calibrate_revision_id",
    Purpose.REFERENCE: "reference_revision_id",
    Purpose.NIGHT: "night_revision_id",
}
"""The column of a group that says which photos it uses for what."""


@dataclass(frozen=True)
class Photos:
    """A revision of a set."""

    id: int
    slug: str
    name: str
    no: int
    n: int
    purpose: Purpose

    @property
    def label(self) -> str:
        return f"{self.name or self.slug} r{self.no}"


@dataclass(frozen=True)
class GroupCard:
    """What a group is; `photos` by their use, only those that are chosen."""

    id: int
    slug: str
    name: str
    lane: Lane
    brief: str
    photos: Mapping[Purpose, Photos]


def get(session: Session, slug: str) -> Group:
    """The row of the group of this address.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(Group).where(Group.slug == slug))
    if found is None:
        raise NotFound("There is no such group.", "Start from the groups.")
    return found


def group(session: Session, slug: str) -> GroupCard:
    """The group of this address, in two statements.

    Raises:
        NotFound: there is none.
    """
    found = get(session, slug)
    used = {use: getattr(found, column) for use, column in REVISION_OF.items()}
    rows = session.scalars(
        select(SetRevision).where(SetRevision.id.in_([each for each in used.values() if each]))
    )
    known = {row.id: _photos(row) for row in rows}
    photos = {use: known[revision_id] for use, revision_id in used.items() if revision_id in known}
    return GroupCard(found.id, found.slug, found.name, found.lane, found.brief, photos)


def choices(session: Session, used: Mapping[Purpose, Photos]) -> dict[Purpose, list[Photos]]:
    """By use, what a group may choose from: newest revisions first; of a retired set only what is in use."""
    rows = session.scalars(select(SetRevision).order_by(SetRevision.slug, SetRevision.no.desc()))
    found = [(_photos(row), row.retired_at is None) for row in rows]
    return {
        use: [
            photos
            for photos, alive in found
            if photos == used.get(use) or (alive and photos.purpose in suited)
        ]
        for use, suited in SUITS.items()
    }


def _photos(row: SetRevision) -> Photos:
    return Photos(row.id, row.slug, row.name, row.no, row.n, row.purpose)
