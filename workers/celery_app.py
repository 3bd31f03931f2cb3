"""The Celery worker and its beat. Celery moves and runs; what is due, lost or done is decided in SQL."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery, signals

from studio.domain.pipeline import PERIODIC, STEPS
from studio.gateways import logs
from studio.settings import settings
from workers import tasks  # noqa: F401 the import registers every step
from workers.step import TASKS
from workers.tasks import nights
from workers.tasks.prepare import prepare
from workers.tasks.schedule import rebuild, schedule
from workers.tasks.sweep import sweep
from workers.tasks.warm import warm

logs.plain()
app = Celery("studio", broker=settings().broker_url)
app.conf.update(
    # Only numbers of steps travel; pickle would run whatever reaches the socket.
    task_serializer="json",
    accept_content=["json"],
    # SQL holds the result; a result backend would be a second truth that can be lost alone.
    task_ignore_result=True,
    # A killed child must give its message back, but the relay does not wait for that (kombu: up to 94 s).
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    # Prefetched messages would be claims that nobody works on.
    worker_prefetch_multiplier=1,
    # Redelivery by time must never race the relay: longer than any step.
    broker_transport_options={
        "visibility_timeout": 3600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    },
    # Redis may restart at any moment, for ever.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_send_task_events=False,
    # The calendar's hours are those of the people who read it.
    timezone=str(settings().zone),
    # A child that packaged a model holds openvino, nncf and torch: 1.5 GB; a fresh one starts light.
    worker_max_memory_per_child=3_000_000,
    task_default_queue="work",
    # Without these RedBeat's lock lives 1,500 s, and after a SIGKILL nothing is sent for half an hour.
    beat_max_loop_interval=3,
    redbeat_lock_timeout=15,
    redbeat_redis_url=settings().redis_url,
    # A look that waited longer than its period is worth nothing: the next one is there.
    beat_schedule={
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in PERIODIC.items()
    },
)

for _name, _run in TASKS.items():
    app.task(name=_name, queue=STEPS[_name].queue)(_run)
app.task(name="warm", queue="work")(warm)
app.task(name="prepare", queue="work")(prepare)
app.task(name="schedule", queue="work")(schedule)
app.task(name="sweep", queue="work")(sweep)
app.task(name="nights", queue="work")(nights.begin)


def _touch(name: str) -> None:
    folder = settings().run
    if folder.is_dir():
        Path(folder / name).touch()


@signals.worker_process_init.connect
def _give_way(**_: Any) -> None:
    """Storing and measuring use what is left: an endpoint on the same machine must not wait for a core."""
    os.nice(5)
    with suppress(OSError):  # where the kernel shares by session, only this makes a session give way
        Path("/proc/self/autogroup").write_text("5")


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def _worker_lives(**_: Any) -> None:
    _touch("worker.beat")


@signals.beat_init.connect
def _calendar(**_: Any) -> None:
    """A Redis that was restarted has forgotten it."""
    rebuild(app)
