"""What the pages and the terminal read of nights: how they ended, what they found, and the pictures that show it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date as day
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.nights import Night
from studio.db.outputs import Output, of_cell
from studio.db.runs import Run, Step
from studio.db.samples import RevisionItem, Sample, SetRevision
from studio.db.versions import Group
from studio.domain.junit import Suite
from studio.domain.night import Finding, Verdict
from studio.domain.vocabulary import OPEN_STEPS, NightState, OutputState
from studio.errors import NotFound

SHOWN = 60  # nights of the list


@dataclass(frozen=True)
class Entry:
    """One night of one group. `comparison` and `revision` are empty where it could not start."""

    id: int
    public_id: str
    group: str
    group_slug: str
    date: day
    no: int
    state: NightState
    started_at: datetime
    ended_at: datetime | None
    champion: str
    candidates: tuple[str, ...]
    comparison: str
    revision: str
    photos: int
    reason: str
    hint: str
    findings: tuple[Finding, ...]

    @property
    def worse(self) -> tuple[Finding, ...]:
        """What raised the alarm, worst first."""
        return tuple(each for each in self.findings if each.verdict is Verdict.WORSE and each.alarms)

    @property
    def unclear(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.verdict in {Verdict.NOISY, Verdict.INCOMPARABLE})

    @property
    def seconds(self) -> float | None:
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


@dataclass(frozen=True)
class Progress:
    """Pictures made of all, and the step under way."""

    done: int
    total: int
    stage: str


@dataclass(frozen=True)
class Shown:
    """A photo, and what each column made of it by position of the column."""

    name: str
    sha: str
    width: int
    height: int
    made: Mapping[int, str]


def listing(session: Session) -> list[Entry]:
    """The newest nights first."""
    return [_entry(*row) for row in session.execute(_nights().limit(SHOWN))]


def last(session: Session, group_id: int) -> Entry | None:
    """The newest night of a group, None if it never had one."""
    row = session.execute(_nights(Night.group_id == group_id).limit(1)).one_or_none()
    return _entry(*row) if row else None


def newest(session: Session) -> dict[int, tuple[str, NightState]]:
    """By group, address and state of its newest night, where it had one."""
    last = select(func.max(Night.id)).group_by(Night.group_id)
    rows = session.execute(select(Night.group_id, Night.public_id, Night.state).where(Night.id.in_(last)))
    return {group_id: (public_id, state) for group_id, public_id, state in rows}


def one(session: Session, public_id: str) -> Entry:
    """A night by its address.

    Raises:
        NotFound: no night has it.
    """
    row = session.execute(_nights(Night.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such night.", "Start from the list of nights.")
    return _entry(*row)


def of(session: Session, ids: Iterable[int]) -> list[Entry]:
    """These nights, the newest first."""
    return [_entry(*row) for row in session.execute(_nights(Night.id.in_(list(ids))))]


def suite(entry: Entry) -> Suite:
    """A night as JUnit tells it."""
    return Suite(entry.group, entry.started_at, entry.seconds or 0.0, entry.reason, entry.findings)


def facts(entry: Entry) -> dict[str, Any]:
    """A night for programs."""
    plain = asdict(entry)
    del plain["id"]
    return plain | {
        "date": entry.date.isoformat(),
        "started_at": entry.started_at.isoformat(),
        "ended_at": entry.ended_at.isoformat() if entry.ended_at else None,
        "seconds": entry.seconds,
    }


def progress(session: Session, entry: Entry) -> Progress:
    """How far a night is."""
    made = session.scalar(
        select(func.count(Output.id))
        .join(Run, Run.id == Output.run_id)
        .join(Night, Night.run_id == Run.id)
        .where(Night.id == entry.id)
    )
    columns = session.scalar(
        select(func.count())
        .select_from(ComparisonColumn)
        .join(Comparison, Comparison.id == ComparisonColumn.comparison_id)
        .where(Comparison.public_id == entry.comparison)
    )
    stage = session.scalar(
        select(Step.name)
        .join(Night, Night.run_id == Step.run_id)
        .where(
            Night.id == entry.id,
            Step.state.in_(OPEN_STEPS),
        )
        .order_by(Step.id)
        .limit(1)
    )
    return Progress(made or 0, (columns or 0) * entry.photos, stage or "")


def pictures(session: Session, entry: Entry) -> dict[int, Shown]:
    """What is to be seen of the photos that the findings name, by position."""
    wanted = {each.photo for each in entry.findings if each.photo is not None}
    rows = session.execute(
        select(RevisionItem.position, Sample, ComparisonColumn.position, Output.blob_sha)
        .select_from(Comparison)
        .join(RevisionItem, RevisionItem.revision_id == Comparison.revision_id)
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .join(ComparisonColumn, ComparisonColumn.comparison_id == Comparison.id)
        .outerjoin(
            Output,
            of_cell(ComparisonColumn, RevisionItem.annotation_id) & (Output.state == OutputState.DONE),
        )
        .where(Comparison.public_id == entry.comparison, RevisionItem.position.in_(wanted))
    )
    found: dict[int, tuple[Sample, dict[int, str]]] = {}
    for photo, sample, column, sha in rows:
        _, made = found.setdefault(photo, (sample, {}))
        if sha:
            made[column] = sha
    return {
        photo: Shown(sample.name, sample.content_sha, sample.width, sample.height, made)
        for photo, (sample, made) in found.items()
    }


def _nights(*conditions: ColumnElement[bool]) -> Select[Night, Group, Run, Comparison, SetRevision]:
    return (
        select(Night, Group, Run, Comparison, SetRevision)
        .join(Group, Group.id == Night.group_id)
        .outerjoin(Run, Run.id == Night.run_id)
        .outerjoin(Comparison, Comparison.id == Night.comparison_id)
        .outerjoin(SetRevision, SetRevision.id == Comparison.revision_id)
        .where(*conditions)
        .order_by(Night.date.desc(), Night.id.desc())
    )


def _entry(
    night: Night,
    group: Group,
    run: Run | None,
    comparison: Comparison | None,
    revision: SetRevision | None,
) -> Entry:
    who: list[dict[str, str]] = run.args["columns"] if run else []
    report = night.report or {}
    return Entry(
        id=night.id,
        public_id=night.public_id,
        group=group.name,
        group_slug=group.slug,
        date=night.date,
        no=night.no,
        state=night.state,
        started_at=night.started_at,
        ended_at=night.ended_at,
        champion=next((each["version"] for each in who if each["role"] == "champion"), ""),
        candidates=tuple(dict.fromkeys(each["version"] for each in who if each["role"] == "candidate")),
        comparison=comparison.public_id if comparison else "",
        revision=f"{revision.name or revision.slug} r{revision.no}" if revision else "",
        photos=revision.n if revision else 0,
        reason=report.get("reason", ""),
        hint=report.get("hint", ""),
        findings=tuple(_finding(each) for each in report.get("findings", ())),
    )


def _finding(kept: Mapping[str, Any]) -> Finding:
    champion, candidate = kept["columns"]
    return Finding(**{**kept, "verdict": Verdict(kept["verdict"]), "columns": (champion, candidate)})
