"""Sets of photos: a revision is frozen once, whatever changes afterwards makes the next one."""

import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.samples import Annotation, RevisionItem, Sample, SetRevision
from studio.db.versions import Group
from studio.domain.vocabulary import Purpose
from studio.errors import Conflict, NotFound, StudioError
from studio.gateways.storage import BlobDamaged, Storage
from studio.services import accounts

LONGEST_NAME = 120

Item = tuple[int, int]  # sample, annotation


def slug_of(name: str) -> str:
    """The address of a set by the name it is given; Korean letters stay.

    Raises:
        StudioError: there is no letter and no digit in it.
    """
    slug = "-".join(re.findall(r"\w+", name.lower()))[:60]
    if not slug:
        raise StudioError("A set needs a name.", "Write at least one letter.")
    return slug


def create(
    session: Session, person_id: int, name: str, purpose: Purpose, sample_ids: Sequence[int]
) -> SetRevision:
    """A new set: its first revision, with what is known of the photos now.

    Raises:
        Conflict: a set has this name.
        StudioError: the name is too long, or as `add_revision`.
    """
    name, slug = _named(name), slug_of(name)
    if _newest(session, slug):
        raise Conflict(f"There is a set {slug}.", "Choose another name, or add the photos to that set.")
    return add_revision(session, person_id, slug, purpose, sample_ids, name=name)


def add_revision(
    session: Session,
    person_id: int,
    slug: str,
    purpose: Purpose,
    sample_ids: Sequence[int],
    *,
    name: str = "",
) -> SetRevision:
    """Freeze an ordered list of samples with what is known of them now.

    The same list as the newest revision is that revision. `name` is the display name of a new set.

    Raises:
        StudioError: no sample, one twice, one that is not in the library, or one to calibrate with
            that a group compares.
        Conflict: the set is retired, or somebody else froze another list at the same moment.
    """
    current = _current(session, sample_ids)
    if len(current) != len(set(sample_ids)):
        raise StudioError("A photo of the set is not in the library.", "Reload the page and choose again.")
    items = [(each, current[each]) for each in sample_ids]
    return _freeze(session, person_id, slug, purpose, items, name)


def extend(session: Session, person_id: int, slug: str, sample_ids: Sequence[int]) -> SetRevision:
    """The next revision with these photos at the end; those in it already stay as they were frozen."""
    newest = newest_revision(session, slug)
    items = _items(session, newest.id)
    inside = {sample_id for sample_id, _ in items}
    new = [each for each in dict.fromkeys(sample_ids) if each not in inside]
    current = _current(session, new)
    if len(current) != len(new):
        raise StudioError("A photo is not in the library.", "Reload the page and choose again.")
    added = [(each, current[each]) for each in new]
    return _freeze(session, person_id, slug, newest.purpose, [*items, *added])


def without(session: Session, person_id: int, revision_id: int, sample_ids: Sequence[int]) -> SetRevision:
    """The next revision of the set: this one without some photos, the rest as it was frozen."""
    revision = session.get_one(SetRevision, revision_id)
    kept = [item for item in _items(session, revision.id) if item[0] not in set(sample_ids)]
    return _freeze(session, person_id, revision.slug, revision.purpose, kept)


def renew(session: Session, person_id: int, slug: str) -> SetRevision:
    """The next revision: the same photos with what is known of them now; erased ones fall out."""
    newest = newest_revision(session, slug)
    listed = [sample_id for sample_id, _ in _items(session, newest.id)]
    current = _current(session, listed)
    items = [(each, current[each]) for each in listed if each in current]
    return _freeze(session, person_id, slug, newest.purpose, items)


def rename(session: Session, person_id: int, slug: str, name: str) -> None:
    """Give a set another display name; its address stays.

    Raises:
        StudioError: it is too long.
    """
    newest, name = newest_revision(session, slug), _named(name)
    if not name or newest.name == name:
        return
    session.execute(update(SetRevision).where(SetRevision.slug == slug).values(name=name))
    accounts.record(
        session,
        person_id,
        "rename",
        ("set_revision", newest.id),
        before={"name": newest.name},
        after={"name": name},
    )
    session.commit()


def retire(session: Session, person_id: int, slug: str, *, back: bool = False) -> None:
    """Take a set out of the list, or bring it back. What was measured on it stays."""
    newest = newest_revision(session, slug)
    if (newest.retired_at is None) == back:
        return
    at = None if back else now()
    session.execute(update(SetRevision).where(SetRevision.slug == slug).values(retired_at=at))
    accounts.record(session, person_id, "bring back" if back else "retire", ("set_revision", newest.id))
    session.commit()


def newest_revision(session: Session, slug: str) -> SetRevision:
    """
    Raises:
        NotFound: there is no such set.
    """
    found = _newest(session, slug)
    if found is None:
        raise NotFound("There is no such set.", "Start from the list of sets.")
    return found


def revision_photos(session: Session, storage: Storage, revision_id: int) -> list[bytes]:
    """The photos of a revision in their order, as stored PNG bytes."""
    shas = session.scalars(
        select(Sample.content_sha)
        .join(RevisionItem, RevisionItem.sample_id == Sample.id)
        .where(RevisionItem.revision_id == revision_id)
        .order_by(RevisionItem.position)
    ).all()
    return [storage.get(sha) for sha in shas]


def smallest_photo(session: Session, storage: Storage, revision_id: int) -> bytes:
    """The photo of a revision with the fewest pixels, the first of equals: what latency is measured on.

    A damaged file is passed over: one bad photo costs its cell, not the numbers of all.

    Raises:
        BlobDamaged: no photo of the revision can be read.
    """
    shas = session.scalars(
        select(Sample.content_sha)
        .join(RevisionItem, RevisionItem.sample_id == Sample.id)
        .where(RevisionItem.revision_id == revision_id)
        .order_by(Sample.width * Sample.height, RevisionItem.position)
    )
    for sha in shas:
        with suppress(BlobDamaged):
            return storage.get(sha)
    raise BlobDamaged("No photo of the set can be read.", "Add the photos again.")


def _freeze(
    session: Session, person_id: int, slug: str, purpose: Purpose, items: Sequence[Item], name: str = ""
) -> SetRevision:
    if not items or len({sample_id for sample_id, _ in items}) != len(items):
        raise StudioError("A set needs at least one photo, and each only once.", "Remove the repeated ones.")
    newest = _newest(session, slug)
    if newest is not None and newest.purpose is purpose and _items(session, newest.id) == list(items):
        return newest
    if newest is not None and newest.retired_at is not None:
        raise Conflict(f"The set {slug} is retired.", "Bring it back first.")
    if purpose is Purpose.CALIBRATE:
        _refuse_compared(session, [sample_id for sample_id, _ in items])
    sha = _content_sha(session, items)
    revision = SetRevision(
        slug=slug,
        name=newest.name if newest else name,
        no=newest.no + 1 if newest else 1,
        purpose=purpose,
        n=len(items),
        content_sha=sha,
        by=person_id,
    )
    session.add(revision)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict(
            f"Somebody else changed the set {slug} just now.", "Look at it, then save again."
        ) from None
    for position, (sample_id, annotation_id) in enumerate(items):
        session.add(
            RevisionItem(
                revision_id=revision.id, position=position, sample_id=sample_id, annotation_id=annotation_id
            )
        )
    accounts.record(session, person_id, "freeze", ("set_revision", revision.id), after={"sha": sha})
    session.commit()
    return revision


def _refuse_compared(session: Session, sample_ids: Sequence[int]) -> None:
    """INT8 ranges that were set on a photo flatter INT8 on that photo: no number on it would be honest."""
    shared = select(func.count(func.distinct(RevisionItem.sample_id)), func.min(Group.name)).join(
        Group, Group.compare_revision_id == RevisionItem.revision_id
    )
    count, group = session.execute(shared.where(RevisionItem.sample_id.in_(sample_ids))).one()
    if count:
        raise StudioError(
            f"{group} compares {count} of these photos: what is compared cannot calibrate as well.",
            "Leave them out, or choose another purpose.",
        )


def _named(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME:
        raise StudioError("The name is too long.", f"Keep it within {LONGEST_NAME} characters.")
    return name


def _newest(session: Session, slug: str) -> SetRevision | None:
    return session.scalar(
        select(SetRevision).where(SetRevision.slug == slug).order_by(SetRevision.no.desc()).limit(1)
    )


def _items(session: Session, revision_id: int) -> list[Item]:
    rows = session.execute(
        select(RevisionItem.sample_id, RevisionItem.annotation_id)
        .where(RevisionItem.revision_id == revision_id)
        .order_by(RevisionItem.position)
    )
    return [(sample_id, annotation_id) for sample_id, annotation_id in rows]


def _current(session: Session, sample_ids: Sequence[int]) -> dict[int, int]:
    """The current annotation of each of these samples that is in the library."""
    rows = session.execute(
        select(Annotation.sample_id, Annotation.id)
        .join(Sample, Sample.id == Annotation.sample_id)
        .where(Annotation.is_current, Sample.erased_at.is_(None), Sample.id.in_(sample_ids))
    )
    return {row.sample_id: row.id for row in rows}


def _content_sha(session: Session, items: Sequence[Item]) -> str:
    """Hash of the photos and masks in order, so that two databases agree on what a revision is."""
    rows = {
        annotation_id: facts
        for annotation_id, *facts in session.execute(
            select(
                Annotation.id,
                Sample.content_sha,
                Annotation.hair_mask_sha,
                Annotation.eye_mask_sha,
                Annotation.target_sha,
            )
            .join(Sample, Sample.id == Annotation.sample_id)
            .where(Annotation.id.in_([annotation_id for _, annotation_id in items]))
        )
    }
    ordered = [rows[annotation_id] for _, annotation_id in items]
    return hashlib.sha256(json.dumps(ordered).encode()).hexdigest()
