"""Versions and variants: how a checkpoint becomes something that can be served."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from model_store.manifest import Manifest
from studio.db.runs import Run
from studio.db.versions import Group, Variant, Version
from studio.domain.vocabulary import (
    ParentKind,
    Precision,
    RunKind,
    VariantState,
    VersionState,
)
from studio.errors import Conflict, NotFound
from studio.gateways.storage import Storage
from studio.services import accounts, lifecycle, runs


@dataclass(frozen=True)
class Registration:
    """A checkpoint as it comes in."""

    name: str
    checkpoint_name: str
    checkpoint: bytes
    manifest: Manifest
    params: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    controls: Mapping[str, Any] | None = None  # of its first comparison; None: the manifest's first options


def register(
    session: Session, storage: Storage, person_id: int, group: Group, asked: Registration
) -> tuple[Version, Run]:
    """Keep a checkpoint as a draft version and start the work that serves and measures it.

    Raises:
        Conflict: the group has this name, or this checkpoint under another name.
        NotFound: the parent is not in the group.
    """
    sha = storage.put(asked.checkpoint, durable=True)  # the file before the row, and outside its transaction
    twin = session.scalar(
        select(Version).where(
            Version.group_id == group.id,
            Version.checkpoint_sha == sha,
            Version.manifest_sha == asked.manifest.sha256,
        )
    )
    if twin is not None:
        raise Conflict(f"This checkpoint is {twin.name} already.", "Nothing to do; open that version.")
    version = _draft(person_id, group, asked, sha, _parent(session, group, asked.parent))
    session.add(version)
    try:
        session.flush()
    except IntegrityError:  # two registrations at once: the constraint decides
        session.rollback()
        raise Conflict(f"The group has a version {asked.name} already.", "Choose another name.") from None
    accounts.record(session, person_id, "register", ("version", version.id), after={"checkpoint": sha})
    controls = dict(asked.controls or asked.manifest.default_controls())
    args = {"version": version.id, "controls": controls}
    run = runs.start(session, person_id, RunKind.REGISTER, args, group_id=group.id)
    session.commit()
    return version, run


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
    found.archive_sha, found.archive_bytes = archive
    found.parity = dict(parity)
    found.state = VariantState.BUILDING
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


def _draft(
    person_id: int, group: Group, asked: Registration, checkpoint_sha: str, parent: int | None
) -> Version:
    return Version(
        group_id=group.id,
        name=asked.name,
        checkpoint_sha=checkpoint_sha,
        checkpoint_name=asked.checkpoint_name,
        checkpoint_bytes=len(asked.checkpoint),
        family=asked.manifest.family,
        manifest=asked.manifest.to_dict(),
        manifest_sha=asked.manifest.sha256,
        params=dict(asked.params),
        card=dict(asked.card),
        state=VersionState.DRAFT,
        parent_a=parent,
        parent_kind=ParentKind.BRANCH if parent else ParentKind.NONE,
        by=person_id,
    )


def _parent(session: Session, group: Group, name: str | None) -> int | None:
    if name is None:
        return None
    found = session.scalar(select(Version.id).where(Version.group_id == group.id, Version.name == name))
    if found is None:
        raise NotFound(
            f"The group {group.name} has no version {name}.", "Name a version of this group as parent."
        )
    return found
