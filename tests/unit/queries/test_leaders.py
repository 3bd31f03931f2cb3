from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.measurements import Measurement
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.change import Change
from studio.domain.vocabulary import Precision
from studio.queries.leaders import Leaders, leaders
from tests import factories
from tests.factories.nights import night


def of(session: Session, line: Group) -> Leaders:
    return leaders(session, [line.id])[line.id]


def full(session: Session, line: Group, name: str) -> Variant:
    return session.scalars(
        select(Variant)
        .join(Version, Version.id == Variant.version_id)
        .where(Version.group_id == line.id, Version.name == name, Variant.precision == Precision.FP32)
    ).one()


def test_no_groups_have_no_leaders(session: Session) -> None:
    assert leaders(session, []) == {}


def test_champion_and_newest_candidate_lead_in_seven_statements(session: Session, statements) -> None:
    line = factories.grown(session, 3)
    with statements(7):
        found = of(session, line)
    assert [each.name for each in found.both] == ["v1", "v3"]
    assert [each.changed for each in found.both] == [0.25, 0.25]
    assert [len(each.strip) for each in found.both] == [6, 6]


def test_the_newest_of_several_candidates_leads(session: Session) -> None:
    line = factories.grown(session, 3)
    session.get_one(Version, full(session, line, "v2").version_id).candidate_at = now()
    assert of(session, line).candidate.name == "v2"


def test_the_comparison_that_shows_both_is_found_and_a_nights_is_not(session: Session) -> None:
    line = factories.grown(session, 2)
    shown = [full(session, line, "v1"), full(session, line, "v2")]
    known = of(session, line).comparison
    assert known
    newer = factories.comparison(session, columns=shown)
    assert of(session, line).comparison == known, "it is on other photos than the group's"
    newer.revision_id = line.compare_revision_id
    assert of(session, line).comparison == newer.public_id
    night(session, newer, on=date(2026, 11, 21))
    assert of(session, line).comparison == known


def test_without_a_comparison_of_both_none_is_named(session: Session) -> None:
    line = factories.grown(session, 3)
    row = session.scalars(select(Champion).where(Champion.group_id == line.id)).one()
    row.version_id = full(session, line, "v2").version_id
    assert of(session, line).comparison == ""


def test_what_was_measured_on_masks_is_told_of_both(session: Session) -> None:
    line = factories.grown(session, 2)
    assert of(session, line).told is None
    for name, rest in (("v1", 2.1), ("v2", 0.8)):
        variant = full(session, line, name)
        row = session.scalars(
            select(Measurement).where(
                Measurement.variant_id == variant.id, Measurement.metric == "latency_p50_ms"
            )
        ).one()
        for metric, value in (("hair_changed", 1.0), ("rest_changed", rest)):
            session.add(
                Measurement(
                    variant_id=variant.id, revision_id=row.revision_id, controls_id=row.controls_id,
                    take_id=row.take_id, metric=metric, value=value, n=24, fingerprint={"n": 26},
                    fingerprint_sha=row.fingerprint_sha,
                )
            )  # fmt: skip
    told = of(session, line).told
    assert told.subject == Change("v2", 24, 24, 2, 0.8)
    assert told.others == (Change("v1", 24, 24, 2, 2.1),)
