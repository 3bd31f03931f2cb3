"""Nights: the champion twice and every candidate, made and measured anew and judged against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as day
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from model_store.manifest import Manifest
from studio.db.base import now
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.nights import Night
from studio.db.outputs import Take
from studio.db.runs import Run
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.vocabulary import NightState, RunKind, RunState, VariantState
from studio.errors import NotFound, StudioError
from studio.services import accounts, comparisons, runs

SCHEDULED = 0  # the number of the night that the calendar starts: one a date


class NothingToMeasure(StudioError):
    """The group lacks what a night needs."""


@dataclass(frozen=True)
class Asked:
    """candidates: names of versions to measure instead of those that are candidates now.

    scheduled: begun by the calendar, once a date.
    """

    date: day
    candidates: Sequence[str] = ()
    scheduled: bool = False


@dataclass(frozen=True)
class Plan:
    """What a night measures: versions from left to right, the champion first and twice."""

    revision_id: int
    versions: tuple[tuple[str, Version, tuple[Variant, ...]], ...]  # role, version, its variants
    controls: Mapping[str, Any]


def eligible(session: Session) -> list[Group]:
    """The groups that have a champion, by name."""
    chosen = select(Champion.group_id).where(Champion.until.is_(None))
    return list(session.scalars(select(Group).where(Group.id.in_(chosen)).order_by(Group.name)))


def begin(
    session: Session, person_id: int, group: Group, asked: Asked, missing: Sequence[str]
) -> Night | None:
    """Start the night of a group; a night that cannot start is kept as one without a verdict.

    Args:
        missing: services that do not run now; asked before the session, which would wait for them.

    Returns:
        The night; None if the calendar started it before.
    """
    night = _night(session, person_id, group, asked)
    if night is None:
        return None
    try:
        if missing:
            raise NothingToMeasure(
                f"Not running: {', '.join(missing)}.", "See which service is down with: studio status"
            )
        plan = _plan(session, group, asked.candidates)
    except StudioError as error:
        _end(night, error.message, error.hint)
        session.commit()
        return night
    comparison, args = _compare(session, person_id, group, plan, f"Night of {asked.date:%d %B %Y}")
    args |= {"night": night.id}
    run = runs.start(session, person_id, RunKind.NIGHT, args, comparison_id=comparison.id, group_id=group.id)
    night.comparison_id, night.run_id = comparison.id, run.id
    session.commit()
    return night


def give_up(session: Session, person_id: int, night_id: int, reason: str, hint: str) -> None:
    """Stop a night that cannot go on; what is done stays on the desk."""
    night = session.get_one(Night, night_id, populate_existing=True)
    if night.state != NightState.RUNNING:
        return
    if night.run_id is not None:
        runs.cancel(session, person_id, session.get_one(Run, night.run_id).public_id)
    _end(night, reason, hint)
    session.commit()


def settle(session: Session) -> int:
    """End nights whose run ended without a judgement, because it was cancelled or broke; how many."""
    ended = session.execute(
        select(Night, Run)
        .join(Run, Run.id == Night.run_id)
        .where(
            Night.state == NightState.RUNNING,
            Run.state.in_((RunState.CANCELLED, RunState.ERROR, RunState.DONE)),
        )
    ).all()
    for night, run in ended:
        cancelled = run.state == RunState.CANCELLED
        reason = "Somebody stopped it." if cancelled else "It ended before it was judged."
        _end(night, reason, "Start it again when the studio is idle: studio night run")
    session.commit()
    return len(ended)


def _end(night: Night, reason: str, hint: str) -> None:
    night.state = NightState.UNTRUSTED
    night.report = {**(night.report or {}), "reason": reason, "hint": hint}
    night.ended_at = now()


def _night(session: Session, person_id: int, group: Group, asked: Asked) -> Night | None:
    """The row of this night; the unique key decides where two ask at the same moment.

    Of two schedulers one begins it; of two people the second takes the next number.
    """
    last = session.scalar(
        select(func.max(Night.no)).where(Night.group_id == group.id, Night.date == asked.date)
    )
    no = SCHEDULED if asked.scheduled else (last or SCHEDULED) + 1
    night = Night(group_id=group.id, date=asked.date, no=no, state=NightState.RUNNING)
    session.add(night)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        return None if asked.scheduled else _night(session, person_id, group, asked)
    accounts.record(session, person_id, "start", ("night", night.id), after={"date": asked.date.isoformat()})
    return night


def _plan(session: Session, group: Group, candidates: Sequence[str]) -> Plan:
    revision_id = group.night_revision_id or group.compare_revision_id
    if revision_id is None:
        raise NothingToMeasure(
            f"The group {group.name} has no photos for the night.", "Choose a night set for the group."
        )
    champion = session.scalar(
        select(Version)
        .join(Champion, Champion.version_id == Version.id)
        .where(Champion.group_id == group.id, Champion.until.is_(None))
    )
    if champion is None:
        raise NothingToMeasure(f"The group {group.name} has no champion.", "Choose one on the group's page.")
    shown = [("champion", champion), ("again", champion)]
    shown += [("candidate", version) for version in _candidates(session, group, champion, candidates)]
    versions = tuple((role, version, _variants(session, version)) for role, version in shown)
    return Plan(revision_id, versions, _controls(session, champion))


def _candidates(session: Session, group: Group, champion: Version, names: Sequence[str]) -> list[Version]:
    """The versions of these names, or those that are candidates now, the newest first."""
    if not names:
        now_candidates = (
            select(Version)
            .where(Version.group_id == group.id, Version.candidate_at.is_not(None), Version.id != champion.id)
            .order_by(Version.candidate_at.desc())
        )
        return list(session.scalars(now_candidates))
    named = {
        version.name: version
        for version in session.scalars(
            select(Version).where(Version.group_id == group.id, Version.name.in_(names))
        )
    }
    if unknown := [name for name in names if name not in named]:
        raise NotFound(
            f"The group {group.name} has no version {', '.join(unknown)}.", "See its versions on its page."
        )
    return [named[name] for name in names]


def _variants(session: Session, version: Version) -> tuple[Variant, ...]:
    """The served variants of a version, FP32 first."""
    found = session.scalars(
        select(Variant)
        .where(Variant.version_id == version.id, Variant.state == VariantState.READY)
        .order_by(Variant.precision, Variant.id.desc())
    )
    newest: dict[str, Variant] = {}
    for variant in found:
        newest.setdefault(variant.precision.value, variant)
    if not newest:
        raise NothingToMeasure(
            f"No variant of {version.name} is served.", "Look at the steps of its registration."
        )
    return tuple(newest.values())


def _controls(session: Session, champion: Version) -> Mapping[str, Any]:
    """What the champion was first compared with, so that every night asks the same."""
    registered = session.scalars(
        select(Run)
        .where(Run.kind == RunKind.REGISTER, Run.group_id == champion.group_id)
        .order_by(Run.id.desc())
    )
    for run in registered:
        if run.args.get("version") == champion.id and run.args.get("controls"):
            asked: Mapping[str, Any] = run.args["controls"]
            return asked
    return Manifest.from_dict(champion.manifest).default_controls()


def _compare(
    session: Session, person_id: int, group: Group, plan: Plan, name: str
) -> tuple[Comparison, dict[str, Any]]:
    """The comparison that shows the night, each version in a take of its own; and who stands where."""
    variants = [variant for _, _, served in plan.versions for variant in served]
    columns = [(variant.id, plan.controls) for variant in variants]
    comparison = comparisons.add(session, person_id, group.id, plan.revision_id, name, columns)
    session.flush()
    who: list[dict[str, str]] = []
    for role, version, served in plan.versions:
        take = Take(note="night" if role != "again" else "night, the champion again")
        session.add(take)
        session.flush()
        for variant in served:
            place = session.get_one(ComparisonColumn, (comparison.id, len(who)))
            place.take_id = take.id
            who.append({"role": role, "version": version.name, "precision": variant.precision.value})
    return comparison, {"columns": who}
