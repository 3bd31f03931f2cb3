from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.samples import Annotation, Sample
from studio.domain.annotation import Edit, Verb, tagged
from studio.domain.vocabulary import Purpose
from studio.errors import NotFound
from studio.queries import annotations as reading
from studio.queries.annotations import Neighbours
from studio.services import annotations, sets
from tests import factories

FACE = ((20.0, 24.0), (44.0, 24.0), (32.0, 36.0), (24.0, 48.0), (40.0, 48.0))


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


def test_the_history_tells_who_changed_what_newest_first(session: Session, by: int) -> None:
    photo = factories.sample(session, tags=[("hair", "long")])
    photo.consent_until = date(2027, 1, 31)
    annotations.set_hair_mask(session, by, photo.id, factories.mask())
    annotations.set_landmarks(session, by, photo.id, FACE)
    annotations.revise(session, by, [photo.id], tagged([("hair", "short")], [("hair", "long")]))
    annotations.clear(session, by, photo.id, "hair_mask")
    shown = reading.photo(session, photo.id)
    assert [note.no for note in shown.notes] == [5, 4, 3, 2, 1]
    assert [note.edits for note in shown.notes] == [
        (Edit(Verb.REMOVED, "hair_mask_sha"),),
        (Edit(Verb.ADDED, "hair:short"), Edit(Verb.REMOVED, "hair:long")),
        (Edit(Verb.ADDED, "landmarks"),),
        (Edit(Verb.ADDED, "hair_mask_sha"),),
        (Edit(Verb.ADDED, "hair:long"),),
    ]
    assert shown.note(3).known.landmarks == FACE
    assert shown.note(None).no == 5
    assert (shown.by, shown.consent_until, shown.guess) == ("Mina", date(2027, 1, 31), ())
    with pytest.raises(NotFound):
        shown.note(6)


def test_an_erased_photo_has_no_page_and_no_files(session: Session, by: int) -> None:
    photo = factories.sample(session)
    annotations.set_hair_mask(session, by, photo.id, factories.mask())
    assert len(reading.file_sha(session, photo.id, 2, "hair_mask_sha")) == 64
    photo.erased_at = now()
    session.commit()
    for ask in (
        lambda: reading.photo(session, photo.id),
        lambda: reading.photo(session, 4711),
        lambda: reading.file_sha(session, photo.id, 2, "hair_mask_sha"),
    ):
        with pytest.raises(NotFound):
            ask()


def test_where_a_photo_is_used_names_revisions_with_their_annotation_and_comparisons(
    session: Session, by: int
) -> None:
    comparison = factories.comparison(session, photos=1)
    [photo] = session.scalars(select(Sample.id))
    annotations.revise(session, by, [photo], tagged([("hair", "long")]))
    sets.create(session, by, "Faces", Purpose.NIGHT, [photo])
    places, shown = reading.places(session, photo)
    assert [(place.name, place.no, place.purpose, place.annotation) for place in places] == [
        ("Faces", 1, Purpose.NIGHT, 2),
        ("", 1, Purpose.COMPARE, 1),
    ]
    assert [each.public_id for each in shown] == [comparison.public_id]


def test_the_photos_beside_one_are_those_of_the_wall_or_of_the_set_one_walks_through(
    session: Session, by: int
) -> None:
    first, retired, second, third = (factories.sample(session) for _ in range(4))
    retired.retired_at = now()
    made = sets.create(session, by, "Faces", Purpose.COMPARE, [third.id, first.id])
    assert reading.neighbours(session, second.id) == Neighbours(older=first.id, newer=third.id)
    assert reading.neighbours(session, third.id) == Neighbours(older=second.id, newer=None)
    assert reading.neighbours_in(session, third.id, made.id) == Neighbours(older=first.id, newer=None)
    assert reading.neighbours_in(session, first.id, made.id) == Neighbours(older=None, newer=third.id)
    assert reading.neighbours_in(session, second.id, made.id) == Neighbours(None, None)


def test_tags_in_use_are_those_of_current_annotations_the_most_frequent_first(
    session: Session, by: int
) -> None:
    photos = [factories.sample(session, tags=[("hair", "long")]) for _ in range(3)]
    annotations.revise(session, by, [photos[0].id], tagged([("light", "dim")], [("hair", "long")]))
    annotations.revise(session, by, [photos[1].id], tagged([("hair", "a")]))
    assert session.scalars(select(Annotation.id)).all()
    assert reading.tags_in_use(session) == ["hair:long", "hair:a", "light:dim"]
