"""The doorbell: tells a worker the number of a step. The work itself lies in SQL."""

from typing import Protocol

from celery import Celery

from studio.domain.pipeline import STEPS


class Doorbell(Protocol):
    def ring(self, name: str, step_id: int) -> None:
        """Raises OSError or a kombu error when the broker does not answer; the step stays where it was."""


class CeleryDoorbell:
    def __init__(self, broker_url: str) -> None:
        self._app = Celery("doorbell", broker=broker_url)
        self._app.conf.update(
            task_ignore_result=True,
            # A relay that waits for a dead Redis cannot take back lost work meanwhile.
            broker_transport_options={"socket_connect_timeout": 2, "socket_timeout": 2, "max_retries": 0},
        )

    def ring(self, name: str, step_id: int) -> None:
        self._app.send_task(name, args=[step_id], queue=STEPS[name].queue, retry=False)
