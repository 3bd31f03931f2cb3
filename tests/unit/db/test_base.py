from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.base import now, public_id
from studio.db.versions import Group
from tests import factories

moments = st.datetimes(
    min_value=datetime(1990, 1, 1),
    max_value=datetime(2090, 1, 1),
    timezones=st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-720, 840)),
)


def audit(session: Session, **columns: object) -> Audit:
    found = Audit(person_id=factories.person(session).id, verb="look", noun="sample", noun_id=1, **columns)
    session.add(found)
    session.commit()
    session.expire(found)
    return found


@given(moment=moments)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_moment_comes_back_as_the_same_moment_in_utc(session: Session, moment: datetime) -> None:
    found = audit(session, at=moment).at
    assert found == moment
    assert found.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="without a zone"):
        audit(session, at=datetime(2026, 1, 1))


def test_moments_are_ordered_in_sql_as_they_are_in_time(session: Session) -> None:
    hour = timedelta(hours=1)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for moment in (
        noon,
        (noon - hour).astimezone(timezone(9 * hour)),
        (noon + hour).astimezone(timezone(-9 * hour)),
    ):
        audit(session, at=moment)
    found = session.scalars(select(Audit.at).order_by(Audit.at)).all()
    assert found == [noon - hour, noon, noon + hour]


def test_nothing_in_a_json_column_is_null_in_sql(session: Session) -> None:
    assert audit(session, before=None).before is None
    assert session.scalars(select(Audit.id).where(Audit.before.is_(None))).all()
    line = factories.group(session, gates=[{"metric": "kid_standin", "high": 1.5}])
    session.commit()
    session.expire(line)
    assert session.scalars(select(Group.gates)).one() == [{"metric": "kid_standin", "high": 1.5}]


def test_public_ids_tell_nothing_and_do_not_repeat() -> None:
    found = {public_id() for _ in range(1_000)}
    assert len(found) == 1_000
    assert {len(each) for each in found} == {22}
    assert all(each.isalnum() for each in found)


def test_now_has_a_zone() -> None:
    assert now().tzinfo is UTC
