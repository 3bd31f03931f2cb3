"""Load: have an archive on the endpoint, or take it away, because somebody asked."""

from sqlalchemy import select

from studio.db.runs import Run
from studio.db.versions import Variant
from workers import context
from workers.step import Work, step


@step("load")
def load(work: Work) -> None:
    with context.session() as session:
        run = session.get_one(Run, work.run_id)
        variant = session.scalars(
            select(Variant).where(Variant.archive_sha == run.args["archive"]).limit(1)
        ).one()
    if run.args["load"]:
        context.load(variant)
    else:
        context.unload(context.endpoint(), run.args["archive"])
