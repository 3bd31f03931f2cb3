"""What a group's page reads of its versions: the tree, the same photos through each, and their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from studio.db.measurements import Measurement
from studio.db.outputs import SHARED_TAKE
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain import lineage
from studio.domain.differences import Difference, differences
from studio.domain.lineage import Row
from studio.domain.vocabulary import ParentKind, Precision, VariantState, VersionState
from studio.queries.registrations import Registration, registrations
from studio.queries.strips import Strip, strips, usual_controls

DISTANCES = ("fid", "fd_standin")  # the first that is known is shown
PAIRED = (*DISTANCES, *(f"{key}_p" for key in DISTANCES))
OWN = ("latency_p50_ms", "latency_trusted")


@dataclass(frozen=True)
class Distance:
    """How much nearer to the reference photos than the champion: paired difference on the same photos."""

    metric: str
    value: float
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Served:
    """One precision of a version: state, size, and half of its pictures took less than `ms`."""

    id: int
    state: VariantState
    archive_bytes: int | None
    ms: float | None
    trusted: bool


@dataclass(frozen=True)
class Node:
    """A version in the tree. `served` and `strip` are empty where nothing was built or made yet."""

    id: int
    name: str
    state: VersionState
    champion: bool
    candidate_at: datetime | None
    created_at: datetime
    parents: tuple[str, ...]
    parent_kind: ParentKind
    changes: tuple[Difference, ...]
    served: Mapping[Precision, Served]
    strip: Strip
    distance: Distance | None
    registration: Registration | None


@dataclass(frozen=True)
class Tree:
    """Versions in the order of their rows, and how the lines between them run."""

    nodes: tuple[Node, ...]
    rows: tuple[Row, ...]
    lanes: int
    folded: int

    @property
    def champion(self) -> Node | None:
        return next((node for node in self.nodes if node.champion), None)

    @property
    def candidate(self) -> Node | None:
        """The newest candidate."""
        marked = [node for node in self.nodes if node.candidate_at is not None]
        return max(marked, key=lambda node: (node.candidate_at, node.id), default=None)


def tree(session: Session, group_id: int, *, folded: bool = True) -> Tree:
    """The versions of a group, in seven statements whatever their number.

    Args:
        folded: leave out retired ones.
    """
    versions = _versions(session, group_id)
    champion_id = next((each.id for each in versions.values() if each.champion), None)
    served = _variants(session, group_id)
    controls = usual_controls(session, [group_id])
    pictures = strips(
        session, [each[Precision.FP32].id for each in served.values() if Precision.FP32 in each], controls
    )
    champion = served.get(champion_id or 0, {}).get(Precision.FP32)
    numbers = _numbers(session, group_id, controls.get(group_id), champion.id if champion else None)
    runs = registrations(session, [group_id])
    hidden = {each.id for each in versions.values() if folded and each.state is VersionState.RETIRED}
    parents = {each.id: _parents(each) for each in versions.values()}
    shown, jumps = lineage.fold(parents, hidden)
    drawn = lineage.layout(shown, jumps)
    nodes = tuple(
        _node(versions[row.id], versions, champion_id, (served, pictures, numbers, runs))
        for row in drawn.rows
    )
    return Tree(nodes, drawn.rows, drawn.lanes, len(hidden))


_Known = tuple[
    Mapping[int, Mapping[Precision, Any]],
    Mapping[int, Strip],
    Mapping[int, Mapping[str, Any]],
    Mapping[int, Registration],
]


def _versions(session: Session, group_id: int) -> dict[int, Any]:
    """What the tree shows of each version; entities would parse the manifest and card of all of them."""
    rows = session.execute(
        select(
            Version.id,
            Version.name,
            Version.state,
            Version.candidate_at,
            Version.created_at,
            Version.params,
            Version.parent_a,
            Version.parent_b,
            Version.parent_kind,
            Champion.id.label("champion"),
        )
        .outerjoin(Champion, and_(Champion.version_id == Version.id, Champion.until.is_(None)))
        .where(Version.group_id == group_id)
        .order_by(Version.id)
    )
    return {row.id: row for row in rows}


def _node(version: Any, versions: Mapping[int, Any], champion_id: int | None, known: _Known) -> Node:
    variants, pictures, numbers, runs = known
    mine = variants.get(version.id, {})
    full = mine.get(Precision.FP32)
    above = [versions[each] for each in _parents(version) if each in versions]
    changes = differences(above[0].params, version.params) if above else ()
    return Node(
        id=version.id,
        name=version.name,
        state=version.state,
        champion=version.id == champion_id,
        candidate_at=version.candidate_at,
        created_at=version.created_at,
        parents=tuple(each.name for each in above),
        parent_kind=version.parent_kind,
        changes=tuple(changes),
        served={precision: _served(each, numbers.get(each.id, {})) for precision, each in mine.items()},
        strip=pictures.get(full.id, ()) if full else (),
        distance=_distance(numbers.get(full.id, {})) if full and version.id != champion_id else None,
        registration=runs.get(version.id),
    )


def _parents(version: Any) -> tuple[int, ...]:
    return tuple(each for each in (version.parent_a, version.parent_b) if each is not None)


def _variants(session: Session, group_id: int) -> dict[int, dict[Precision, Any]]:
    """Of each version, the newest variant of each precision."""
    found: dict[int, dict[Precision, Any]] = {}
    for variant in session.execute(
        select(Variant.id, Variant.version_id, Variant.precision, Variant.state, Variant.archive_bytes)
        .join(Version, Version.id == Variant.version_id)
        .where(Version.group_id == group_id)
        .order_by(Variant.id)
    ):
        found.setdefault(variant.version_id, {})[variant.precision] = variant
    return found


def _numbers(
    session: Session, group_id: int, controls_id: int | None, champion_id: int | None
) -> dict[int, dict[str, Any]]:
    """By variant: its own speed, and its paired differences to the variant `champion_id`."""
    own = and_(Measurement.metric.in_(OWN), Measurement.against_variant_id.is_(None))
    paired = and_(Measurement.metric.in_(PAIRED), Measurement.against_variant_id == (champion_id or 0))
    rows = session.execute(
        select(
            Measurement.variant_id, Measurement.metric, Measurement.value, Measurement.low, Measurement.high
        )
        .join(Variant, Variant.id == Measurement.variant_id)
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .where(
            Version.group_id == group_id,
            Measurement.revision_id == Group.compare_revision_id,
            Measurement.controls_id == controls_id,
            Measurement.take_id == SHARED_TAKE,
            Measurement.slice == "",
            or_(own, paired),
        )
        .order_by(Measurement.id)
    )
    found: dict[int, dict[str, Any]] = {}
    for variant_id, metric, *value in rows:
        found.setdefault(variant_id, {})[metric] = value
    return found


def _served(variant: Any, numbers: Mapping[str, Any]) -> Served:
    speed, trusted = numbers.get("latency_p50_ms"), numbers.get("latency_trusted")
    return Served(
        variant.id,
        variant.state,
        variant.archive_bytes,
        speed[0] if speed else None,
        bool(trusted is None or trusted[0]),
    )


def _distance(numbers: Mapping[str, Any]) -> Distance | None:
    for metric in DISTANCES:
        if metric in numbers:
            p = numbers.get(f"{metric}_p")
            value, low, high = numbers[metric]
            return Distance(metric, value, low, high, p[0] if p else None)
    return None
