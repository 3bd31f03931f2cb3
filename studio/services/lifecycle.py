"""What happens to a version after it was registered: it serves, is a candidate, is retired, and gets notes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.vocabulary import VariantState, VersionState
from studio.errors import Conflict, NotFound, StudioError
from studio.services import accounts

LONGEST_NOTES = 20_000
LONGEST_REASON = 1000


def find(session: Session, slug: str, name: str) -> Version:
    """A version of a group, locked for the change that follows.

    Raises:
        NotFound: the group has no such version.
    """
    version = session.scalar(
        select(Version)
        .join(Group, Group.id == Version.group_id)
        .where(Group.slug == slug, Version.name == name)
        .with_for_update(of=Version)
    )
    if version is None:
        raise NotFound("There is no such version.", "Start from its group.")
    return version


def serve(session: Session, version: Version) -> None:
    """Add to the caller's transaction that a draft answers; it is a candidate from now on."""
    if version.state is not VersionState.DRAFT:
        return
    version.state = VersionState.SERVING
    version.candidate_at = now()
    accounts.record(
        session,
        version.by,
        "serve",
        ("version", version.id),
        before={"state": VersionState.DRAFT.value},
        after={"state": VersionState.SERVING.value, "candidate": True},
    )


def mark_candidate(session: Session, person_id: int, version: Version) -> None:
    """Make it the newest candidate of its group.

    Raises:
        Conflict: it does not serve, or is the champion.
    """
    if version.state not in {VersionState.SERVING, VersionState.APPROVED}:
        raise Conflict(
            f"{version.name} does not serve.", "Only a version that makes pictures can be a candidate."
        )
    if is_champion(session, version):
        raise Conflict(f"{version.name} is the champion.", "A candidate is what may take its place.")
    version.candidate_at = now()
    accounts.record(session, person_id, "mark candidate", ("version", version.id))
    session.commit()


def unmark_candidate(session: Session, person_id: int, version: Version) -> None:
    if version.candidate_at is None:
        return
    version.candidate_at = None
    accounts.record(session, person_id, "unmark candidate", ("version", version.id))
    session.commit()


def retire(session: Session, person_id: int, version: Version, reason: str = "") -> None:
    """Take a version out of use; its pictures and numbers stay.

    Raises:
        Conflict: it is the champion.
    """
    if is_champion(session, version):
        raise Conflict(f"{version.name} is the champion.", "Make another version the champion first.")
    if version.state is VersionState.RETIRED:
        return
    before = {"state": version.state.value, "candidate": version.candidate_at is not None}
    version.state = VersionState.RETIRED
    version.candidate_at = None
    after = {"state": VersionState.RETIRED.value, "reason": within(reason)}
    accounts.record(session, person_id, "retire", ("version", version.id), before=before, after=after)
    session.commit()


def bring_back(session: Session, person_id: int, version: Version) -> None:
    """Give a retired version the state that it would have: approved, serving, or draft where it never answered."""
    if version.state is not VersionState.RETIRED:
        return
    version.state = _earned(session, version)
    accounts.record(
        session,
        person_id,
        "bring back",
        ("version", version.id),
        before={"state": VersionState.RETIRED.value},
        after={"state": version.state.value},
    )
    session.commit()


def note(session: Session, person_id: int, version: Version, notes: str) -> None:
    """Replace the notes."""
    notes = notes.strip().replace("\r\n", "\n")
    if len(notes) > LONGEST_NOTES:
        raise StudioError("The notes are too long.", f"Keep them within {LONGEST_NOTES} characters.")
    if notes == version.notes:
        return
    before, version.notes = version.notes, notes
    accounts.record(
        session, person_id, "note", ("version", version.id), before={"notes": before}, after={"notes": notes}
    )
    session.commit()


def is_champion(session: Session, version: Version) -> bool:
    now_champion = select(Champion.id).where(Champion.version_id == version.id, Champion.until.is_(None))
    return session.scalar(now_champion) is not None


def within(reason: str) -> str:
    """A reason as it is kept.

    Raises:
        StudioError: it is too long.
    """
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise StudioError("The reason is too long.", f"Keep it within {LONGEST_REASON} characters.")
    return reason


def _earned(session: Session, version: Version) -> VersionState:
    if session.scalar(select(Champion.id).where(Champion.version_id == version.id).limit(1)) is not None:
        return VersionState.APPROVED
    ready = select(Variant.id).where(Variant.version_id == version.id, Variant.state == VariantState.READY)
    return VersionState.SERVING if session.scalar(ready.limit(1)) is not None else VersionState.DRAFT
