"""Content-addressed files: a key is the sha256 of the bytes, so a file is never replaced and never half-written."""

import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from studio.errors import StudioError


class BlobDamaged(StudioError):
    """The stored bytes are gone or are not those that were stored."""

    status = 410


class Storage:
    """Files under `root`, in folders by the first two digits of their hash."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha: str) -> Path:
        """Where the bytes of `sha` lie.

        Raises:
            ValueError: `sha` is not 64 hexadecimal digits (nothing a user typed becomes a path).
        """
        if len(sha) != 64 or not set(sha) <= set("0123456789abcdef"):
            raise ValueError("not a sha256")
        return self.root / sha[:2] / sha

    def put(self, data: bytes, *, durable: bool = False) -> str:
        """Store `data` and return its sha256.

        Args:
            durable: flush to disk before returning (photos, checkpoints). What can be computed again
                is not flushed: a power cut costs a recompute, not 7 ms for each output.
        """
        sha = hashlib.sha256(data).hexdigest()
        final = self.path(sha)
        if _holds(final, data):
            os.utime(final)  # wanted now, however old: nothing may sweep it before a row names it
            return sha
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.parent / f".part-{secrets.token_hex(8)}"
        try:
            with part.open("xb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            part.rename(final)
        finally:
            part.unlink(missing_ok=True)
        if durable:
            _flush_folder(final.parent)
        return sha

    def receive(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Store what comes in pieces, flushed to disk; its sha256 and size in bytes.

        One piece at a time is in memory. Where the pieces break off with an error, nothing stays.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        part = self.root / f".part-{secrets.token_hex(8)}"
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("xb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    size += file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            final = self.path(digest.hexdigest())
            final.parent.mkdir(exist_ok=True)
            part.rename(final)
        finally:
            part.unlink(missing_ok=True)
        _flush_folder(final.parent)
        return digest.hexdigest(), size

    def size(self, sha: str) -> int | None:
        """Bytes of the stored file; None where there is none."""
        try:
            return self.path(sha).stat().st_size
        except FileNotFoundError:
            return None

    def get(self, sha: str) -> bytes:
        """The bytes of `sha`, checked.

        Raises:
            BlobDamaged: the file is missing or its content has another hash.
        """
        try:
            data = self.path(sha).read_bytes()
        except FileNotFoundError:
            raise BlobDamaged(f"The stored file {sha[:12]} is gone.", "Add the photo again.") from None
        if hashlib.sha256(data).hexdigest() != sha:
            raise BlobDamaged(f"The stored file {sha[:12]} is damaged.", "Add the photo again.")
        return data

    def sweep(self, before: float, named: Callable[[Collection[str]], Collection[str]]) -> int:
        """Delete what was last put before this moment, in seconds of the epoch, and is not `named`.

        Args:
            named: those of some files, by their names, that must stay; asked folder by folder.

        Returns:
            How many files went.
        """
        gone = 0
        for folder in (self.root, *self.root.glob("??")):
            old = {path.name: path for path in folder.glob("*") if _older(path, before)}
            for name in old.keys() - set(named(old)):
                if _older(old[name], before):  # else it was put again meanwhile
                    old[name].unlink(missing_ok=True)
                    gone += 1
        return gone


def _older(file: Path, moment: float) -> bool:
    try:
        return file.is_file() and file.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _holds(file: Path, data: bytes) -> bool:
    """Whether `file` is `data` already; a damaged file is written anew."""
    try:
        return file.stat().st_size == len(data) and file.read_bytes() == data
    except FileNotFoundError:
        return False


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Shelf:
    """Files by a name of our own making, for what can be computed again: features of a reference set."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, name: str) -> bytes | None:
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, data: bytes) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        part = self.root / f".part-{secrets.token_hex(8)}"
        try:
            part.write_bytes(data)
            part.rename(self.root / name)
        finally:
            part.unlink(missing_ok=True)
