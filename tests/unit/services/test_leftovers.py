import os
import time
from pathlib import Path

import pytest
from sqlalchemy import String
from sqlalchemy.orm import Session

from studio.db.base import Base
from studio.gateways.storage import Storage
from studio.services import leftovers
from tests import factories

AN_HOUR, TWO_DAYS = 3600.0, 2 * 24 * 3600.0

# Hashes of content, archives and inputs: none of them is the name of a file in this storage.
NO_FILES = {
    "set_revision.content_sha",
    "controls.sha",
    "deployment.archive_sha",
    "measurement.fingerprint_sha",
    "output.inputs_sha",
    "variant.archive_sha",
    "variant.recipe_sha",
    "version.manifest_sha",
}


@pytest.fixture
def storage(studio_var: Path) -> Storage:
    return Storage(studio_var / "objects")


def aged(file: Path, seconds: float) -> Path:
    os.utime(file, (time.time() - seconds,) * 2)
    return file


def test_an_upload_that_nobody_registered_goes_after_a_day(session: Session, storage: Storage) -> None:
    old, fresh = (storage.path(storage.put(data)) for data in (b"old", b"fresh"))
    aged(old, TWO_DAYS)
    aged(fresh, AN_HOUR)
    assert leftovers.sweep(session, storage) == 1
    assert (old.exists(), fresh.exists()) == (False, True)


def test_halves_that_a_killed_process_left_go_after_a_day(session: Session, storage: Storage) -> None:
    storage.put(b"anything")
    for place in (storage.root / ".part-1", storage.root / "ab" / ".part-2"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"half")
        aged(place, TWO_DAYS)
    assert leftovers.sweep(session, storage) == 2


def test_a_file_that_a_row_names_stays_however_old(session: Session, storage: Storage) -> None:
    photo = factories.sample(session)
    photo.content_sha = storage.put(b"photo")
    version = factories.version(session)
    version.checkpoint_sha = storage.put(b"weights")
    session.commit()
    for sha in (photo.content_sha, version.checkpoint_sha):
        aged(storage.path(sha), TWO_DAYS)
    assert leftovers.sweep(session, storage) == 0


def test_what_is_put_again_is_young_again(session: Session, storage: Storage) -> None:
    aged(storage.path(storage.put(b"once")), TWO_DAYS)
    kept = storage.path(storage.put(b"once"))
    assert leftovers.sweep(session, storage) == 0
    assert kept.exists()


def test_a_studio_that_stored_nothing_has_nothing_to_sweep(session: Session, storage: Storage) -> None:
    assert leftovers.sweep(session, storage) == 0


def test_every_column_of_hashes_names_a_stored_file_or_is_known_not_to() -> None:
    hashes = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, String) and column.type.length == 64
    }
    naming = {f"{column.class_.__table__.name}.{column.key}" for column in leftovers.NAMING}
    assert hashes == naming | NO_FILES
