from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.endpoints import Deployment, Endpoint
from studio.domain.vocabulary import DeploymentState
from studio.services import endpoints
from tests import factories

ARCHIVE = factories.sha("archive")


def test_the_addresses_of_the_local_endpoint_follow_the_settings(session: Session) -> None:
    first = endpoints.local(session, "unix:/a", "unix:/b")
    again = endpoints.local(session, "http://ts:8080", "http://ts:8081")
    assert again.id == first.id
    found = session.scalars(select(Endpoint)).one()
    assert (found.inference_url, found.management_url) == ("http://ts:8080", "http://ts:8081")


def test_what_is_known_of_an_archive_on_an_endpoint_is_one_row(session: Session) -> None:
    host = factories.endpoint(session)
    endpoints.note(session, host.id, ARCHIVE, DeploymentState.FAILED, error="no memory")
    endpoints.note(session, host.id, ARCHIVE, DeploymentState.LOADED, rss=300_000_000)
    found = session.scalars(select(Deployment)).one()
    assert (found.state, found.rss, found.error) == (DeploymentState.LOADED, 300_000_000, "")
    assert found.last_used_at is not None
