"""Numbers of a column on their way: measured into SQL, written to MLflow, marked as published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison
from studio.db.measurements import Measurement
from studio.db.outputs import CellValue, Controls, Output, of_cell
from studio.db.samples import RevisionItem, Sample, SetRevision
from studio.db.versions import Group, Variant, Version
from studio.domain import fingerprint, publication
from studio.domain.publication import Number
from studio.domain.statistics import Estimate, Fact
from studio.services.outputs import Column


@dataclass(frozen=True)
class Publication:
    """One column as it goes to MLflow; `at` is when its newest number was measured."""

    experiment: str
    key: str
    tags: dict[str, str]
    numbers: tuple[Number, ...]
    table: tuple[dict[str, object], ...]
    at: datetime


def record(session: Session, column: Column, numbers: Iterable[Number]) -> None:
    """Keep measured numbers of a column until they are published; a newer one replaces the older."""
    for number in numbers:
        against = _variant_of(session, number.against)
        named = (
            *of_column(column),
            Measurement.metric == number.metric,
            Measurement.against_variant_id.is_(None)
            if against is None
            else Measurement.against_variant_id == against,
        )
        session.execute(delete(Measurement).where(*named))
        session.add(
            Measurement(
                variant_id=column.variant_id,
                revision_id=column.revision_id,
                controls_id=column.controls_id,
                take_id=column.take_id,
                against_variant_id=against,
                read_at=now(),
                **spelled(number),
            )
        )
    session.commit()


def publication_of(session: Session, column: Column) -> Publication | None:
    """What of a column is not in MLflow yet, together with all it has; None if nothing is new."""
    rows = list(session.scalars(select(Measurement).where(*of_column(column))))
    fresh = [row.read_at for row in rows if row.published_at is None and row.read_at is not None]
    if not fresh:
        return None
    variant = session.get_one(Variant, column.variant_id)
    version = session.get_one(Version, variant.version_id)
    group = session.get_one(Group, version.group_id)
    revision = session.get_one(SetRevision, column.revision_id)
    comparison = session.get_one(Comparison, column.comparison_id)
    numbers = tuple(_number(session, row) for row in rows)
    return Publication(
        experiment=group.mlflow_experiment,
        key=key_of(session, column),
        tags={
            "studio.group": group.slug,
            "studio.version": version.name,
            "studio.precision": variant.precision.value,
            "studio.revision": f"{revision.slug} r{revision.no}",
            "studio.comparison": comparison.public_id,
            "studio.archive": variant.archive_sha or "",
            **publication.tags(numbers),
        },
        numbers=numbers,
        table=tuple(_table(session, column)),
        at=max(fresh),
    )


def published(session: Session, column: Column, mlflow_run_id: str, at: datetime) -> None:
    """Mark what was measured up to `at` as written to MLflow: from now on that is the record."""
    session.execute(
        update(Measurement)
        .where(*of_column(column), Measurement.read_at <= at)
        .values(mlflow_run_id=mlflow_run_id, published_at=now())
    )
    session.commit()


def key_of(session: Session, column: Column) -> str:
    """The column's name in MLflow, the same in every process and after every loss of the cache."""
    variant = session.get_one(Variant, column.variant_id)
    revision = session.get_one(SetRevision, column.revision_id)
    controls = session.get_one(Controls, column.controls_id)
    return publication.key(variant.archive_sha or "", revision.content_sha, controls.sha, column.take_id)


def spelled(number: Number) -> dict[str, object]:
    """A number as the fields of its row."""
    interval = number.value if isinstance(number.value, Estimate) else None
    return {
        "metric": number.metric,
        "value": number.value.value,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "n": interval.n if interval else None,
        "fingerprint": dict(number.fingerprint),
        "fingerprint_sha": fingerprint.sha(number.fingerprint),
    }


def of_column(column: Column) -> tuple[ColumnElement[bool], ...]:
    """The condition that a measurement is one of this column."""
    return (
        Measurement.variant_id == column.variant_id,
        Measurement.revision_id == column.revision_id,
        Measurement.controls_id == column.controls_id,
        Measurement.take_id == column.take_id,
    )


def _variant_of(session: Session, archive: str) -> int | None:
    if not archive:
        return None
    return session.scalar(
        select(Variant.id).where(Variant.archive_sha.startswith(archive)).order_by(Variant.id).limit(1)
    )


def _number(session: Session, row: Measurement) -> Number:
    value: Estimate | Fact = Fact(row.value)
    if row.low is not None and row.high is not None and row.n is not None:
        value = Estimate(row.value, row.low, row.high, row.n)
    against = session.get_one(Variant, row.against_variant_id) if row.against_variant_id else None
    archive = (against.archive_sha or "")[:12] if against else ""
    return Number(row.metric, value, row.fingerprint, archive)


def _table(session: Session, column: Column) -> list[dict[str, object]]:
    """Every cell value of the column, one row a number; `against` names the picture compared with."""
    rows = session.execute(
        select(RevisionItem.position, Sample.name, Sample.content_sha, CellValue)
        .join(Sample, Sample.id == RevisionItem.sample_id)
        .join(Output, of_cell(column, RevisionItem.annotation_id))
        .join(CellValue, CellValue.output_id == Output.id)
        .where(RevisionItem.revision_id == column.revision_id)
        .order_by(RevisionItem.position, CellValue.metric, CellValue.against_output_id)
    )
    return [
        {
            "position": position,
            "sample": name,
            "photo_sha256": sha,
            "metric": cell.metric,
            "against": "FP32 twin" if cell.against_output_id else "photo",
            "value": cell.value,
        }
        for position, name, sha, cell in rows
    ]
