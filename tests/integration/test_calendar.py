from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from celery import Celery
from celery.schedules import crontab
from redbeat.schedulers import RedBeatSchedulerEntry
from sqlalchemy.orm import Session

from studio.services import accounts, schedules
from tests.servers.redis import redis_server
from workers.tasks.schedule import rebuild


@pytest.fixture
def app() -> Iterator[Celery]:
    """The scheduler's settings, on a Redis of the test."""
    with redis_server() as socket:
        made = Celery("calendar", broker=f"redis+socket://{socket}?virtual_host=0", set_as_current=False)
        made.conf.update(redbeat_redis_url=f"unix://{socket}?db=0", redbeat_redis_options={"retry_period": 1})
        yield made


def put(session: Session, time: str, *, enabled: bool = True) -> None:
    schedules.put(session, accounts.local_person(session).id, time, enabled=enabled)


def entry(app: Celery) -> RedBeatSchedulerEntry:
    return RedBeatSchedulerEntry.from_key("redbeat:nights", app)


def test_the_scheduler_has_no_night_until_somebody_sets_one(app: Celery, session: Session) -> None:
    del session
    rebuild(app)
    with pytest.raises(KeyError):
        entry(app)


def test_a_night_set_in_sql_is_in_the_calendar_and_does_not_begin_at_once(
    app: Celery, session: Session
) -> None:
    put(session, "02:00")
    rebuild(app)
    held = entry(app)
    assert (held.task, held.schedule) == ("nights", crontab(minute="0", hour="2", app=app))
    assert not held.is_due().is_due
    assert timedelta() < held.due_at - datetime.now(UTC) <= timedelta(days=1)


def test_a_changed_time_replaces_the_entry_and_an_equal_one_keeps_when_it_was_due(
    app: Celery, session: Session
) -> None:
    put(session, "02:00")
    rebuild(app)
    before = entry(app).last_run_at
    rebuild(app)
    assert entry(app).last_run_at == before
    put(session, "03:30")
    rebuild(app)
    assert entry(app).schedule == crontab(minute="30", hour="3", app=app)


def test_a_night_switched_off_leaves_the_calendar(app: Celery, session: Session) -> None:
    put(session, "02:00")
    rebuild(app)
    put(session, "02:00", enabled=False)
    rebuild(app)
    with pytest.raises(KeyError):
        entry(app)


def test_a_redis_that_forgot_everything_gets_the_calendar_back(app: Celery, session: Session) -> None:
    put(session, "02:00")
    rebuild(app)
    redis.Redis.from_url(app.conf.redbeat_redis_url).flushall()
    rebuild(app)
    assert entry(app).task == "nights"
