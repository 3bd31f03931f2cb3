"""Publish: write a column's numbers to MLflow, which is their record from then on."""

from studio.db.runs import Run
from studio.domain import publication
from studio.domain.pipeline import parse_column
from studio.services import outputs, publishing
from studio.settings import settings
from workers import context
from workers.step import Work, step


@step("publish")
def publish(work: Work) -> None:
    # MLflow's client takes 2 s and 130 MB: not for the scheduler and the worker's parent process.
    from workers import publishing as mlflow

    with context.session() as session:
        run = session.get_one(Run, work.run_id)
        assert run.comparison_id is not None  # noqa: S101 a publish step belongs to a comparison
        column = outputs.columns(session, run.comparison_id)[parse_column(work.subject)]
        found = publishing.publication_of(session, column)
    if found is None:
        return
    mlflow_run_id = mlflow.publish(
        settings().mlflow,
        found.experiment,
        found.key,
        found.tags,
        publication.metrics(found.numbers),
        found.table,
        int(found.at.timestamp() * 1000),
    )
    with context.session() as session:
        publishing.published(session, column, mlflow_run_id, found.at)
