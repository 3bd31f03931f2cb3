"""The same few photos through every version of a group: under which controls, and the pictures themselves."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.outputs import SHARED_TAKE, Output
from studio.db.samples import RevisionItem
from studio.db.versions import Group, Variant, Version
from studio.domain.vocabulary import OutputState, Precision

STRIP = 6  # photos, the first of the group's compare revision

Strip = tuple[str | None, ...]


def usual_controls(session: Session, group_ids: Collection[int]) -> dict[int, int]:
    """By group, the controls under which most of its FP32 variants have a picture of the first photo.

    Versions are only shown beside each other under the same controls. One statement.
    """
    count = func.count(Output.id)
    rows = session.execute(
        select(Version.group_id, Output.controls_id)
        .join(Variant, Variant.version_id == Version.id)
        .join(Group, Group.id == Version.group_id)
        .join(RevisionItem, RevisionItem.revision_id == Group.compare_revision_id)
        .join(
            Output,
            (Output.variant_id == Variant.id) & (Output.annotation_id == RevisionItem.annotation_id),
        )
        .where(
            Version.group_id.in_(group_ids),
            Variant.precision == Precision.FP32,
            RevisionItem.position == 0,
            Output.take_id == SHARED_TAKE,
        )
        .group_by(Version.group_id, Output.controls_id)
        .order_by(count, Output.controls_id.desc())
    )
    return {group_id: controls_id for group_id, controls_id in rows}  # noqa: C416 the last row of a group wins


def strips(session: Session, variant_ids: Collection[int], controls: Mapping[int, int]) -> dict[int, Strip]:
    """By variant, its pictures of the first photos in their order; None where there is none. One statement.

    Args:
        controls: of each group, as `usual_controls` gives them.
    """
    rows = session.execute(
        select(Variant.id, Version.group_id, RevisionItem.position, Output.controls_id, Output.blob_sha)
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .join(RevisionItem, RevisionItem.revision_id == Group.compare_revision_id)
        .join(
            Output,
            (Output.variant_id == Variant.id) & (Output.annotation_id == RevisionItem.annotation_id),
        )
        .where(
            Variant.id.in_(variant_ids),
            RevisionItem.position < STRIP,
            Output.controls_id.in_(set(controls.values())),
            Output.take_id == SHARED_TAKE,
            Output.state == OutputState.DONE,
        )
    )
    found: dict[int, list[str | None]] = {}
    for variant_id, group_id, position, controls_id, sha in rows:
        if controls[group_id] == controls_id:
            found.setdefault(variant_id, [None] * STRIP)[position] = sha
    return {variant_id: tuple(shas) for variant_id, shas in found.items()}
