"""The numbers of a comparison, read from their record in MLflow into the cache."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.measurements import Measurement
from studio.db.outputs import Controls
from studio.db.versions import Variant
from studio.domain import publication
from studio.domain.desk import Column
from studio.domain.publication import Number
from studio.errors import TrackingUnavailable
from studio.gateways.tracking import MlflowTracking, Tracked, Tracking
from studio.queries.comparisons import Desk
from studio.services.publishing import spelled
from studio.settings import settings


def refresh(session: Session, desk: Desk, tracking: Tracking | None = None) -> bool:
    """Make the cache say what MLflow says now; numbers that are not published yet stay as they are.

    Returns:
        False if MLflow does not answer within 2 s: the cache is as it was.
    """
    keys = {_key(column): column for column in desk.columns if column.archive_sha}
    session.rollback()  # nobody waits for our transaction while we wait for MLflow
    try:
        held = (tracking or MlflowTracking(settings().mlflow)).read(desk.experiment, list(keys))
    except TrackingUnavailable:
        return False
    try:
        for key, tracked in held.items():
            _replace(session, desk, keys[key], tracked)
        session.commit()
    except IntegrityError:  # another page refreshed the same column at this moment: it wrote the same
        session.rollback()
    return True


def _key(column: Column) -> str:
    return publication.key(column.archive_sha or "", column.revision_sha, column.controls_sha, column.take_id)


def _replace(session: Session, desk: Desk, column: Column, tracked: Tracked) -> None:
    controls_id = session.scalars(select(Controls.id).where(Controls.sha == column.controls_sha)).one()
    of_column = (
        Measurement.variant_id == column.variant_id,
        Measurement.revision_id == desk.revision_id,
        Measurement.controls_id == controls_id,
        Measurement.take_id == column.take_id,
        Measurement.slice == "",
    )
    session.execute(delete(Measurement).where(*of_column, Measurement.published_at.is_not(None)))
    newer = set(session.execute(select(Measurement.metric, Measurement.against_variant_id).where(*of_column)))
    numbers = publication.read(tracked.metrics, tracked.tags)
    variants = _variants(session, numbers)
    for number in numbers:
        against = variants.get(number.against)
        if (number.metric, against) in newer or (number.against and against is None):
            continue
        session.add(
            Measurement(
                variant_id=column.variant_id,
                revision_id=desk.revision_id,
                controls_id=controls_id,
                take_id=column.take_id,
                against_variant_id=against,
                mlflow_run_id=tracked.mlflow_run_id,
                published_at=now(),
                read_at=now(),
                **spelled(number),
            )
        )


def _variants(session: Session, numbers: Iterable[Number]) -> Mapping[str, int]:
    """Variants by the first 12 of their archive, as far as differences to them are among the numbers."""
    named = {number.against for number in numbers if number.against}
    return {
        archive: variant_id
        for archive in named
        for variant_id in session.scalars(
            select(Variant.id).where(Variant.archive_sha.startswith(archive)).limit(1)
        )
    }
