"""What becomes of a set after its first revision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.base import now
from studio.db.samples import RevisionItem, Sample, SetRevision
from studio.domain.annotation import tagged
from studio.domain.vocabulary import Purpose
from studio.errors import Conflict, NotFound, StudioError
from studio.services import annotations, sets
from tests import factories


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


@pytest.fixture
def photos(session: Session) -> list[int]:
    return [factories.sample(session).id for _ in range(4)]


@pytest.fixture
def faces(session: Session, by: int, photos: list[int]) -> SetRevision:
    return sets.create(session, by, "Everyday  faces", Purpose.COMPARE, photos[:3])


def members(session: Session, revision: SetRevision) -> list[tuple[int, int]]:
    listed = select(RevisionItem.sample_id, RevisionItem.annotation_id)
    ordered = listed.where(RevisionItem.revision_id == revision.id).order_by(RevisionItem.position)
    return [(sample_id, annotation_id) for sample_id, annotation_id in session.execute(ordered)]


def tag(session: Session, by: int, photo: int) -> None:
    annotations.revise(session, by, [photo], tagged([("light", "dim")]))


def test_a_set_takes_its_address_from_its_name(session: Session, by: int, faces: SetRevision) -> None:
    assert (faces.slug, faces.name, faces.no) == ("everyday-faces", "Everyday faces", 1)
    sample_id = members(session, faces)[0][0]
    assert sets.create(session, by, "한국 앞머리", Purpose.NIGHT, [sample_id]).slug == "한국-앞머리"
    with pytest.raises(Conflict, match="There is a set everyday-faces"):
        sets.create(session, by, "everyday FACES", Purpose.COMPARE, [sample_id])
    with pytest.raises(StudioError, match="needs a name"):
        sets.create(session, by, " … ", Purpose.COMPARE, [sample_id])


@given(st.text(max_size=200))
def test_an_address_made_from_a_name_makes_itself(name: str) -> None:
    try:
        slug = sets.slug_of(name)
    except StudioError:
        assert not any(letter.isalnum() or letter == "_" for letter in name.lower())
    else:
        assert "/" not in slug
        assert 0 < len(slug) <= 60
        assert sets.slug_of(slug) == slug.strip("-")


def test_photos_are_added_at_the_end_and_the_others_stay_as_they_were_frozen(
    session: Session, by: int, photos: list[int], faces: SetRevision
) -> None:
    before = members(session, faces)
    tag(session, by, photos[0])
    second = sets.extend(session, by, faces.slug, [photos[3], photos[0]])
    assert (second.no, second.name, second.purpose) == (2, "Everyday faces", Purpose.COMPARE)
    assert members(session, second)[:3] == before
    assert members(session, second)[3][0] == photos[3]
    assert sets.extend(session, by, faces.slug, photos).id == second.id
    assert members(session, faces) == before


def test_a_copy_without_some_photos_keeps_the_rest_as_it_was_frozen(
    session: Session, by: int, photos: list[int], faces: SetRevision
) -> None:
    before = members(session, faces)
    tag(session, by, photos[0])
    second = sets.without(session, by, faces.id, photos[1:3])
    assert members(session, second) == before[:1]
    with pytest.raises(StudioError, match="at least one photo"):
        sets.without(session, by, second.id, photos)


def test_what_is_known_now_comes_in_by_a_new_revision_and_only_if_it_differs(
    session: Session, by: int, photos: list[int], faces: SetRevision
) -> None:
    assert sets.renew(session, by, faces.slug).id == faces.id
    tag(session, by, photos[1])
    second = sets.renew(session, by, faces.slug)
    assert second.no == 2
    differing = [
        new != old for new, old in zip(members(session, second), members(session, faces), strict=True)
    ]
    assert differing == [False, True, False]
    assert second.content_sha == faces.content_sha  # a tag changes no picture


def test_an_erased_photo_falls_out_of_the_next_revision(
    session: Session, by: int, photos: list[int], faces: SetRevision
) -> None:
    session.get_one(Sample, photos[0]).erased_at = now()
    session.commit()
    assert [each for each, _ in members(session, sets.renew(session, by, faces.slug))] == photos[1:3]
    with pytest.raises(StudioError, match="not in the library"):
        sets.extend(session, by, "everyday-faces", [photos[0]])


def test_a_name_that_no_page_could_show_is_refused(session: Session, by: int, faces: SetRevision) -> None:
    with pytest.raises(StudioError, match="too long"):
        sets.rename(session, by, faces.slug, "x" * 121)


def test_a_name_and_being_put_aside_belong_to_all_revisions(
    session: Session, by: int, photos: list[int], faces: SetRevision
) -> None:
    sets.extend(session, by, faces.slug, photos[3:])
    sets.rename(session, by, faces.slug, " Faces of  a day ")
    sets.rename(session, by, faces.slug, "")
    sets.retire(session, by, faces.slug)
    rows = session.execute(select(SetRevision.name, SetRevision.retired_at.is_not(None))).all()
    assert set(rows) == {("Faces of a day", True)}
    with pytest.raises(Conflict, match="retired"):
        sets.without(session, by, faces.id, photos[:1])
    sets.retire(session, by, faces.slug, back=True)
    sets.retire(session, by, faces.slug, back=True)
    verbs = session.scalars(select(Audit.verb).where(Audit.noun == "set_revision")).all()
    assert verbs == ["freeze", "freeze", "rename", "retire", "bring back"]


def test_photos_that_a_group_compares_cannot_calibrate(
    session: Session, by: int, photos: list[int], faces: SetRevision
) -> None:
    group = factories.group(session)
    group.compare_revision_id = faces.id
    session.commit()
    with pytest.raises(StudioError, match=f"{group.name} compares 2 of these photos") as caught:
        sets.create(session, by, "ranges", Purpose.CALIBRATE, photos[1:])
    assert caught.value.hint
    assert sets.create(session, by, "ranges", Purpose.CALIBRATE, photos[3:]).no == 1


def test_a_set_that_is_not_there_is_said_so(session: Session, by: int) -> None:
    for verb in (sets.renew, sets.retire):
        with pytest.raises(NotFound):
            verb(session, by, "nowhere")
