from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.measurements import Measurement
from studio.db.outputs import CellValue
from studio.db.versions import Variant
from studio.domain import publication
from studio.domain.publication import Number
from studio.domain.statistics import Estimate, Fact
from studio.services import outputs, publishing
from studio.services.outputs import Column
from tests import factories

MADE = {"n": 24, "revision": "a"}
FD = Number("fd_standin", Estimate(12.5, 10.0, 15.0, 24), MADE)
SIZE = Number("archive_bytes", Fact(8_000_000.0), {"n": 24})


def two_columns(session: Session) -> tuple[Column, Column]:
    left, right = outputs.columns(session, factories.comparison(session, columns=2).id)
    return left, right


def kept(session: Session) -> list[tuple[str, float, float | None]]:
    found = select(Measurement.metric, Measurement.value, Measurement.low).order_by(Measurement.id)
    return [tuple(row) for row in session.execute(found)]


def archive(session: Session, column: Column) -> str:
    return session.get_one(Variant, column.variant_id).archive_sha or ""


def test_a_newer_number_replaces_the_older_of_its_column_alone(session: Session) -> None:
    left, right = two_columns(session)
    publishing.record(session, left, [FD, SIZE])
    publishing.record(session, right, [FD])
    publishing.record(session, left, [Number("fd_standin", Estimate(9.0, 8.0, 10.0, 24), MADE)])
    assert sorted(kept(session)) == [
        ("archive_bytes", 8_000_000.0, None), ("fd_standin", 9.0, 8.0), ("fd_standin", 12.5, 10.0)
    ]  # fmt: skip


def test_a_paired_difference_stands_beside_the_number_itself(session: Session) -> None:
    left, right = two_columns(session)
    paired = Number("fd_standin", Estimate(-0.5, -1.0, 0.0, 24), MADE, archive(session, left)[:12])
    for _ in range(2):
        publishing.record(session, right, [FD, paired])
    against = session.scalars(select(Measurement.against_variant_id).order_by(Measurement.value)).all()
    assert against == [left.variant_id, None]


def test_what_is_published_is_what_was_measured(session: Session) -> None:
    left, right = two_columns(session)
    paired = Number("kid_standin", Fact(-0.5), MADE, archive(session, left)[:12])
    publishing.record(session, right, [FD, SIZE, paired])
    found = publishing.publication_of(session, right)
    assert found is not None
    assert len(found.numbers) == 3
    read = publication.read(publication.metrics(found.numbers), found.tags)
    assert {number.metric: number.value for number in read} == {
        "fd_standin": FD.value, "archive_bytes": SIZE.value, "kid_standin": Fact(-0.5)
    }  # fmt: skip
    assert found.tags["studio.archive"] == archive(session, right)
    assert found.key.startswith(archive(session, right)[:12])


def test_nothing_new_is_nothing_to_publish(session: Session) -> None:
    left, _ = two_columns(session)
    assert publishing.publication_of(session, left) is None
    publishing.record(session, left, [FD])
    publishing.published(session, left, "run", now())
    assert publishing.publication_of(session, left) is None


def test_a_number_measured_after_the_write_began_is_still_to_be_published(session: Session) -> None:
    left, _ = two_columns(session)
    publishing.record(session, left, [FD])
    first = publishing.publication_of(session, left)
    assert first is not None
    publishing.record(session, left, [SIZE])
    publishing.published(session, left, "run", first.at)
    later = publishing.publication_of(session, left)
    assert later is not None
    assert len(later.numbers) == 2
    assert later.key == first.key
    assert session.scalar(select(func.count()).where(Measurement.published_at.is_(None))) == 1


def test_the_table_says_every_cell_value_and_what_it_was_compared_with(session: Session) -> None:
    left, right = two_columns(session)
    twin = factories.output(session, left, outputs.holes(session, left)[0]).id
    cell = factories.output(session, right, outputs.holes(session, right)[0]).id
    outputs.measured(
        session, [(cell, "psnr", None, 20.0), (cell, "psnr", twin, 45.0), (twin, "psnr", None, 1.0)]
    )
    publishing.record(session, right, [FD])
    found = publishing.publication_of(session, right)
    assert found is not None
    assert {(row["against"], row["value"]) for row in found.table} == {("photo", 20.0), ("FP32 twin", 45.0)}
    assert session.scalar(select(func.count()).select_from(CellValue)) == 3


def test_the_key_of_a_column_does_not_depend_on_row_numbers(session: Session) -> None:
    left, right = two_columns(session)
    keys = {publishing.key_of(session, column) for column in (left, right)}
    assert len(keys) == 2
    assert publishing.key_of(session, left) == publishing.key_of(session, left)
