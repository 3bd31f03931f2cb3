"""What the column headers read: the cached numbers."""

from collections.abc import Mapping

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from studio.db.comparisons import ComparisonColumn
from studio.db.measurements import Measurement
from studio.domain.desk import baselines
from studio.domain.measurement import Numbers, Value
from studio.queries.comparisons import Desk


def numbers(session: Session, desk: Desk) -> Mapping[int, Numbers]:
    """All cached numbers of a comparison by column, in one statement.

    Differences count only where they are to the column it is held against; of two fingerprints the newer row counts.
    """
    rows = session.execute(
        select(ComparisonColumn.position, Measurement)
        .join(
            Measurement,
            and_(
                Measurement.variant_id == ComparisonColumn.variant_id,
                Measurement.controls_id == ComparisonColumn.controls_id,
                Measurement.take_id == ComparisonColumn.take_id,
            ),
        )
        .where(
            ComparisonColumn.comparison_id == desk.id,
            Measurement.revision_id == desk.revision_id,
            Measurement.slice == "",
        )
        .order_by(Measurement.id)
    )
    own: dict[int, dict[str, Value]] = {}
    against: dict[int, dict[str, Value]] = {}
    base = baselines(desk.columns)
    bases = {position: desk.columns[of].variant_id for position, of in base.items()}
    for position, row in rows:
        if row.against_variant_id not in {None, bases.get(position)}:
            continue
        side = own if row.against_variant_id is None else against
        side.setdefault(position, {})[row.metric] = value(row)
    return {
        position: Numbers(own.get(position, {}), against.get(position, {})) for position in {*own, *against}
    }


def value(row: Measurement) -> Value:
    return Value(
        row.metric,
        row.value,
        row.low,
        row.high,
        row.n,
        row.against_variant_id,
        row.fingerprint,
        row.fingerprint_sha,
        row.mlflow_run_id,
        row.read_at,
    )
