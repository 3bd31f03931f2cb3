"""Package: a version at one precision becomes a deterministic archive; INT8 is calibrated on the way."""

import time

from model_store.errors import ModelStoreError
from model_store.manifest import Manifest
from studio.db.runs import Run
from studio.db.versions import Group, Version
from studio.domain.vocabulary import Precision
from studio.errors import BadCheckpoint
from studio.services import sets, versions
from studio.settings import settings
from workers import context
from workers.step import Work, step


@step("package")
def package(work: Work) -> None:
    begun = time.monotonic()
    from model_store import package as archives  # openvino: not for the worker's parent process

    precision = Precision(work.subject)
    with context.session() as session:
        version = session.get_one(Version, session.get_one(Run, work.run_id).args["version"])
        group = session.get_one(Group, version.group_id)
        if group.calibrate_revision_id is None:
            raise BadCheckpoint(
                f"The group {group.name} has no calibration photos to build and check a variant with.",
                "Choose a calibrate set for the group; then register again.",
            )
        photos = sets.revision_photos(session, context.storage(), group.calibrate_revision_id)
    try:
        archive = archives.build(
            context.storage().path(version.checkpoint_sha),
            Manifest.from_dict(version.manifest),
            precision.value,
            photos,
            settings().archives,
        )
    except ModelStoreError as error:
        raise BadCheckpoint(error.message, error.hint, log=error.traceback) from error
    whole = time.monotonic() - begun
    calibrate = {"calibrate": archive.calibrating_s} if precision is Precision.INT8 else {}
    work.took({**calibrate, "archive": whole - archive.calibrating_s})
    work.check()
    with context.session() as session:
        versions.built(
            session,
            version.id,
            precision,
            (archive.sha256, archive.size_bytes),
            (archive.recipe_sha256, archive.recipe),
            {"psnr_to_eager": archive.psnr_to_eager, "int8_share": archive.int8_share},
        )
