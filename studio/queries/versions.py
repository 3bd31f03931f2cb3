"""What a version's page reads: where it comes from, what it says of itself, and its variants side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from studio.db.accounts import Person
from studio.db.measurements import Measurement
from studio.db.outputs import SHARED_TAKE, CellValue, Output
from studio.db.samples import RevisionItem, Sample
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.measurement import NOTHING, Numbers
from studio.domain.vocabulary import ParentKind, Precision, VariantState, VersionState
from studio.errors import NotFound
from studio.queries.measurements import value
from studio.queries.strips import Strip, strips, usual_controls

FARTHEST = 6  # photos on which INT8 differs most


@dataclass(frozen=True)
class Relative:
    """A parent or a child."""

    id: int
    name: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Card:
    """A version without its variants. `params` and `card` as they were registered."""

    id: int
    name: str
    group_id: int
    group: str
    slug: str
    state: VersionState
    champion: bool
    candidate: bool
    notes: str
    params: Mapping[str, Any]
    card: Mapping[str, Any]
    manifest: Mapping[str, Any]
    family: str
    checkpoint_name: str
    checkpoint_bytes: int
    by: str
    created_at: datetime
    parent_kind: ParentKind
    parents: tuple[Relative, ...]
    children: tuple[Relative, ...]


@dataclass(frozen=True)
class Built:
    """A variant, and the numbers and pictures it has under the group's usual controls.

    calibrated: photos that set its ranges; 0 where it was not quantized.
    """

    variant_id: int
    precision: Precision
    state: VariantState
    archive_bytes: int | None
    recipe: Mapping[str, Any]
    calibrated: int
    controls_id: int
    numbers: Numbers
    strip: Strip


@dataclass(frozen=True)
class Apart:
    """A photo on which INT8 and FP32 gave different pictures; mean difference of 255."""

    name: str
    photo_sha: str
    full_sha: str
    quantized_sha: str
    difference: float


def version(session: Session, slug: str, name: str) -> Card:
    """A version by the names of its address, in two statements.

    Raises:
        NotFound: the group has no such version.
    """
    found = session.execute(
        select(Version, Group, Person.name, Champion.id)
        .join(Group, Group.id == Version.group_id)
        .join(Person, Person.id == Version.by)
        .outerjoin(Champion, and_(Champion.version_id == Version.id, Champion.until.is_(None)))
        .where(Group.slug == slug, Version.name == name)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such version.", "Start from its group.")
    row, group, by, champion = found
    parents, children = _relatives(session, row)
    return Card(
        id=row.id,
        name=row.name,
        group_id=group.id,
        group=group.name,
        slug=group.slug,
        state=row.state,
        champion=champion is not None,
        candidate=row.candidate_at is not None,
        notes=row.notes,
        params=row.params,
        card=row.card,
        manifest=row.manifest,
        family=row.family,
        checkpoint_name=row.checkpoint_name,
        checkpoint_bytes=row.checkpoint_bytes,
        by=by,
        created_at=row.created_at,
        parent_kind=row.parent_kind,
        parents=parents,
        children=children,
    )


def variants(session: Session, of: Card) -> tuple[Built, ...]:
    """Its newest variant of each precision, FP32 first, with numbers and pictures of the usual comparison.

    In four statements.
    """
    rows = session.scalars(select(Variant).where(Variant.version_id == of.id).order_by(Variant.id))
    newest = {row.precision: row for row in rows}
    listed = [newest[precision] for precision in Precision if precision in newest]
    usual = usual_controls(session, [of.group_id])
    controls_id = usual.get(of.group_id, 0)
    pictures = strips(session, [row.id for row in listed], usual)
    numbers = _numbers(session, [row.id for row in listed], controls_id)
    return tuple(
        Built(
            variant_id=row.id,
            precision=row.precision,
            state=row.state,
            archive_bytes=row.archive_bytes,
            recipe=row.recipe,
            calibrated=row.recipe.get("calibration", {}).get("photos", 0),
            controls_id=controls_id,
            numbers=numbers.get(row.id, NOTHING),
            strip=pictures.get(row.id, ()),
        )
        for row in listed
    )


def farthest(session: Session, quantized: Built) -> tuple[Apart, ...]:
    """The photos on which a quantized variant differs most from its twin. One statement."""
    twin = aliased(Output)
    rows = session.execute(
        select(Sample.name, Sample.content_sha, twin.blob_sha, Output.blob_sha, CellValue.value)
        .join(Output, Output.id == CellValue.output_id)
        .join(twin, twin.id == CellValue.against_output_id)
        .join(Variant, Variant.id == Output.variant_id)
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .join(
            RevisionItem,
            and_(
                RevisionItem.revision_id == Group.compare_revision_id,
                RevisionItem.annotation_id == Output.annotation_id,
            ),
        )
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .where(
            CellValue.metric == "difference_mean",
            Output.variant_id == quantized.variant_id,
            Output.take_id == SHARED_TAKE,
            Output.controls_id == quantized.controls_id,
        )
        .order_by(CellValue.value.desc(), RevisionItem.position)
        .limit(FARTHEST)
    )
    return tuple(
        Apart(name, photo, full, quantized, difference)
        for name, photo, full, quantized, difference in rows
        if full and quantized
    )


def in_full(session: Session, slug: str, names: Sequence[str]) -> list[int]:
    """The newest ready FP32 variant of each of these versions, in their order; none where none is ready."""
    rows = session.execute(
        select(Version.name, Variant.id)
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .where(
            Group.slug == slug,
            Version.name.in_(names),
            Variant.precision == Precision.FP32,
            Variant.state == VariantState.READY,
        )
        .order_by(Variant.id)
    )
    found = {name: variant_id for name, variant_id in rows}  # noqa: C416 the newest wins
    return [found[name] for name in dict.fromkeys(names) if name in found]


def champion_variant(session: Session, group_id: int) -> int | None:
    """The FP32 variant of the group's champion."""
    return session.scalar(
        select(Variant.id)
        .join(Champion, Champion.version_id == Variant.version_id)
        .where(
            Champion.group_id == group_id,
            Champion.until.is_(None),
            Variant.precision == Precision.FP32,
            Variant.state == VariantState.READY,
        )
        .order_by(Variant.id.desc())
        .limit(1)
    )


def previous_champion(session: Session, group_id: int, version_id: int) -> Version | None:
    """What shipped before this champion and was not retired since: what ships again if it is taken back."""
    return session.scalar(
        select(Version)
        .join(Champion, Champion.version_id == Version.id)
        .where(
            Champion.group_id == group_id,
            Champion.version_id != version_id,
            Version.state != VersionState.RETIRED,
        )
        .order_by(Champion.id.desc())
        .limit(1)
    )


def _relatives(session: Session, of: Version) -> tuple[tuple[Relative, ...], tuple[Relative, ...]]:
    """Parents in their order, then children by age."""
    above = [each for each in (of.parent_a, of.parent_b) if each is not None]
    rows = session.execute(
        select(Version.id, Version.name, Version.params)
        .where(
            or_(Version.id.in_(above), Version.parent_a == of.id, Version.parent_b == of.id),
            Version.group_id == of.group_id,
        )
        .order_by(Version.id)
    )
    known = {version_id: Relative(version_id, name, params) for version_id, name, params in rows}
    parents = tuple(known[each] for each in above if each in known)
    return parents, tuple(each for each in known.values() if each not in parents)


def _numbers(session: Session, variant_ids: list[int], controls_id: int) -> dict[int, Numbers]:
    """Each variant's own numbers on the group's compare revision."""
    rows = session.scalars(
        select(Measurement)
        .join(Variant, Variant.id == Measurement.variant_id)
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .where(
            Measurement.variant_id.in_(variant_ids),
            Measurement.revision_id == Group.compare_revision_id,
            Measurement.controls_id == controls_id,
            Measurement.take_id == SHARED_TAKE,
            Measurement.against_variant_id.is_(None),
            Measurement.slice == "",
        )
        .order_by(Measurement.id)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row.variant_id, {})[row.metric] = value(row)
    return {variant_id: Numbers(own, {}) for variant_id, own in found.items()}
