import hashlib
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.samples import Sample
from studio.gateways.storage import Storage
from studio.services import samples
from studio.services.pictures import THUMBNAIL_SIDE
from studio.services.samples import Photo
from studio.settings import settings
from tests import factories


@pytest.fixture
def photo(session: Session) -> Sample:
    storage = Storage(settings().objects)
    data = factories.png(width=640, height=480)
    return samples.add_photo(session, storage, factories.person(session).id, Photo("a photo", data))


def test_the_file_at_full_size_is_the_stored_bytes(client: FlaskClient, photo: Sample) -> None:
    answer = client.get(f"/pictures/{photo.content_sha}.png")
    assert hashlib.sha256(answer.data).hexdigest() == photo.content_sha
    assert answer.content_type == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_thumbnail_is_small_and_made_once(client: FlaskClient, photo: Sample) -> None:
    address = f"/pictures/{photo.content_sha}.webp"
    first = client.get(address)
    assert first.content_type == "image/webp"
    assert Image.open(BytesIO(first.data)).size == (THUMBNAIL_SIDE, THUMBNAIL_SIDE * 3 // 4)
    (kept,) = (settings().root / "thumbs").rglob("*.webp*")
    made = kept.stat().st_mtime_ns
    assert client.get(address).data == first.data
    assert kept.stat().st_mtime_ns == made


def test_a_picture_known_to_the_browser_is_not_sent_again(client: FlaskClient, photo: Sample) -> None:
    address = f"/pictures/{photo.content_sha}.png"
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_stored_file_that_no_row_refers_to_is_not_shown(client: FlaskClient, photo: Sample) -> None:
    del photo
    sha = Storage(settings().objects).put(b"weights, say")
    assert client.get(f"/pictures/{sha}.png").status_code == 404
    assert client.get(f"/pictures/{sha}.webp").status_code == 404


def test_an_erased_photo_is_not_shown(client: FlaskClient, photo: Sample, session: Session) -> None:
    client.get(f"/pictures/{photo.content_sha}.webp")
    photo.erased_at = now()
    session.commit()
    assert client.get(f"/pictures/{photo.content_sha}.webp").status_code == 404
    assert client.get(f"/pictures/{photo.content_sha}.png").status_code == 404


def test_a_row_whose_file_is_gone_is_said_in_a_sentence(client: FlaskClient, photo: Sample) -> None:
    Storage(settings().objects).path(photo.content_sha).unlink()
    for kind in ("png", "webp"):
        answer = client.get(f"/pictures/{photo.content_sha}.{kind}")
        assert answer.status_code == 410
