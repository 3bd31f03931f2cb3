"""Deploy: load an archive, then prove through the endpoint that it answers a photo with a picture of its size."""

from sqlalchemy import select

from model_store.manifest import Manifest
from studio.db.samples import RevisionItem, Sample
from studio.db.versions import Group, Variant, Version
from studio.errors import EndpointRefused, StudioError
from studio.gateways import photos
from studio.services import versions
from workers import context
from workers.step import Work, step


@step("deploy")
def deploy(work: Work) -> None:
    with context.session() as session:
        variant = session.get_one(Variant, int(work.subject.partition(":")[2]))
        version = session.get_one(Version, variant.version_id)
        group = session.get_one(Group, version.group_id)
        photo_sha = session.scalar(
            select(Sample.content_sha)
            .join(RevisionItem, RevisionItem.sample_id == Sample.id)
            .where(RevisionItem.revision_id == group.compare_revision_id)
            .order_by(RevisionItem.position)
            .limit(1)
        )
    try:
        with work.part("load"):
            context.load(variant)
        with work.part("probe"):
            if photo_sha is not None:
                _probe(variant, version, context.storage().get(photo_sha))
    except StudioError as error:
        if error.permanent:
            with context.session() as session:
                versions.failed(session, variant.id)
        raise
    with context.session() as session:
        versions.serving(session, variant.id)


def _probe(variant: Variant, version: Version, photo: bytes) -> None:
    assert variant.archive_sha is not None  # noqa: S101 a loaded variant has one
    controls = Manifest.from_dict(version.manifest).default_controls()
    answer = context.serving().infer(variant.archive_sha[:12], photo, controls)
    asked, given = photos.decode(photo).size, photos.decode(answer.body).size
    if asked != given:
        raise EndpointRefused(
            f"The endpoint answered {given[0]} × {given[1]} pixels for a photo of {asked[0]} × {asked[1]}.",
            "Check the image size and the fit of the manifest.",
        )
