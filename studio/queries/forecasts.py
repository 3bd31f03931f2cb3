"""Before a start: how many pictures are missing, and about how long they take."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.endpoints import Deployment
from studio.db.outputs import Controls, Output
from studio.db.samples import RevisionItem, Sample
from studio.db.versions import Variant
from studio.domain.draft import FRESH, Wanted
from studio.domain.inputs import controls_sha, inputs_sha
from studio.domain.vocabulary import DeploymentState, OutputState

RECENT = 50  # pictures whose times are averaged
STORING_MS = 8.0  # to decode, compare with the photo and keep a picture, while the next one is computed


@dataclass(frozen=True)
class Forecast:
    """`seconds`: None where no picture was ever timed; it holds loading of models that are not in memory."""

    total: int
    missing: int
    seconds: float | None


def forecast(session: Session, revision_id: int, columns: Sequence[Wanted], workers: int) -> Forecast:
    """Of columns on the photos of a revision, `workers` pictures at once; in two statements a column, and a few.

    Equal columns are computed once; a picture that the same photo gave elsewhere counts as there.
    """
    photos = session.scalars(
        select(Sample.content_sha)
        .join(RevisionItem, RevisionItem.sample_id == Sample.id)
        .where(RevisionItem.revision_id == revision_id)
    ).all()
    inputs = {inputs_sha(photo) for photo in photos}
    shas = {controls_sha(each.controls) for each in columns}
    known = dict(session.execute(select(Controls.sha, Controls.id).where(Controls.sha.in_(shas))).all())
    missing: Counter[int] = Counter()
    counted: set[tuple[int, str, int]] = set()
    for each in columns:
        key = (each.variant_id, controls_sha(each.controls), each.take)
        if key in counted and each.take != FRESH:
            continue
        counted.add(key)
        there = _there(session, each, known.get(key[1]), inputs)
        missing[each.variant_id] += len(photos) - there
    left = {variant: n for variant, n in missing.items() if n}
    return Forecast(len(photos) * len(columns), sum(left.values()), _seconds(session, left, workers))


def _there(session: Session, column: Wanted, controls_id: int | None, inputs: set[str]) -> int:
    if controls_id is None or column.take == FRESH:
        return 0
    found = session.scalars(
        select(Output.inputs_sha)
        .where(
            Output.variant_id == column.variant_id,
            Output.controls_id == controls_id,
            Output.take_id == column.take,
            Output.state == OutputState.DONE,
        )
        .distinct()
    )
    return len(inputs & set(found))


def _seconds(session: Session, missing: dict[int, int], workers: int) -> float | None:
    """By the newest times of these variants, else of all; models that are not loaded take their time too."""
    if not missing:
        return 0.0
    times = {variant: _mean_ms(session, variant) for variant in missing}
    usual = _mean_ms(session, None)
    if usual is None:
        return None
    made = sum(n * ((times[variant] or usual) + STORING_MS) for variant, n in missing.items())
    loading = session.scalar(
        select(func.sum(Deployment.load_seconds))
        .join(Variant, Variant.archive_sha == Deployment.archive_sha)
        .where(Variant.id.in_(missing), Deployment.state != DeploymentState.LOADED)
    )
    return made / 1000 / max(1, workers) + (loading or 0.0)


def _mean_ms(session: Session, variant_id: int | None) -> float | None:
    newest = select(Output.compute_ms).where(Output.compute_ms.is_not(None))
    if variant_id is not None:
        newest = newest.where(Output.variant_id == variant_id)
    recent = newest.order_by(Output.id.desc()).limit(RECENT).subquery()
    return session.scalar(select(func.avg(recent.c.compute_ms)))
