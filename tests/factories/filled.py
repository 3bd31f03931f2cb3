"""A database in which no table is empty."""

from datetime import date

from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.endpoints import Deployment
from studio.db.outputs import CellValue
from studio.db.versions import Version
from studio.domain.vocabulary import DeploymentState, OutputState, Precision, StepState
from studio.services import outputs
from tests.factories.library import sample
from tests.factories.nights import night, schedule
from tests.factories.versions import champion, endpoint, variant
from tests.factories.work import comparison, measurement, output, run, take


def everything(session: Session) -> None:
    """At least one row in every table."""
    tagged = sample(session, tags=[("hair", "long")])
    first, second = variant(session), variant(session, precision=Precision.INT8)
    champion(session, session.get_one(Version, first.version_id))
    shown = comparison(session, photos=[tagged], columns=[first, second])
    work = run(session, ("generate", StepState.DONE), ("generate", StepState.ERROR), of=shown)
    take(session, work)
    left, right = outputs.columns(session, shown.id)
    made = output(session, left, outputs.holes(session, left)[0], run_id=work.id)
    output(session, right, outputs.holes(session, right)[0], OutputState.ERROR, work.id)
    session.add(CellValue(output_id=made.id, metric="psnr", value=41.5))
    session.add(CellValue(output_id=made.id, metric="psnr", against_output_id=made.id, value=41.5))
    measurement(session, left, published=True)
    measurement(session, right, against_variant_id=first.id)
    host = endpoint(session)
    session.add(Deployment(endpoint_id=host.id, archive_sha=first.archive_sha, state=DeploymentState.LOADED))
    night(session, shown, on=date(2026, 11, 21))
    schedule(session, shown.by)
    session.add(Audit(person_id=shown.by, verb="add", noun="comparison", noun_id=shown.id))
    session.commit()
