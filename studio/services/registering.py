"""Registering: a weights file becomes a version, is tried again, withdrawn, and registered once more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from model_store.manifest import Manifest, ManifestError
from studio.db.comparisons import Comparison, ComparisonColumn
from studio.db.outputs import Controls
from studio.db.runs import Run
from studio.db.versions import Group, Version
from studio.domain.vocabulary import OPEN_RUNS, RunKind, RunState, VersionState
from studio.errors import Conflict
from studio.gateways.storage import Storage
from studio.queries.registering import latest
from studio.services import accounts, runs, versions
from studio.services.versions import Refused
from studio.settings import settings

LARGEST_HEADER = 16 << 20
LONGEST_NAME = 60
SAVE_AS = "Save the weights with safetensors.torch.save_file and register that file."


@dataclass(frozen=True)
class Kept:
    """A weights file that is in storage; `name` as it came, `size` in bytes."""

    name: str
    sha: str
    size: int


@dataclass(frozen=True)
class Registration:
    """A checkpoint as it comes in. No controls: those of the group's newest comparison, or the first options."""

    name: str
    checkpoint: Kept
    manifest: Manifest
    params: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    parents: tuple[str, ...] = ()
    controls: Mapping[str, Any] | None = None


def storage() -> Storage:
    """Where weights files lie."""
    return Storage(settings().objects)


def keep(session: Session, storage: Storage, name: str, chunks: Iterable[bytes]) -> Kept:
    """Store a weights file while it comes in; nothing stays of one that breaks off or is none.

    Raises:
        Refused: it is empty, cut short, or of another format.
    """
    session.rollback()  # a slow upload must not hold the database
    sha, size = storage.receive(_safetensors(chunks))
    return Kept(PurePath(name).name or "weights.safetensors", sha, size)


def kept(storage: Storage, name: str, sha: str) -> Kept:
    """A weights file that came earlier.

    Raises:
        Refused: storage does not have it.
    """
    try:
        size = storage.size(sha)
    except ValueError:
        size = None
    if size is None:
        raise Refused("file", "There is no weights file yet.", "Choose the file.")
    return Kept(PurePath(name).name or "weights.safetensors", sha, size)


def twin(session: Session, group_id: int, checkpoint_sha: str) -> Version | None:
    """The version of the group that has this checkpoint, withdrawn ones left out."""
    found = session.scalars(
        select(Version).where(Version.group_id == group_id, Version.checkpoint_sha == checkpoint_sha)
    )
    return next((each for each in found if not _withdrawn(session, each)), None)


def manifest(session: Session, group: Group, text: str, parents: Sequence[str]) -> Manifest:
    """The manifest in this JSON, or where there is none that of the first parent.

    Raises:
        Refused: it says something impossible, or there is neither.
    """
    above = versions.parents(session, group, parents)
    try:
        if text.strip():
            return Manifest.from_json(text)
        if above:
            return Manifest.from_dict(above[0].manifest)
    except ManifestError as error:
        raise Refused("manifest", error.message, error.hint) from None
    hint = "Give manifest.json, or a parent to take it over from."
    raise Refused("manifest", "There is no manifest.", hint)


def register(session: Session, person_id: int, group: Group, asked: Registration) -> tuple[Version, Run]:
    """Make a checkpoint a draft version and start the work that serves and compares it.

    A registration that was withdrawn comes back under what is said now.

    Raises:
        Refused: the group has this name or this checkpoint already, or lacks a parent.
    """
    name = _name(asked.name)
    parents = versions.parents(session, group, asked.parents)
    found = _same(session, group, asked)
    if found is not None and not _withdrawn(session, found):
        raise _already(found)
    version = found or Version(
        group_id=group.id,
        checkpoint_sha=asked.checkpoint.sha,
        checkpoint_bytes=asked.checkpoint.size,
        family=asked.manifest.family,
        manifest=asked.manifest.to_dict(),
        manifest_sha=asked.manifest.sha256,
        by=person_id,
    )
    version.name, version.checkpoint_name = name, asked.checkpoint.name
    version.params, version.card, version.notes = dict(asked.params), dict(asked.card), asked.notes.strip()
    version.state = VersionState.DRAFT
    versions.descend(version, parents)
    session.add(version)
    try:
        session.flush()
    except IntegrityError:  # two registrations at once: the constraints decide
        session.rollback()
        other = _same(session, group, asked)
        raise _already(other) if other and not found else _taken(name) from None
    verb = "register again" if found else "register"
    accounts.record(
        session, person_id, verb, ("version", version.id), after={"checkpoint": asked.checkpoint.sha}
    )
    controls = asked.controls or _usual(session, group, asked.manifest)
    run = _start(session, person_id, version, controls)
    session.commit()
    return version, run


def again(session: Session, person_id: int, version: Version) -> Run:
    """Try a failed registration again from its first step; what was built is found, not built anew.

    Raises:
        Conflict: it did not fail.
    """
    last = latest(session, version.id)
    if last is None or last.state is not RunState.ERROR or version.state is VersionState.RETIRED:
        raise Conflict(f"The registration of {version.name} did not fail.", "Reload the page.")
    accounts.record(session, person_id, "try again", ("version", version.id))
    run = _start(session, person_id, version, last.args["controls"])
    session.commit()
    return run


def withdraw(session: Session, person_id: int, version: Version) -> None:
    """Stop a registration that is under way, or put away one that failed; the file may be registered again.

    Raises:
        Conflict: the version came through; retire it instead.
    """
    last = latest(session, version.id)
    if last is not None:
        session.refresh(last, with_for_update=True)
    if (
        last is None
        or last.state not in {*OPEN_RUNS, RunState.ERROR}
        or version.state is VersionState.RETIRED
    ):
        raise Conflict(f"{version.name} is not being registered.", "Retire it on its page instead.")
    before = {"state": version.state.value}
    version.state, version.candidate_at = VersionState.RETIRED, None
    after = {"state": version.state.value}
    accounts.record(session, person_id, "withdraw", ("version", version.id), before=before, after=after)
    if last.state in OPEN_RUNS:
        runs.cancel(session, person_id, last.public_id)
    session.commit()


def _start(session: Session, person_id: int, version: Version, controls: Mapping[str, Any]) -> Run:
    args = {"version": version.id, "controls": dict(controls)}
    return runs.start(session, person_id, RunKind.REGISTER, args, group_id=version.group_id)


def _withdrawn(session: Session, version: Version) -> bool:
    """Whether it was put away before it ever came through."""
    if version.state is not VersionState.RETIRED:
        return False
    last = latest(session, version.id)
    return last is not None and (last.cancel_at is not None or last.state is RunState.ERROR)


def _same(session: Session, group: Group, asked: Registration) -> Version | None:
    return session.scalar(
        select(Version)
        .where(
            Version.group_id == group.id,
            Version.checkpoint_sha == asked.checkpoint.sha,
            Version.manifest_sha == asked.manifest.sha256,
        )
        .with_for_update()
    )


def _already(found: Version) -> Refused:
    return Refused("file", f"This checkpoint is {found.name} already.", "Nothing to do; open that version.")


def _taken(name: str) -> Refused:
    return Refused("name", f"The group has a version {name} already.", "Choose another name.")


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused("name", "A version needs a name.", f"Write one of at most {LONGEST_NAME} characters.")
    if "/" in name or name.strip(".") == "":
        raise Refused("name", f"“{name}” cannot stand in an address.", "Leave out the slash.")
    return name


def _usual(session: Session, group: Group, manifest: Manifest) -> Mapping[str, Any]:
    """What the group looks at already, so that the champion's pictures are there; else the first options."""
    bodies = session.scalars(
        select(Controls.body)
        .join(ComparisonColumn, ComparisonColumn.controls_id == Controls.id)
        .join(Comparison, Comparison.id == ComparisonColumn.comparison_id)
        .where(Comparison.group_id == group.id)
        .order_by(Comparison.id.desc(), ComparisonColumn.position)
        .limit(8)
    )
    options = manifest.attributes
    fits = (
        body
        for body in bodies
        if body.keys() == options.keys() and all(body[key] in options[key] for key in options)
    )
    return next(fits, manifest.default_controls())


def _safetensors(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pass the pieces on as long as they can be a safetensors file: a length, then that much JSON, then numbers."""
    start, size = b"", 0
    for chunk in chunks:
        if len(start) < 9:
            start = (start + chunk)[:9]
            _look(start)
        size += len(chunk)
        yield chunk
    if size == 0:
        raise Refused("file", "The file is empty.", SAVE_AS)
    if len(start) < 9 or int.from_bytes(start[:8], "little") + 8 > size:
        raise Refused("file", "This is no safetensors file, or it was cut short.", SAVE_AS)


def _look(start: bytes) -> None:
    if len(start) == 9 and (int.from_bytes(start[:8], "little") > LARGEST_HEADER or start[8:] != b"{"):
        raise Refused("file", "This is no safetensors file; other formats can run code.", SAVE_AS)
