"""Champions: which version a group ships, who decided so, and the way back."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.versions import Champion, Version
from studio.domain.vocabulary import VersionState
from studio.errors import Conflict, StudioError
from studio.queries.versions import previous_champion
from studio.services import accounts, lifecycle


def make(session: Session, person_id: int, version: Version, reason: str) -> None:
    """Make a version that serves the champion of its group, in place of the one before.

    Raises:
        StudioError: no reason is given.
        Conflict: it does not serve, is the champion already, or another was made champion at this moment.
    """
    reason = _reasoned(reason)
    if version.state not in {VersionState.SERVING, VersionState.APPROVED}:
        raise Conflict(
            f"{version.name} does not serve.", "Only a version that makes pictures can be the champion."
        )
    current = _current(session, version.group_id)
    if current is not None and current.version_id == version.id:
        raise Conflict(f"{version.name} is the champion already.", "There is nothing to do.")
    _replace(session, person_id, current, version, reason)
    before = {"state": version.state.value, "champion": current.version_id if current else None}
    version.state = VersionState.APPROVED
    version.candidate_at = None
    after = {"state": version.state.value, "reason": reason}
    accounts.record(session, person_id, "make champion", ("version", version.id), before=before, after=after)
    session.commit()


def take_back(session: Session, person_id: int, version: Version, reason: str) -> None:
    """Undo: the champion before it ships again, or none where there was none; it is a candidate again.

    Raises:
        StudioError: no reason is given.
        Conflict: it is not the champion.
    """
    reason = _reasoned(reason)
    current = _current(session, version.group_id)
    if current is None or current.version_id != version.id:
        raise Conflict(f"{version.name} is not the champion.", "Reload the page.")
    before = previous_champion(session, version.group_id, version.id)
    _replace(session, person_id, current, before, reason)
    version.state = VersionState.SERVING
    version.candidate_at = now()
    if before is not None:
        before.state = VersionState.APPROVED
        before.candidate_at = None
    accounts.record(
        session,
        person_id,
        "take back champion",
        ("version", version.id),
        before={"state": VersionState.APPROVED.value},
        after={"state": version.state.value, "champion": before.name if before else None, "reason": reason},
    )
    session.commit()


def _current(session: Session, group_id: int) -> Champion | None:
    found = select(Champion).where(Champion.group_id == group_id, Champion.until.is_(None))
    return session.scalar(found.with_for_update())


def _replace(
    session: Session, person_id: int, current: Champion | None, version: Version | None, reason: str
) -> None:
    """End the current row and begin the next; two people at once: the database lets one of them."""
    moment = now()
    if current is not None:
        current.until = moment
        session.flush()
    if version is None:
        return
    session.add(
        Champion(group_id=version.group_id, version_id=version.id, since=moment, by=person_id, reason=reason)
    )
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict(
            "Another champion was made at this moment.", "Reload the page and look again."
        ) from None


def _reasoned(reason: str) -> str:
    reason = lifecycle.within(reason)
    if not reason:
        raise StudioError("A decision needs a reason.", "Write in a sentence why.")
    return reason
