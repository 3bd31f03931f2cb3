"""What the page of a registration reads: each stop on the way from file to ready and compared, with true times."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison
from studio.db.runs import Run, Step
from studio.db.versions import Champion, Variant, Version
from studio.domain.vocabulary import OPEN_RUNS, Precision, RunKind, RunState, StepState, VersionState
from studio.errors import NotFound
from studio.queries import groups

PARTS = {
    ("validate", None): ("read", "dry run"),
    ("package", Precision.FP32): ("archive",),
    ("package", Precision.INT8): ("calibrate", "archive"),
    ("deploy", Precision.FP32): ("load", "probe"),
    ("deploy", Precision.INT8): ("load", "probe"),
}
ENDED = (StepState.ERROR, StepState.CANCELLED)
AFTER = {"compare": ("generate",), "measure": ("measure", "bench", "publish")}


@dataclass(frozen=True)
class Stop:
    """One part of the way.

    Attributes:
        state: waiting, running, done, failed, again (tried again by itself soon), cancelled, skipped (never reached).
        seconds: that it took, or takes since it began.
        step: number of the step whose log says more; None where there is no log.
    """

    name: str
    precision: Precision | None
    state: str
    seconds: float | None = None
    error: str = ""
    hint: str = ""
    step: int | None = None


@dataclass(frozen=True)
class Walk:
    """A registration as a line of stops; `ready` and `compared` in seconds from its start, None until then."""

    version: str
    state: RunState
    withdrawn: bool
    began: datetime
    stops: tuple[Stop, ...]
    ready: float | None
    compared: float | None
    comparison: str
    comparison_name: str

    @property
    def open(self) -> bool:
        """Whether something may still change by itself."""
        return self.state in OPEN_RUNS or any(
            stop.state in {"waiting", "running", "again"} for stop in self.stops
        )

    @property
    def failures(self) -> tuple[Stop, ...]:
        return tuple(stop for stop in self.stops if stop.state in {"failed", "again"})

    @property
    def tag(self) -> str:
        """Changes with what is shown; running times are shown in whole seconds."""
        shown = [(each.state, int(each.seconds or 0), each.error) for each in self.stops]
        return hashlib.sha256(repr((self.state, self.compared, shown)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Member:
    """A version that may be a parent."""

    name: str
    retired: bool


@dataclass(frozen=True)
class Family:
    """What the form of a registration needs of its group; `likely` is the parent it proposes, or empty."""

    name: str
    slug: str
    members: tuple[Member, ...]
    likely: str
    calibrated: bool
    compared: bool


def family(session: Session, slug: str) -> Family:
    """The group and its versions, the newest first. Three statements.

    Raises:
        NotFound: there is no such group.
    """
    group = groups.get(session, slug)
    found = session.execute(
        select(Version.name, Version.state).where(Version.group_id == group.id).order_by(Version.id.desc())
    )
    champion = session.scalar(
        select(Version.name)
        .join(Champion, Champion.version_id == Version.id)
        .where(Champion.group_id == group.id, Champion.until.is_(None))
    )
    members = tuple(Member(name, state is VersionState.RETIRED) for name, state in found)
    return Family(
        group.name,
        slug,
        members,
        champion or next((each.name for each in members if not each.retired), ""),
        group.calibrate_revision_id is not None,
        group.compare_revision_id is not None,
    )


def walk(session: Session, version_id: int) -> Walk | None:
    """The newest registration of a version; None where it was never registered by the studio. Six statements."""
    version = session.get_one(Version, version_id)
    run = latest(session, version_id)
    if run is None:
        return None
    comparison_id = run.args.get("comparison")
    later = session.scalar(
        select(Run).where(Run.comparison_id == (comparison_id or 0)).order_by(Run.id).limit(1)
    )
    steps = _steps(session, [run.id, *([later.id] if later else [])])
    mine = [step for step in steps if step.run_id == run.id]
    theirs = [step for step in steps if step.run_id != run.id]
    compared = (later.ended_at - run.created_at).total_seconds() if later and later.ended_at else None
    named = session.get(Comparison, comparison_id) if comparison_id else None
    return Walk(
        version.name,
        run.state,
        run.cancel_at is not None,
        run.created_at,
        (*_registering(session, version_id, run, mine), *_comparing(run, later, theirs)),
        _ready(mine, run),
        compared if later and later.state is RunState.DONE else None,
        named.public_id if named else "",
        named.name if named else "",
    )


def latest(session: Session, version_id: int) -> Run | None:
    """The newest run that registers this version."""
    return session.scalar(
        select(Run)
        .where(Run.kind == RunKind.REGISTER, Run.args["version"].as_integer() == version_id)
        .order_by(Run.id.desc())
        .limit(1)
    )


def log_of(session: Session, version_id: int, step_id: int) -> str:
    """The hash of what a failed step of this version's registrations wrote.

    Raises:
        NotFound: it wrote nothing, or belongs to another version.
    """
    found = session.execute(
        select(Step.log_sha, Run.args).join(Run, Run.id == Step.run_id).where(Step.id == step_id)
    ).one_or_none()
    log_sha: str | None = found[0] if found and found[1].get("version") == version_id else None
    if log_sha is None:
        raise NotFound("This step has no log.", "Open the version and look again.")
    return log_sha


def _steps(session: Session, run_ids: Sequence[int]) -> list[Step]:
    return list(session.scalars(select(Step).where(Step.run_id.in_(run_ids)).order_by(Step.id)))


def _registering(session: Session, version_id: int, run: Run, steps: list[Step]) -> list[Stop]:
    variants = session.execute(select(Variant.id, Variant.precision).where(Variant.version_id == version_id))
    precisions = {f"variant:{number}": precision for number, precision in variants}
    known = {(step.name, _precision(step, precisions)): step for step in steps}
    over = run.state not in OPEN_RUNS
    return [
        stop
        for (name, precision), parts in PARTS.items()
        for stop in _stops(known.get((name, precision)), parts, precision, over=over)
    ]


def _precision(step: Step, precisions: dict[str, Precision]) -> Precision | None:
    if step.name == "package":
        return Precision(step.subject)
    return precisions.get(step.subject)


def _stops(step: Step | None, parts: Sequence[str], precision: Precision | None, *, over: bool) -> list[Stop]:
    """The parts of one step; the first that has not ended is where the step stands."""
    rest = "skipped" if over else "waiting"
    if step is None:
        return [Stop(part, precision, rest) for part in parts]
    took = dict(step.parts or [])
    found = []
    here = next((part for part in parts if part not in took), None)
    for part in parts:
        if part in took or step.state is StepState.DONE:
            found.append(Stop(part, precision, "done", took.get(part)))
        elif part == here:
            found.append(_standing(step, part, precision, sum(took.values())))
        else:
            found.append(Stop(part, precision, "skipped" if step.state in ENDED else "waiting"))
    return found


def _standing(step: Step, part: str, precision: Precision | None, before: float) -> Stop:
    log = step.id if step.log_sha else None
    if step.state is StepState.RUNNING and step.started_at:
        spent = max(0.0, (now() - step.started_at).total_seconds() - before)
        return Stop(part, precision, "running", spent)
    if step.state is StepState.ERROR:
        ended = (
            (step.ended_at - step.started_at).total_seconds() if step.ended_at and step.started_at else None
        )
        return Stop(part, precision, "failed", ended and max(0.0, ended - before), step.error, step.hint, log)
    if step.state is StepState.CANCELLED:
        return Stop(part, precision, "cancelled")
    return Stop(part, precision, "again" if step.error else "waiting", None, step.error, step.hint, log)


def _comparing(run: Run, later: Run | None, steps: list[Step]) -> list[Stop]:
    """The two stops after ready, each of all steps of its kinds."""
    if later is None:
        state = "waiting" if run.state in OPEN_RUNS else "skipped"
        return [Stop(name, None, state) for name in AFTER]
    over = later.state not in OPEN_RUNS
    return [
        _together(name, [step for step in steps if step.name in kinds], over=over)
        for name, kinds in AFTER.items()
    ]


def _together(name: str, steps: list[Step], *, over: bool) -> Stop:
    states = {step.state for step in steps}
    began = min((step.started_at for step in steps if step.started_at), default=None)
    ended = max((step.ended_at for step in steps if step.ended_at), default=None)
    if failed := next((step for step in steps if step.state is StepState.ERROR), None):
        return Stop(name, None, "failed", None, failed.error, failed.hint)
    if StepState.CANCELLED in states:
        return Stop(name, None, "cancelled")
    if not steps or began is None:
        return Stop(name, None, "skipped" if over and not steps else "waiting")
    if over and ended:
        return Stop(name, None, "done", (ended - began).total_seconds())
    open_now = states - {StepState.DONE}
    if not open_now and name == "compare" and ended:
        return Stop(name, None, "done", (ended - began).total_seconds())
    return Stop(name, None, "running", (now() - began).total_seconds())


def _ready(steps: list[Step], run: Run) -> float | None:
    """Seconds until the last variant answered; None while one is missing."""
    deploys = [step for step in steps if step.name == "deploy"]
    if run.state in OPEN_RUNS or not deploys:
        return None
    ends = [step.ended_at for step in deploys if step.state is StepState.DONE and step.ended_at]
    return (max(ends) - run.created_at).total_seconds() if ends else None
