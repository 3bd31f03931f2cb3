import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from studio.db.samples import Sample
from studio.domain.annotation import Edit, Verb, tagged
from studio.domain.vocabulary import Purpose
from studio.errors import NotFound
from studio.queries import sets as reading
from studio.queries.sets import Item
from studio.services import annotations, sets
from tests import factories


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


@pytest.fixture
def photos(session: Session) -> list[int]:
    return [factories.sample(session).id for _ in range(8)]


def item(sample_id: int, annotation_id: int) -> Item:
    return Item(sample_id, annotation_id, 1, f"photo {sample_id}", factories.sha(sample_id), False, False)


def test_the_list_shows_each_set_once_by_its_newest_revision_and_six_photos(
    session: Session, by: int, photos: list[int]
) -> None:
    first = sets.create(session, by, "faces", Purpose.COMPARE, photos[:7])
    sets.create(session, by, "bangs", Purpose.CALIBRATE, photos[7:])
    sets.extend(session, by, first.slug, photos[7:])
    newest, older = reading.entries(session)
    assert (newest.newest.slug, newest.newest.no, newest.newest.n, newest.newest.by) == (
        "faces",
        2,
        8,
        "Mina",
    )
    assert len(newest.strip) == 6
    assert len(older.strip) == 1
    sets.retire(session, by, "faces")
    assert [entry.newest.slug for entry in reading.entries(session)] == ["bangs"]
    assert [entry.newest.slug for entry in reading.entries(session, retired=True)] == ["faces"]


def test_the_difference_of_two_revisions_names_what_came_went_and_was_edited(
    session: Session, by: int, photos: list[int]
) -> None:
    first = sets.create(session, by, "faces", Purpose.COMPARE, photos[:4])
    annotations.revise(session, by, [photos[1]], tagged([("light", "dim")]))
    sets.renew(session, by, "faces")
    third = sets.without(session, by, sets.extend(session, by, "faces", photos[4:5]).id, photos[:1])
    before, after = reading.items(session, first.id), reading.items(session, third.id)
    found = reading.difference(session, before, after)
    assert [each.sample_id for each in found.added] == [photos[4]]
    assert [each.sample_id for each in found.removed] == [photos[0]]
    [changed] = found.changed
    assert (changed.item.sample_id, changed.edits) == (photos[1], (Edit(Verb.ADDED, "light:dim"),))
    assert not found.moved
    assert [each.newer for each in before] == [False, True, False, False]


MEMBERS = st.lists(st.integers(1, 12), unique=True, max_size=8)


@given(old=MEMBERS, new=MEMBERS)
def test_what_came_and_went_turns_one_list_into_the_other(old: list[int], new: list[int]) -> None:
    before, after = [item(each, each) for each in old], [item(each, each) for each in new]
    found = reading.difference(Session(), before, after)
    came, went = [each.sample_id for each in found.added], [each.sample_id for each in found.removed]
    assert (set(old) | set(came)) - set(went) == set(new)
    assert not set(came) & set(old)
    assert not found.changed
    back = reading.difference(Session(), after, before)
    assert ({*back.added}, {*back.removed}, back.moved) == ({*found.removed}, {*found.added}, found.moved)
    if old == new:
        assert (came, went, found.moved) == ([], [], False)


def test_what_points_at_a_revision_is_listed(session: Session, by: int, photos: list[int]) -> None:
    made = sets.create(session, by, "faces", Purpose.COMPARE, photos[:3])
    group = factories.group(session)
    group.compare_revision_id = made.id
    other = factories.group(session)
    other.calibrate_revision_id = factories.revision(
        session, [session.get_one(Sample, each) for each in photos[1:5]], purpose=Purpose.CALIBRATE
    ).id
    session.commit()
    shown = reading.numbered(reading.revisions(session, "faces"), 1)
    found = reading.uses(session, shown)
    assert [(use.slug, use.purpose) for use in found.groups] == [(group.slug, Purpose.COMPARE)]
    assert (found.comparisons, found.nights) == ((), 0)
    assert found.overlap == ((other.name, 2),)


def test_comparisons_of_a_revision_are_listed(session: Session) -> None:
    comparison = factories.comparison(session, photos=2)
    session.commit()
    revision = next(entry.newest for entry in reading.entries(session))
    assert reading.uses(session, revision).comparisons == ((comparison.public_id, comparison.name),)


def test_a_revision_is_found_by_its_number_and_the_newest_without(
    session: Session, by: int, photos: list[int]
) -> None:
    sets.create(session, by, "faces", Purpose.COMPARE, photos[:2])
    sets.extend(session, by, "faces", photos)
    listed = reading.revisions(session, "faces")
    assert [reading.numbered(listed, no).no for no in (None, 1, 2)] == [2, 1, 2]
    assert reading.find(session, "faces", 3) is None
    for ask in (lambda: reading.numbered(listed, 3), lambda: reading.revisions(session, "nowhere")):
        with pytest.raises(NotFound):
            ask()
