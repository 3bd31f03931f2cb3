import hashlib
import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.gateways.storage import BlobDamaged, Shelf, Storage

PHOTO = b"photo" * 1_000
SHA = hashlib.sha256(PHOTO).hexdigest()

KILLED = """
import os, signal, sys
from pathlib import Path
from studio.gateways.storage import Storage
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
Storage(Path(sys.argv[1])).put(b"photo" * 1_000, durable=True)
"""
FULL = """
import resource, sys
from pathlib import Path
from studio.gateways.storage import Storage
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
Storage(Path(sys.argv[1])).put(b"photo" * 1_000)
"""


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "objects")


def files(storage: Storage) -> list[Path]:
    return [path for path in storage.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("durable", [False, True])
def test_what_is_put_is_got_under_its_hash(storage: Storage, durable: bool) -> None:
    assert storage.put(PHOTO, durable=durable) == SHA
    assert storage.get(SHA) == PHOTO
    assert files(storage) == [storage.path(SHA)]


def test_the_same_bytes_are_one_file(storage: Storage) -> None:
    storage.put(PHOTO)
    before = storage.path(SHA).stat().st_ino
    storage.put(PHOTO)
    assert storage.path(SHA).stat().st_ino == before


def test_many_that_put_the_same_at_once_leave_one_whole_file(storage: Storage) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(storage.put, [PHOTO] * 40)) == {SHA}
    assert files(storage) == [storage.path(SHA)]


def test_a_file_that_is_gone_is_said_so(storage: Storage) -> None:
    with pytest.raises(BlobDamaged, match="gone") as caught:
        storage.get(SHA)
    assert "Add the photo again" in caught.value.hint


@pytest.mark.parametrize("damaged", [b"", PHOTO[:-1], PHOTO[:-1] + b"?", PHOTO + b"?"])
def test_a_damaged_file_is_never_handed_out_and_putting_it_again_mends_it(
    storage: Storage, damaged: bytes
) -> None:
    storage.put(PHOTO)
    storage.path(SHA).write_bytes(damaged)
    with pytest.raises(BlobDamaged, match="damaged"):
        storage.get(SHA)
    storage.put(PHOTO)
    assert storage.get(SHA) == PHOTO


def test_a_writer_killed_before_the_flush_leaves_no_file_under_the_hash(storage: Storage) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, storage.root], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert not storage.path(SHA).exists()
    storage.put(PHOTO)
    assert storage.get(SHA) == PHOTO


def test_a_full_disk_leaves_nothing_behind(storage: Storage) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, storage.root], check=False, capture_output=True)
    assert b"OSError" in done.stderr
    assert files(storage) == []


def test_what_is_kept_can_be_read_by_others_as_the_umask_says(storage: Storage) -> None:
    storage.put(PHOTO)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(storage.path(SHA).stat().st_mode) == 0o666 & ~mask


@given(key=st.one_of(st.text(), st.text("0123456789abcdefABCDEF/.\0 ", min_size=60, max_size=68)))
def test_nothing_but_a_sha256_becomes_a_path(key: str) -> None:
    root = Path("/nowhere/objects")
    try:
        path = Storage(root).path(key)
    except ValueError:
        return
    assert path.parent.parent == root
    assert len(key) == 64
    assert int(key, 16) >= 0


@pytest.mark.parametrize(
    "key", ["", "..", "../" * 21 + "a", SHA.upper(), SHA + "\n", SHA[:-1] + "٠", "0" * 63]
)
def test_a_key_of_another_shape_is_refused(storage: Storage, key: str) -> None:
    for ask in (storage.path, storage.get):
        with pytest.raises(ValueError, match="not a sha256"):
            ask(key)


def test_a_shelf_keeps_the_newest_under_a_name(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "features")
    assert shelf.get("reference.npz") is None
    shelf.put("reference.npz", b"old")
    shelf.put("reference.npz", b"new")
    assert shelf.get("reference.npz") == b"new"
    assert [path.name for path in (tmp_path / "features").iterdir()] == ["reference.npz"]
