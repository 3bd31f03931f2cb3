from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.domain.vocabulary import NightState
from studio.services import schedules
from studio.services.schedules import NoTime
from studio.settings import settings
from tests import factories


@pytest.fixture(autouse=True)
def seoul(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_TIMEZONE", "Asia/Seoul")
    settings.cache_clear()


def put(session: Session, time: str = "02:00", *, enabled: bool = True) -> None:
    schedules.put(session, factories.person(session).id, time, enabled=enabled)


def test_nights_do_not_begin_by_themselves_until_somebody_says_so(session: Session) -> None:
    assert schedules.current(session) is None
    assert schedules.time_of(None) == "02:00"
    assert schedules.missed(session, datetime.now(UTC)) is None


def test_the_time_is_one_of_the_studios_zone(session: Session) -> None:
    put(session, "02:30")
    row = schedules.current(session)
    assert row
    assert (row.crontab, schedules.time_of(row)) == ("30 2 * * *", "02:30")
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert schedules.next_at(row, noon).astimezone(UTC) == datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    assert schedules.next_at(row, noon + timedelta(hours=6)).date() == date(2026, 11, 23)


@pytest.mark.parametrize("time", ["", "25:00", "2", "02:60", "* * * * *"])
def test_what_is_no_time_of_day_is_refused(session: Session, time: str) -> None:
    with pytest.raises(NoTime):
        put(session, time)


def test_a_change_replaces_the_one_row_and_is_on_record(session: Session) -> None:
    put(session, "02:00")
    put(session, "03:15", enabled=False)
    row = schedules.current(session)
    assert row
    assert (schedules.time_of(row), row.enabled) == ("03:15", False)
    audits = session.query(Audit).filter_by(noun="schedule").order_by(Audit.id).all()
    assert [each.before for each in audits] == [None, {"crontab": "0 2 * * *", "enabled": True}]


def test_a_night_that_did_not_begin_is_told_until_one_has(session: Session) -> None:
    champion = factories.champion(session, factories.version(session))
    put(session)
    row = schedules.current(session)
    assert row
    row.at = champion.since = datetime(2026, 11, 1, tzinfo=UTC)
    session.commit()
    due = datetime(2026, 11, 20, 17, tzinfo=UTC)  # 02:00 of the 21st in Seoul
    assert schedules.missed(session, due + timedelta(minutes=5)) is None
    assert schedules.missed(session, due + timedelta(hours=6)) == due
    shown = factories.comparison(session)
    factories.night(session, shown, NightState.OK, on=date(2026, 11, 21), no=1)
    assert schedules.missed(session, due + timedelta(hours=6)) == due
    factories.night(session, shown, NightState.OK, on=date(2026, 11, 21), no=0)
    assert schedules.missed(session, due + timedelta(hours=6)) is None


def test_a_night_before_the_schedule_was_set_or_without_a_champion_is_not_missed(session: Session) -> None:
    put(session)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert schedules.missed(session, datetime.now(UTC)) is None
    assert schedules.missed(session, tomorrow) is None
