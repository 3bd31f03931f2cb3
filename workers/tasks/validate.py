"""Validate: read the weights safely and let them answer once, in a child with limits."""

from model_store.errors import ModelStoreError
from model_store.manifest import Manifest
from studio.db.versions import Version
from studio.errors import BadCheckpoint
from workers import context
from workers.step import Work, step


@step("validate")
def validate(work: Work) -> None:
    from model_store import checkpoint  # torch: not for the scheduler and the worker's parent process

    with context.session() as session:
        version = session.get_one(Version, int(work.subject.partition(":")[2]))
    try:
        checkpoint.dry_run(
            context.storage().path(version.checkpoint_sha), Manifest.from_dict(version.manifest)
        )
    except ModelStoreError as error:
        raise BadCheckpoint(error.message, error.hint, log=error.traceback) from error
