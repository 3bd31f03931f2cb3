import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.domain.annotation import Known, tagged
from studio.domain.vocabulary import TagOrigin
from studio.errors import NotFound, StudioError, UnreadablePhoto
from studio.gateways.storage import BlobDamaged, Storage
from studio.services import annotations
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


FACE = ((20.0, 24.0), (44.0, 24.0), (32.0, 36.0), (24.0, 48.0), (40.0, 48.0))


@pytest.fixture
def storage(studio_var: Path) -> Storage:
    return Storage(studio_var / "objects")


def mask_of(storage: Storage, sha: str | None) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(storage.get(sha or ""))))


def test_five_landmarks_come_with_the_mask_of_both_eyes(session: Session, storage: Storage, by: int) -> None:
    photo = factories.sample(session)
    annotations.set_landmarks(session, by, photo.id, FACE)
    known = current(session, photo)
    assert known.landmarks == [list(point) for point in FACE]
    mask = mask_of(storage, known.eye_mask_sha)
    assert mask.shape == (64, 64)
    assert (mask[24, 20], mask[24, 44], mask[24, 32], mask[48, 24]) == (255, 255, 0, 0)
    annotations.set_landmarks(session, by, photo.id, FACE)
    assert current(session, photo).no == 2
    annotations.clear(session, by, photo.id, "landmarks")
    assert (current(session, photo).landmarks, current(session, photo).eye_mask_sha) == (None, None)


@pytest.mark.parametrize(
    "points",
    [
        FACE[:4],
        (*FACE, FACE[0]),
        ((-1.0, 24.0), *FACE[1:]),
        (*FACE[:4], (40.0, 64.5)),
        (FACE[0], FACE[0], *FACE[2:]),
    ],
)
def test_points_that_are_no_face_are_refused_and_change_nothing(
    session: Session, storage: Storage, by: int, points: tuple[tuple[float, float], ...]
) -> None:
    photo = factories.sample(session)
    with pytest.raises(StudioError) as caught:
        annotations.set_landmarks(session, by, photo.id, points)
    assert caught.value.hint
    assert current(session, photo).no == 1


def test_a_hair_mask_and_a_target_are_kept_and_taken_away(
    session: Session, storage: Storage, by: int
) -> None:
    photo = factories.sample(session)
    annotations.set_hair_mask(session, by, photo.id, factories.mask())
    annotations.set_target(session, by, photo.id, factories.png(5))
    known = current(session, photo)
    assert set(np.unique(mask_of(storage, known.hair_mask_sha))) == {0, 255}
    assert mask_of(storage, known.target_sha).shape == (64, 64, 3)
    assert annotations.file(session, photo.id, 3, "target_sha") == storage.path(known.target_sha or "")
    annotations.clear(session, by, photo.id, "hair_mask")
    annotations.clear(session, by, photo.id, "target")
    known = current(session, photo)
    assert (known.no, known.hair_mask_sha, known.target_sha) == (5, None, None)
    with pytest.raises(NotFound):
        annotations.file(session, photo.id, 5, "target_sha")


def test_a_target_of_another_size_is_refused(session: Session, storage: Storage, by: int) -> None:
    photo = factories.sample(session)
    with pytest.raises(UnreadablePhoto, match="The target is 80 × 64 pixels, the photo 64 × 64"):
        annotations.set_target(session, by, photo.id, factories.png(5, 80, 64))


def test_a_file_that_is_gone_is_said_so(session: Session, storage: Storage, by: int) -> None:
    photo = factories.sample(session)
    annotations.set_hair_mask(session, by, photo.id, factories.mask())
    storage.path(current(session, photo).hair_mask_sha or "").unlink()
    with pytest.raises(BlobDamaged):
        annotations.file(session, photo.id, 2, "hair_mask_sha")


def test_nothing_is_drawn_on_a_photo_that_is_gone(session: Session, storage: Storage, by: int) -> None:
    erased = factories.sample(session, erased=True)
    with pytest.raises(NotFound):
        annotations.set_landmarks(session, by, erased.id, FACE)
