"""`studio relay`: the loop that rings for due work and takes back lost work. Rules are in services/runs.py."""

import time

import click
import structlog
from kombu.exceptions import OperationalError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from studio.db import session as db
from studio.gateways import logs, owner
from studio.gateways.queue import CeleryDoorbell, Doorbell
from studio.services import accounts, runs, steps
from studio.services.steps import Watch
from studio.settings import settings

LOOP_S = 0.25

log = structlog.get_logger()


@click.command()
def relay() -> None:
    """Send due steps to the workers and take back what a dead worker held."""
    logs.plain()
    doorbell = CeleryDoorbell(settings().broker_url)
    watch = Watch()
    with db.session(settings().database_url) as session:
        accounts.local_person(session)  # the pages read as this person from the first request
    while True:
        try:
            with db.session(settings().database_url) as session:
                turn(session, doorbell, watch)
        except DBAPIError as error:  # PostgreSQL restarts, SQLite is locked: the next turn sees again
            log.warning("database away", error=str(error.orig))
        (settings().run / "relay.beat").touch()
        time.sleep(LOOP_S)


def turn(session: Session, doorbell: Doorbell, watch: Watch) -> None:
    """One look at the queue."""
    dead = [name for name in steps.owners(session) if owner.gone(name)]
    for held in runs.take_back(session, watch, time.monotonic(), dead):
        log.info("taken back", step=held.step_id, name=held.name, attempts=held.attempts)
    for each in steps.due(session, watch, time.monotonic()):
        steps.sent(session, each.step_id)  # committed first: no transaction waits for the network
        try:
            doorbell.ring(each.name, each.step_id)
        except (OperationalError, OSError) as error:
            log.warning("broker away", error=str(error))
            steps.unsent(session, each.step_id)
            break
