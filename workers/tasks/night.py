"""Night: the last step of a night, which judges what the others made and measured."""

from studio.services import judgements
from workers import context
from workers.step import Work, step


@step("night")
def night(work: Work) -> None:
    with context.session() as session:
        judgements.close(session, work.run_id)
