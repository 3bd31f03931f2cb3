from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.domain.vocabulary import TagOrigin
from studio.errors import NotFound
from studio.services import annotations
from studio.services.annotations import Known, tagged
from tests import factories


@pytest.fixture
def by(session: Session) -> int:
    return factories.person(session).id


def current(session: Session, sample: Sample) -> Annotation:
    return session.scalars(
        select(Annotation).where(Annotation.sample_id == sample.id, Annotation.is_current)
    ).one()


def tags_of(session: Session, sample: Sample) -> set[tuple[str, str]]:
    of = select(AnnotationTag.key, AnnotationTag.value).where(
        AnnotationTag.annotation_id == current(session, sample).id
    )
    return {(key, value) for key, value in session.execute(of)}


def test_an_edit_makes_the_next_annotation_and_keeps_what_it_does_not_change(
    session: Session, by: int
) -> None:
    photo = factories.sample(session, tags=[("hair", "long")])
    first = current(session, photo)
    first.landmarks = [[1.5, 2.0]] * 5
    first.hair_mask_sha = factories.sha("mask")
    session.commit()
    assert annotations.revise(session, by, [photo.id], tagged([("light", "dim")])) == 1
    second = current(session, photo)
    assert (second.no, second.by, second.landmarks) == (2, by, [[1.5, 2.0]] * 5)
    assert second.hair_mask_sha == factories.sha("mask")
    assert tags_of(session, photo) == {("hair", "long"), ("light", "dim")}
    of_first = select(AnnotationTag.key).where(AnnotationTag.annotation_id == first.id)
    assert session.scalars(of_first).all() == ["hair"]


def test_a_change_that_changes_nothing_makes_no_annotation(session: Session, by: int) -> None:
    photo = factories.sample(session, tags=[("hair", "long")])
    change = tagged([("hair", "long")], remove=[("light", "dim")])
    assert annotations.revise(session, by, [photo.id], change) == 0
    assert current(session, photo).no == 1
    assert not session.scalars(select(Audit)).all()


def test_only_the_photos_of_a_selection_that_differ_get_a_new_annotation(session: Session, by: int) -> None:
    plain, tagged_already = factories.sample(session), factories.sample(session, tags=[("hair", "long")])
    both = [plain.id, tagged_already.id]
    assert annotations.revise(session, by, both, tagged([("hair", "long")])) == 1
    assert (current(session, plain).no, current(session, tagged_already).no) == (2, 1)


def test_who_set_a_tag_first_stays_its_origin(session: Session, by: int) -> None:
    photo = factories.sample(session)
    session.add(
        AnnotationTag(
            annotation_id=current(session, photo).id, key="hair", value="long", origin=TagOrigin.RULE
        )
    )
    annotations.revise(session, by, [photo.id], tagged([("hair", "long"), ("light", "dim")]))
    of = select(AnnotationTag.key, AnnotationTag.origin).where(
        AnnotationTag.annotation_id == current(session, photo).id
    )
    assert dict(session.execute(of).all()) == {"hair": TagOrigin.RULE, "light": TagOrigin.PERSON}


def test_the_record_says_what_an_edit_changed_and_nothing_else(session: Session, by: int) -> None:
    photo = factories.sample(session, tags=[("hair", "long")])
    points = tuple((float(number), 2.0) for number in range(5))
    annotations.revise(
        session, by, [photo.id], lambda known: replace(known, landmarks=points, hair_mask_sha="ab" * 32)
    )
    audit = session.scalars(select(Audit)).one()
    assert (audit.verb, audit.noun, audit.noun_id) == ("annotate", "sample", photo.id)
    assert audit.before == {"landmarks": None, "hair_mask_sha": None}
    assert audit.after == {
        "landmarks": [[float(number), 2.0] for number in range(5)],
        "hair_mask_sha": "ab" * 32,
    }


def test_a_photo_that_is_not_there_leaves_the_others_as_they_are(session: Session, by: int) -> None:
    photo, erased = factories.sample(session), factories.sample(session, erased=True)
    session.commit()
    for missing in (4711, erased.id):
        with pytest.raises(NotFound):
            annotations.revise(session, by, [photo.id, missing], tagged([("hair", "long")]))
    assert session.scalar(select(func.max(Annotation.no))) == 1


TAG = st.tuples(st.sampled_from(["hair", "light"]), st.sampled_from(["a", "b", "c"]))


@given(before=st.sets(TAG), add=st.sets(TAG), remove=st.sets(TAG))
def test_tagging_adds_and_then_removes(
    before: set[tuple[str, str]], add: set[tuple[str, str]], remove: set[tuple[str, str]]
) -> None:
    known = Known(tags=dict.fromkeys(before, TagOrigin.RULE))
    after = tagged(add, remove)(known)
    assert set(after.tags) == (before | add) - remove
    assert all(after.tags[tag] is TagOrigin.RULE for tag in before & set(after.tags))
    assert tagged(add, remove)(after) == after
