from dataclasses import dataclass

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.measurements import Measurement
from studio.domain import publication
from studio.domain.publication import Number
from studio.domain.statistics import Estimate, Fact
from studio.errors import TrackingUnavailable
from studio.gateways.tracking import NoTracking, Tracked
from studio.queries import comparisons, measurements
from studio.queries.comparisons import Desk
from studio.services import outputs, publishing
from studio.services.measurements import refresh
from tests import factories


@dataclass(frozen=True)
class Silent:
    """MLflow that does not answer."""

    def read(self, experiment: str, keys: object) -> dict[str, Tracked]:
        raise TrackingUnavailable("no answer")


@pytest.fixture
def made(session: Session) -> Comparison:
    return factories.comparison(session, columns=2)


@pytest.fixture
def desk(session: Session, made: Comparison) -> Desk:
    return comparisons.desk(session, made.public_id)


def held(session: Session, made: Comparison, *numbers: Number, column: int = 0) -> NoTracking:
    """MLflow as it is after these numbers of a column were published."""
    key = publishing.key_of(session, outputs.columns(session, made.id)[column])
    return NoTracking({key: Tracked("f" * 32, publication.metrics(numbers), publication.tags(numbers))})


def test_what_mlflow_says_now_is_what_the_cache_says(session: Session, made: Comparison, desk: Desk) -> None:
    for value in (12.5, 99.0):
        number = Number("fd_standin", Estimate(value, value - 1, value + 1, 24), {"n": 24})
        assert refresh(session, desk, held(session, made, number))
        found = measurements.numbers(session, desk)[0].own["fd_standin"]
        assert (found.value, found.low, found.high, found.n) == (value, value - 1, value + 1, 24)
        assert (found.mlflow_run_id, found.fingerprint) == ("f" * 32, {"n": 24})


def test_an_emptied_cache_is_filled_again(session: Session, made: Comparison, desk: Desk) -> None:
    tracking = held(session, made, Number("archive_bytes", Fact(1000.0), {"n": 24}))
    refresh(session, desk, tracking)
    before = measurements.numbers(session, desk)[0].own["archive_bytes"]
    session.execute(delete(Measurement))
    refresh(session, desk, tracking)
    after = measurements.numbers(session, desk)[0].own["archive_bytes"]
    assert (after.value, after.fingerprint_sha) == (before.value, before.fingerprint_sha)


def test_a_paired_difference_finds_its_other_half_again(
    session: Session, made: Comparison, desk: Desk
) -> None:
    first = desk.columns[0]
    number = Number("fd_standin", Fact(-3.0), {"n": 24}, against=(first.archive_sha or "")[:12])
    refresh(session, desk, held(session, made, number, column=1))
    assert measurements.numbers(session, desk)[1].against["fd_standin"].against_variant_id == first.variant_id


def test_a_difference_to_an_archive_nobody_knows_is_left_out(
    session: Session, made: Comparison, desk: Desk
) -> None:
    refresh(session, desk, held(session, made, Number("fd_standin", Fact(-3.0), {}, against="0123456789ab")))
    assert session.scalars(select(Measurement)).all() == []


def test_a_number_that_is_not_published_yet_stays(session: Session, made: Comparison, desk: Desk) -> None:
    factories.measurement(session, outputs.columns(session, made.id)[0], "fd_standin")
    session.commit()
    refresh(session, desk, held(session, made, Number("fd_standin", Fact(99.0), {})))
    assert measurements.numbers(session, desk)[0].own["fd_standin"].value == 12.5


def test_a_number_taken_out_of_mlflow_leaves_the_cache(
    session: Session, made: Comparison, desk: Desk
) -> None:
    both = (Number("fd_standin", Fact(1.0), {}), Number("archive_bytes", Fact(2.0), {}))
    refresh(session, desk, held(session, made, *both))
    refresh(session, desk, held(session, made, both[0]))
    assert set(measurements.numbers(session, desk)[0].own) == {"fd_standin"}


def test_without_mlflow_the_cache_stays_as_it_was(session: Session, made: Comparison, desk: Desk) -> None:
    factories.measurement(session, outputs.columns(session, made.id)[0], published=True)
    session.commit()
    assert not refresh(session, desk, Silent())
    assert measurements.numbers(session, desk)[0].own["fd_standin"].value == 12.5


def test_a_column_that_was_never_published_keeps_what_it_has(
    session: Session, made: Comparison, desk: Desk
) -> None:
    factories.measurement(session, outputs.columns(session, made.id)[0], published=True)
    session.commit()
    assert refresh(session, desk, NoTracking())
    assert measurements.numbers(session, desk)[0].own["fd_standin"].value == 12.5
