"""Groups whose versions come from each other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.versions import Group, Variant, Version
from studio.domain.vocabulary import ParentKind, Precision, VersionState
from studio.services import comparisons, outputs
from tests.factories.library import person, revision
from tests.factories.versions import champion, group, variant, version
from tests.factories.work import COPPER, measurement, output


def child(session: Session, *parents: Version, name: str, params: dict[str, Any] | None = None) -> Version:
    """A version that serves and comes from these."""
    made = version(session, session.get_one(Group, parents[0].group_id), VersionState.SERVING)
    made.name, made.params = name, params or {}
    made.parent_a, made.parent_b = [*(each.id for each in parents), None][:2]
    made.parent_kind = ParentKind.BRANCH if len(parents) == 1 else ParentKind.SWAP
    session.flush()
    return made


def pictured(session: Session, of: Version, beside: Sequence[Variant] = (), photos: int = 6) -> list[Variant]:
    """FP32 and INT8 of a version with pictures, times, and FP32's difference to the first column."""
    line = session.get_one(Group, of.group_id)
    built = [variant(session, of, precision) for precision in Precision]
    columns = [(each.id, COPPER) for each in (*beside, *built)]
    made = comparisons.add(
        session, person(session).id, line.id, line.compare_revision_id, f"{of.name}, pictured", columns
    )
    session.commit()
    for column in outputs.columns(session, made.id)[len(beside) :]:
        for cell in outputs.holes(session, column)[:photos]:
            output(session, column, cell)
        measurement(session, column, "latency_p50_ms")
        if beside:
            measurement(session, column, "fd_standin", against_variant_id=beside[0].id, low=-3.0, high=3.0)
            measurement(session, column, "fd_standin_p", against_variant_id=beside[0].id)
    session.commit()
    return built


def grown(session: Session, size: int, photos: int = 6) -> Group:
    """v1, v2 … vn of a group, all pictured: v1 is the champion, each further one comes from it, the last a candidate."""
    line = group(session, compare_revision_id=revision(session, photos).id)
    first = version(session, line, VersionState.APPROVED)
    first.name, first.params = "v1", {"lr": 0.0001, "steps": 20_000}
    champion(session, first)
    leading = pictured(session, first)
    for no in range(2, size + 1):
        made = child(session, first, name=f"v{no}", params={"lr": 0.0001 * no, "steps": 20_000})
        pictured(session, made, leading[:1])
        if no == size:
            made.candidate_at = now()
    session.commit()
    return line
