from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.base import now
from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.errors import UnreadablePhoto
from studio.gateways.storage import Storage
from studio.services import samples
from studio.services.samples import Photo
from tests import factories


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "objects")


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


def add(session: Session, storage: Storage, by: int, seed: int = 0, **facts: object) -> Sample:
    return samples.add_photo(session, storage, by, Photo("astronaut", factories.png(seed), **facts))


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_pixels_a_second_time_are_the_same_sample(
    session: Session, storage: Storage, by: int
) -> None:
    first = add(session, storage, by)
    padded = Photo("again", factories.png() + b"trailing bytes")
    assert samples.add_photo(session, storage, by, padded).id == first.id
    assert (count(session, Sample), count(session, Annotation)) == (1, 1)


def test_a_photo_comes_in_with_what_is_known_of_it(session: Session, storage: Storage, by: int) -> None:
    mask = factories.png(9)
    found = add(
        session, storage, by, source="NASA", licence="public domain", tags=[("hair", "long")], hair_mask=mask
    )
    known = session.scalars(select(Annotation)).one()
    assert (found.width, found.height, found.source, len(found.phash)) == (64, 64, "NASA", 16)
    assert (known.no, known.is_current, known.by) == (1, True, by)
    assert storage.get(known.hair_mask_sha or "") == mask
    assert [(tag.key, tag.value) for tag in session.scalars(select(AnnotationTag))] == [("hair", "long")]
    assert session.scalars(select(Audit.verb).where(Audit.noun == "sample")).all() == ["add"]
    assert storage.get(found.content_sha).startswith(b"\x89PNG")


def test_what_is_no_photo_leaves_nothing_behind(session: Session, storage: Storage, by: int) -> None:
    with pytest.raises(UnreadablePhoto):
        samples.add_photo(session, storage, by, Photo("letter", b"Dear Mina"))
    assert count(session, Sample) == 0
    assert not storage.root.exists()


def test_an_erased_photo_may_come_in_again_as_a_new_sample(
    session: Session, storage: Storage, by: int
) -> None:
    first = add(session, storage, by)
    first.erased_at = now()
    session.commit()
    assert add(session, storage, by).id != first.id
