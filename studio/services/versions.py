"""Versions and variants: how a checkpoint becomes something that can be served."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.versions import Group, Variant, Version
from studio.domain.ancestry import ancestors
from studio.domain.vocabulary import ParentKind, Precision, VariantState
from studio.errors import Conflict
from studio.services import accounts, lifecycle

MOST_PARENTS = 2


class Refused(Conflict):
    """What was asked cannot become a version; `field` is the part of the form that it is about."""

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.field = field


def parents(session: Session, group: Group, names: Sequence[str]) -> tuple[Version, ...]:
    """The versions of the group by these names, at most two.

    Raises:
        Refused: there are more, one stands there twice, or the group has no such version.
    """
    if len(names) > MOST_PARENTS or len(set(names)) < len(names):
        raise Refused(
            "parents", "A version has at most two parents, and two are different.", "Leave one out."
        )
    found = session.scalars(select(Version).where(Version.group_id == group.id, Version.name.in_(names)))
    known = {version.name: version for version in found}
    for name in names:
        if name not in known:
            raise Refused(
                "parents",
                f"The group {group.name} has no version {name}.",
                "Name a version of this group as parent.",
            )
    return tuple(known[name] for name in names)


def descend(version: Version, above: Sequence[Version]) -> None:
    """Write the parents into a version: none, one it branches from, or two whose layers it swaps."""
    kinds = (ParentKind.NONE, ParentKind.BRANCH, ParentKind.SWAP)
    first, second = [*(each.id for each in above), None, None][:MOST_PARENTS]
    version.parent_a, version.parent_b, version.parent_kind = first, second, kinds[len(above)]


def correct_parents(session: Session, person_id: int, version: Version, names: Sequence[str]) -> None:
    """Put right where a version comes from.

    Raises:
        Refused: a name is wrong, or the version would come from itself.
    """
    group = session.get_one(Group, version.group_id)
    above = parents(session, group, names)
    table = {
        each.id: [parent for parent in (each.parent_a, each.parent_b) if parent is not None]
        for each in session.scalars(select(Version).where(Version.group_id == group.id))
    }
    if version.id in ancestors(table, [each.id for each in above]):
        raise Refused(
            "parents",
            f"{version.name} would come from itself.",
            "Choose a version that does not come from this one.",
        )
    before = _parentage(version)
    descend(version, above)
    if _parentage(version) == before:
        return
    accounts.record(
        session,
        person_id,
        "correct parents",
        ("version", version.id),
        before=before,
        after=_parentage(version),
    )
    session.commit()


def _parentage(version: Version) -> dict[str, Any]:
    return {
        "parent_a": version.parent_a,
        "parent_b": version.parent_b,
        "parent_kind": version.parent_kind.value,
    }


def tried(session: Session, version_id: int, facts: Mapping[str, Any]) -> None:
    """Write into a version's card what its dry run counted, beside what the card says itself."""
    version = session.get_one(Version, version_id)
    version.card = {**facts, **version.card}
    session.commit()


def built(
    session: Session,
    version_id: int,
    precision: Precision,
    archive: tuple[str, int],
    recipe: tuple[str, Mapping[str, Any]],
    parity: Mapping[str, Any],
) -> Variant:
    """Record a built archive; building the same again changes nothing.

    Args:
        archive: sha256 and size in bytes.
        recipe: sha256 and content.
    """
    recipe_sha, body = recipe
    found = session.scalar(
        select(Variant).where(
            Variant.version_id == version_id,
            Variant.precision == precision,
            Variant.recipe_sha == recipe_sha,
        )
    )
    if found is None:
        found = Variant(
            version_id=version_id,
            precision=precision,
            backend="openvino",
            recipe=dict(body),
            recipe_sha=recipe_sha,
            state=VariantState.BUILDING,
        )
        session.add(found)
    if found.archive_sha != archive[0] or found.state is not VariantState.READY:
        found.state = VariantState.BUILDING
    found.archive_sha, found.archive_bytes = archive
    found.parity = dict(parity)
    session.commit()
    return found


def serving(session: Session, variant_id: int) -> None:
    """A variant answered its probe: it is ready, and its version serves; a new one becomes a candidate."""
    found = session.get_one(Variant, variant_id)
    found.state = VariantState.READY
    lifecycle.serve(session, session.get_one(Version, found.version_id))
    session.commit()


def failed(session: Session, variant_id: int) -> None:
    """A variant that no endpoint will serve."""
    session.get_one(Variant, variant_id).state = VariantState.FAILED
    session.commit()
