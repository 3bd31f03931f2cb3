"""Stored files that no row names: uploads that nobody registered, and halves that a killed process left."""

import time
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.outputs import Output
from studio.db.runs import Step
from studio.db.samples import Annotation, Sample
from studio.db.versions import Version
from studio.gateways.storage import Storage

GRACE_S = 24 * 3600.0  # a form may stay open overnight, with its file stored and nothing registered yet

NAMING = (
    Sample.content_sha,
    Annotation.hair_mask_sha,
    Annotation.eye_mask_sha,
    Annotation.target_sha,
    Version.checkpoint_sha,
    Output.blob_sha,
    Step.log_sha,
)
"""Every column that names a stored file."""


def sweep(session: Session, storage: Storage) -> int:
    """Delete what was left a day ago or earlier; how many files."""

    def named(files: Collection[str]) -> set[str]:
        found = {sha for column in NAMING for sha in session.scalars(select(column).where(column.in_(files)))}
        session.rollback()  # on SQLite a started transaction is the only writer
        return {sha for sha in found if sha}

    return storage.sweep(time.time() - GRACE_S, named)
