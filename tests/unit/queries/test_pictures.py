from sqlalchemy.orm import Session

from studio.db.base import now
from studio.queries import pictures
from studio.services import outputs
from tests import factories


def test_the_pictures_of_samples_and_outputs_are_known_in_one_statement(session: Session, statements) -> None:
    made = factories.comparison(session)
    (column,) = outputs.columns(session, made.id)
    cell = outputs.holes(session, column)[0]
    shown = factories.output(session, column, cell)
    with statements(1):
        assert pictures.known(session, cell.photo_sha)
    assert pictures.known(session, shown.blob_sha)
    assert not pictures.known(session, factories.sha("something else"))


def test_an_erased_photo_is_not_known(session: Session) -> None:
    photo = factories.sample(session)
    photo.erased_at = now()
    assert not pictures.known(session, photo.content_sha)
