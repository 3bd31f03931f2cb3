"""Comparisons: columns of variants over the photos of one revision."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import SHARED_TAKE, Controls
from studio.db.session import upsert
from studio.errors import StudioError
from studio.services import accounts


def controls(session: Session, body: Mapping[str, Any]) -> Controls:
    """The row of these run-time choices, made if they are new. Order of keys and spelling do not matter."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    sha = hashlib.sha256(canonical.encode()).hexdigest()
    found = session.scalar(select(Controls).where(Controls.sha == sha))
    if found is None:  # two registrations may end at the same moment
        made = upsert(session, Controls).values(sha=sha, body=json.loads(canonical))
        session.execute(made.on_conflict_do_nothing(index_elements=["sha"]))
        found = session.scalars(select(Controls).where(Controls.sha == sha)).one()
    return found


def add(
    session: Session,
    person_id: int,
    group_id: int,
    revision_id: int,
    name: str,
    columns: Sequence[tuple[int, Mapping[str, Any]]],
) -> Comparison:
    """Add a comparison to the caller's transaction.

    Args:
        columns: (variant id, controls) from left to right.

    Raises:
        StudioError: no column.
    """
    if not columns:
        raise StudioError("A comparison needs at least one column.", "Choose a version.")
    comparison = Comparison(group_id=group_id, revision_id=revision_id, name=name, by=person_id)
    session.add(comparison)
    session.flush()
    for position, (variant_id, body) in enumerate(columns):
        session.add(
            ComparisonColumn(
                comparison_id=comparison.id,
                position=position,
                variant_id=variant_id,
                controls_id=controls(session, body).id,
                take_id=SHARED_TAKE,
            )
        )
    accounts.record(session, person_id, "add", ("comparison", comparison.id), after={"name": name})
    return comparison
