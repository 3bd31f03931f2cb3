"""Validate: read the weights safely and let them answer once, in a child with limits."""

import hashlib
from pathlib import Path

from model_store.errors import ModelStoreError
from model_store.manifest import Manifest
from studio.db.versions import Version
from studio.errors import BadCheckpoint
from studio.services import versions
from workers import context
from workers.step import Work, step


@step("validate")
def validate(work: Work) -> None:
    with context.session() as session:
        version = session.get_one(Version, int(work.subject.partition(":")[2]))
    weights = context.storage().path(version.checkpoint_sha)
    try:
        with work.part("read"):
            from model_store import checkpoint  # torch: not for the scheduler and the worker's parent process

            _whole(weights, version.checkpoint_sha)
            checkpoint.look(weights)
        with work.part("dry run"):
            found = checkpoint.dry_run(weights, Manifest.from_dict(version.manifest))
    except ModelStoreError as error:
        raise BadCheckpoint(error.message, error.hint, log=error.traceback) from error
    with context.session() as session:
        versions.tried(session, version.id, {"parameters": found.parameters, "macs": found.macs})


def _whole(weights: Path, sha: str) -> None:
    """Raises BadCheckpoint where the file is not the one that came in."""
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        found = ""
    if found != sha:
        raise BadCheckpoint("The stored weights file is gone or damaged.", "Register the file again.")
