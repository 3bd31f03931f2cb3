"""What the endpoints page reads: what is loaded where, for how much memory, and who waits for it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.comparisons import ComparisonColumn
from studio.db.endpoints import Deployment, Endpoint
from studio.db.runs import Run, Step
from studio.db.versions import Group, Variant, Version
from studio.domain.pipeline import parse_chunk
from studio.domain.vocabulary import OPEN_STEPS, DeploymentState, Precision, StepState, VariantState

RESIDENT = (DeploymentState.LOADING, DeploymentState.LOADED, DeploymentState.UNLOADING)
ASKING = ("generate", "bench", "deploy")  # steps that need their archive on an endpoint


@dataclass
class Queue:
    """Steps by the archive that they need."""

    running: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Row:
    """One archive and the variant it serves; `state` None where no endpoint ever had it."""

    archive: str
    group: str
    group_slug: str
    version: str
    precision: Precision
    state: DeploymentState | None
    rss: int
    last_used_at: datetime | None
    load_seconds: float | None
    error: str
    running: int
    waiting: int

    @property
    def resident(self) -> bool:
        return self.state in RESIDENT


@dataclass(frozen=True)
class Host:
    """A serving host; `used` and `budget` in bytes, no budget is no limit."""

    id: int
    name: str
    budget: int | None
    used: int
    rows: tuple[Row, ...]

    @property
    def loaded(self) -> int:
        return sum(row.resident for row in self.rows)


def hosts(session: Session) -> tuple[Host, ...]:
    """All endpoints, each with every archive that could be loaded on it, the last used first."""
    queue = waiting(session)
    return tuple(
        _host(session, endpoint, queue)
        for endpoint in session.scalars(select(Endpoint).order_by(Endpoint.name))
    )


def waiting(session: Session) -> Queue:
    """How many steps need which archive now or soon."""
    found = Queue()
    rows = session.execute(
        select(Step.name, Step.subject, Step.state, Run.comparison_id)
        .join(Run, Run.id == Step.run_id)
        .where(Step.state.in_(OPEN_STEPS), Step.name.in_(ASKING))
    ).all()
    columns = _columns(session, {row.comparison_id for row in rows if row.comparison_id})
    built = _built(session, [row.subject for row in rows])
    for name, subject, state, comparison_id in rows:
        counted = found.running if state is StepState.RUNNING else found.waiting
        if name == "deploy":
            counted.update({built[subject]} if subject in built else ())
        else:
            only = parse_chunk(subject)[0] if name == "generate" else None
            shown = columns.get(comparison_id or 0, {})
            counted.update({sha for at, sha in shown.items() if only in (None, at)})
    return found


def _host(session: Session, endpoint: Endpoint, queue: Queue) -> Host:
    found = session.execute(
        select(Variant, Version.name, Group.name, Group.slug, Deployment)
        .join(Version, Version.id == Variant.version_id)
        .join(Group, Group.id == Version.group_id)
        .outerjoin(
            Deployment,
            (Deployment.archive_sha == Variant.archive_sha) & (Deployment.endpoint_id == endpoint.id),
        )
        .where(Variant.archive_sha.is_not(None), Variant.state != VariantState.FAILED)
        .order_by(Deployment.last_used_at.is_(None), Deployment.last_used_at.desc(), Variant.id.desc())
    )
    rows = [_row(*each, queue) for each in found]
    rows.sort(key=lambda row: not row.resident)
    used = {row.archive: row.rss for row in rows if row.resident}
    return Host(endpoint.id, endpoint.name, endpoint.memory_budget, sum(used.values()), tuple(rows))


def _row(
    variant: Variant, version: str, group: str, slug: str, known: Deployment | None, queue: Queue
) -> Row:
    archive = variant.archive_sha or ""
    return Row(
        archive,
        group,
        slug,
        version,
        variant.precision,
        known.state if known else None,
        (known.rss or 0) if known else 0,
        known.last_used_at if known else None,
        known.load_seconds if known else None,
        known.error if known else "",
        queue.running[archive],
        queue.waiting[archive],
    )


def _columns(session: Session, ids: set[int]) -> dict[int, dict[int, str]]:
    """The archive of each column of these comparisons."""
    found: dict[int, dict[int, str]] = {}
    for comparison_id, position, sha in session.execute(
        select(ComparisonColumn.comparison_id, ComparisonColumn.position, Variant.archive_sha)
        .join(Variant, Variant.id == ComparisonColumn.variant_id)
        .where(ComparisonColumn.comparison_id.in_(ids))
    ):
        if sha:
            found.setdefault(comparison_id, {})[position] = sha
    return found


def _built(session: Session, subjects: list[str]) -> dict[str, str]:
    """The archive by the subject of the step that deploys it."""
    ids = {int(subject.partition(":")[2]) for subject in subjects if subject.startswith("variant:")}
    rows = session.execute(select(Variant.id, Variant.archive_sha).where(Variant.id.in_(ids)))
    return {f"variant:{variant_id}": sha for variant_id, sha in rows if sha}
