from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.samples import Sample
from studio.gateways.storage import Storage
from studio.services import samples
from studio.services.pictures import SIDES
from studio.services.samples import Photo
from studio.settings import settings
from tests import factories
from workers.tasks.prepare import landmarks, prepare

ASTRONAUT = Path(__file__).parents[3] / "samples/images/astronaut.png"


def face() -> np.ndarray:
    return np.asarray(Image.open(ASTRONAUT).convert("RGB"))


def add(session: Session, data: bytes) -> Sample:
    storage = Storage(settings().objects)
    found = samples.add_photo(session, storage, factories.person(session).id, Photo("a photo", data))
    session.commit()
    return found


@pytest.mark.parametrize("scale", [1, 2])
def test_eyes_nose_and_mouth_are_guessed_where_they_are(scale: int) -> None:
    photo = face()[:220, 100:340].repeat(scale, axis=0).repeat(scale, axis=1)
    left, right, nose, mouth_left, mouth_right = np.array(landmarks(photo)) / scale
    between = np.linalg.norm(right - left)
    middle = (left + right) / 2
    assert left[0] < nose[0] < right[0]
    assert mouth_left[0] < nose[0] < mouth_right[0]
    assert left[1] < nose[1] < mouth_left[1]
    assert np.linalg.norm(middle - (122, 116)) < 0.4 * between


def test_where_no_face_is_nothing_is_guessed() -> None:
    assert landmarks(np.full((256, 256, 3), 128, dtype=np.uint8)) is None


def test_a_new_photo_gets_its_thumbnails_and_its_guess_once(session: Session) -> None:
    photo = add(session, ASTRONAUT.read_bytes())
    prepare()
    session.refresh(photo)
    assert photo.prepared_at is not None
    assert len(photo.landmarks_guess or []) == 5
    first = photo.prepared_at
    session.commit()
    kept = sorted((settings().root / "thumbs").rglob("*.webp"))
    assert [max(Image.open(BytesIO(each.read_bytes())).size) for each in kept] == list(SIDES)
    prepare()
    session.refresh(photo)
    assert photo.prepared_at == first


def test_a_photo_whose_file_is_gone_stops_none_of_the_others(session: Session) -> None:
    kept, gone = add(session, factories.png(1)), add(session, factories.png(2))
    Storage(settings().objects).path(gone.content_sha).unlink()
    prepare()
    waiting = session.scalars(select(Sample.id).where(Sample.prepared_at.is_(None))).all()
    assert waiting == []
    assert kept.id != gone.id
