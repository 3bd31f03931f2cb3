from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.samples import Annotation, RevisionItem, Sample, SetRevision
from studio.domain.vocabulary import Purpose
from studio.errors import StudioError
from studio.gateways.storage import BlobDamaged, Storage
from studio.services import samples, sets
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


def freeze(session: Session, by: int, *members: Sample, slug: str = "faces") -> SetRevision:
    return sets.add_revision(session, by, slug, Purpose.COMPARE, [member.id for member in members])


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_damaged_file_is_mended_by_adding_its_photo_again(
    session: Session, storage: Storage, by: int
) -> None:
    found = add(session, storage, by)
    storage.path(found.content_sha).write_bytes(b"rust")
    revision = freeze(session, by, found)
    with pytest.raises(BlobDamaged, match="damaged") as caught:
        sets.revision_photos(session, storage, revision.id)
    assert "Add the photo again" in caught.value.hint
    assert add(session, storage, by).id == found.id
    assert len(sets.revision_photos(session, storage, revision.id)) == 1


def test_a_missing_file_is_said_so(session: Session, storage: Storage, by: int) -> None:
    found = add(session, storage, by)
    storage.path(found.content_sha).unlink()
    with pytest.raises(BlobDamaged, match="gone"):
        sets.revision_photos(session, storage, freeze(session, by, found).id)


def test_the_photos_of_a_set_come_in_its_order(session: Session, storage: Storage, by: int) -> None:
    members = [add(session, storage, by, seed) for seed in range(3)]
    revision = freeze(session, by, *reversed(members))
    photos = sets.revision_photos(session, storage, revision.id)
    assert photos == [storage.get(member.content_sha) for member in reversed(members)]


def test_the_same_list_as_the_newest_revision_is_that_revision(session: Session, by: int) -> None:
    a, b = (factories.sample(session) for _ in range(2))
    first = freeze(session, by, a, b)
    assert freeze(session, by, a, b).id == first.id
    second = freeze(session, by, b, a)
    assert (first.no, second.no, second.n) == (1, 2, 2)
    assert freeze(session, by, a, b).no == 3


def test_a_new_mask_of_a_photo_makes_the_next_revision(session: Session, by: int) -> None:
    a = factories.sample(session)
    first = freeze(session, by, a)
    factories.annotate(session, a).hair_mask_sha = factories.sha("mask")
    session.commit()
    second = freeze(session, by, a)
    assert second.no == 2
    items = select(RevisionItem.revision_id, RevisionItem.annotation_id).order_by(RevisionItem.revision_id)
    (_, before), (_, after) = session.execute(items)
    assert before != after
    assert first.content_sha != second.content_sha


def test_sets_are_numbered_each_for_itself(session: Session, by: int) -> None:
    a, b = (factories.sample(session) for _ in range(2))
    freeze(session, by, a)
    assert freeze(session, by, a, b, slug="bangs").no == 1
    assert freeze(session, by, a, b).no == 2


def test_equal_content_has_equal_hashes_in_every_database(session: Session, by: int) -> None:
    member = Sample(kind="photo", content_sha="ab" * 32, name="a", width=64, height=64)
    session.add(member)
    session.flush()
    session.add(Annotation(sample_id=member.id, no=1, is_current=True, by=by))
    found = freeze(session, by, member).content_sha
    assert found == "80b7d0fcdb7d35db52f77172d59d0c103a4739891ff8aaaa9cded1df6f3c0a60"


def test_a_set_needs_photos_that_are_there_and_each_only_once(session: Session, by: int) -> None:
    a = factories.sample(session)
    for members in ([], [a.id, a.id], [a.id, 4711]):
        with pytest.raises(StudioError) as caught:
            sets.add_revision(session, by, "faces", Purpose.COMPARE, members)
        assert caught.value.hint
    assert count(session, SetRevision) == 0


def test_latency_is_measured_on_the_smallest_photo_that_can_be_read(
    session: Session, storage: Storage, by: int
) -> None:
    first, second = add(session, storage, by, 1), add(session, storage, by, 2)
    revision = freeze(session, by, first, second)
    assert sets.smallest_photo(session, storage, revision.id) == storage.get(first.content_sha)
    storage.path(first.content_sha).write_bytes(b"damaged")
    assert sets.smallest_photo(session, storage, revision.id) == storage.get(second.content_sha)
    storage.path(second.content_sha).unlink()
    with pytest.raises(BlobDamaged, match="No photo"):
        sets.smallest_photo(session, storage, revision.id)
