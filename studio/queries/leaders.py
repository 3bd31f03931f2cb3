"""Champion and newest candidate of groups, and what each does to the photos: what the first sentence is made of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.measurements import Measurement
from studio.db.nights import Night
from studio.db.outputs import SHARED_TAKE, Output
from studio.db.samples import RevisionItem
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.change import Change, Sentence, change, sentence
from studio.domain.measurement import Value
from studio.domain.vocabulary import OutputState, Precision, VariantState
from studio.queries.measurements import value
from studio.queries.strips import Strip, strips, usual_controls

TOLD = ("hair_changed", "rest_changed")


@dataclass(frozen=True)
class Leader:
    """A version in full precision. `variant_id` is None where it is not ready; `changed` is a share of the picture."""

    version_id: int
    name: str
    variant_id: int | None
    changed: float | None
    change: Change | None
    strip: Strip


@dataclass(frozen=True)
class Leaders:
    """`comparison` is the address of the newest one that shows both side by side, or empty."""

    champion: Leader | None = None
    candidate: Leader | None = None
    comparison: str = ""

    @property
    def told(self) -> Sentence | None:
        """What the candidate changes, beside the champion; None as long as it is not measured on masks."""
        changes = [self.champion.change if self.champion else None]
        changes.append(self.candidate.change if self.candidate else None)
        return sentence(changes, 1)

    @property
    def both(self) -> tuple[Leader, ...]:
        return tuple(each for each in (self.champion, self.candidate) if each is not None)


def leaders(session: Session, group_ids: Collection[int]) -> dict[int, Leaders]:
    """By group, in seven statements whatever their number."""
    champions, candidates = _chosen(session, group_ids)
    chosen = {version.id: version for version in (*champions.values(), *candidates.values())}
    variants = _variants(session, chosen)
    controls = usual_controls(session, group_ids)
    changed = _changed(session, variants.values(), controls)
    numbers = _numbers(session, variants.values(), controls)
    pictures = strips(session, variants.values(), controls)

    def leader(version: Version | None) -> Leader | None:
        if version is None:
            return None
        variant = variants.get(version.id)
        at = variant or 0
        told = change(version.name, numbers.get(at, {}))
        return Leader(version.id, version.name, variant, changed.get(at), told, pictures.get(at, ()))

    found = {
        group_id: Leaders(leader(champions.get(group_id)), leader(candidates.get(group_id)))
        for group_id in group_ids
    }
    compared = _compared(session, found)
    return {
        group_id: replace(each, comparison=compared.get(group_id, "")) for group_id, each in found.items()
    }


def is_candidate() -> ColumnElement[bool]:
    """Whether a version is the candidate of its group: of those that are marked, the one marked last."""
    other = aliased(Version)
    later = select(other.id).where(
        other.group_id == Version.group_id,
        tuple_(other.candidate_at, other.id) > tuple_(Version.candidate_at, Version.id),
    )
    return Version.candidate_at.is_not(None) & ~later.exists()


def _chosen(session: Session, group_ids: Collection[int]) -> tuple[dict[int, Version], dict[int, Version]]:
    """Champion and candidate of each group."""
    rows = session.execute(
        select(Version, Champion.id)
        .outerjoin(Champion, and_(Champion.version_id == Version.id, Champion.until.is_(None)))
        .where(Version.group_id.in_(group_ids), or_(Champion.id.is_not(None), is_candidate()))
    ).all()
    champions = {version.group_id: version for version, champion in rows if champion is not None}
    candidates = {version.group_id: version for version, champion in rows if champion is None}
    return champions, candidates


def _variants(session: Session, version_ids: Collection[int]) -> dict[int, int]:
    rows = session.execute(
        select(Variant.version_id, Variant.id)
        .where(
            Variant.version_id.in_(version_ids),
            Variant.precision == Precision.FP32,
            Variant.state == VariantState.READY,
        )
        .order_by(Variant.id)
    )
    return {version_id: variant_id for version_id, variant_id in rows}  # noqa: C416 the newest wins


def _changed(
    session: Session, variant_ids: Collection[int], controls: Mapping[int, int]
) -> dict[int, float | None]:
    """By variant, the mean share of the picture that it changes."""
    rows = session.execute(
        select(Variant.id, Version.group_id, Output.controls_id, func.avg(Output.changed))
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .join(RevisionItem, RevisionItem.revision_id == Group.compare_revision_id)
        .join(
            Output,
            (Output.variant_id == Variant.id) & (Output.annotation_id == RevisionItem.annotation_id),
        )
        .where(
            Variant.id.in_(variant_ids),
            Output.controls_id.in_(set(controls.values())),
            Output.take_id == SHARED_TAKE,
            Output.state == OutputState.DONE,
        )
        .group_by(Variant.id, Version.group_id, Output.controls_id)
    )
    return {
        variant_id: share
        for variant_id, group_id, controls_id, share in rows
        if controls[group_id] == controls_id
    }


def _numbers(
    session: Session, variant_ids: Collection[int], controls: Mapping[int, int]
) -> dict[int, dict[str, Value]]:
    """By variant, what its first sentence is made of."""
    rows = session.execute(
        select(Version.group_id, Measurement)
        .join(Variant, Variant.version_id == Version.id)
        .join(Group, Group.id == Version.group_id)
        .join(Measurement, Measurement.variant_id == Variant.id)
        .where(
            Variant.id.in_(variant_ids),
            Measurement.revision_id == Group.compare_revision_id,
            Measurement.take_id == SHARED_TAKE,
            Measurement.against_variant_id.is_(None),
            Measurement.slice == "",
            Measurement.metric.in_(TOLD),
        )
        .order_by(Measurement.id)
    )
    found: dict[int, dict[str, Value]] = {}
    for group_id, row in rows:
        if controls.get(group_id) == row.controls_id:
            found.setdefault(row.variant_id, {})[row.metric] = value(row)
    return found


def _compared(session: Session, found: Mapping[int, Leaders]) -> dict[int, str]:
    """By group, the newest comparison that shows both of its leaders, without those that nights made.

    One on the photos that the group is compared on goes before any other.
    """
    wanted = {leader.variant_id for each in found.values() for leader in each.both}
    rows = session.execute(
        select(Comparison.group_id, Comparison.public_id, ComparisonColumn.variant_id)
        .join(ComparisonColumn, ComparisonColumn.comparison_id == Comparison.id)
        .join(Group, Group.id == Comparison.group_id)
        .where(
            ComparisonColumn.variant_id.in_(wanted - {None}),
            ~select(Night.id).where(Night.comparison_id == Comparison.id).exists(),
        )
        .order_by(func.coalesce(Comparison.revision_id == Group.compare_revision_id, False), Comparison.id)
    )
    shown: dict[tuple[int, str], set[int]] = {}
    for group_id, public_id, variant_id in rows:
        shown.setdefault((group_id, public_id), set()).add(variant_id)
    return {
        group_id: public_id
        for (group_id, public_id), variants in shown.items()
        if group_id in found and {leader.variant_id for leader in found[group_id].both} <= variants
    }
