"""A library as large as it gets: thousands of tagged photos whose files are copies of a few pictures."""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import insert
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.samples import Annotation, AnnotationTag, Sample
from studio.domain.vocabulary import SampleKind, TagOrigin
from studio.gateways import photos
from studio.gateways.storage import Storage
from studio.services.pictures import SIDES
from tests.factories.library import person, sha

PICTURES, SIDE = 24, 512
VALUES = {
    "hair": ("long", "short", "up"),
    "light": ("soft", "dark"),
    "glasses": ("clear", "sun", "none", "tinted"),
}


def hang(session: Session, root: Path, n: int) -> None:
    """`n` photos with three tags each, their files and thumbnails under `root`; the newest has the largest id."""
    by = person(session).id
    made = [_files(root, picture) for picture in range(PICTURES)]
    rows = [
        {"id": i, "kind": SampleKind.PHOTO, "content_sha": sha(f"hung {i}"), "name": f"photo {i:04}", "width": SIDE,
         "height": SIDE, "phash": f"{i * 0x9E3779B97F4A7C15 % 2**64:016x}", "source": "", "licence": "", "consent": "",
         "prepared_at": now(), "landmarks_guess": [[1.0, 1.0]] * 5, "created_at": now()}
        for i in range(1, n + 1)
    ]  # fmt: skip
    session.execute(insert(Sample), rows)
    known = [
        {"id": i, "sample_id": i, "no": 1, "is_current": True, "by": by, "at": now()} for i in range(1, n + 1)
    ]
    session.execute(insert(Annotation), known)
    session.execute(insert(AnnotationTag), [
        {"annotation_id": i, "key": key, "value": values[i % len(values)], "origin": TagOrigin.PERSON}
        for i in range(1, n + 1)
        for key, values in VALUES.items()
    ])  # fmt: skip
    session.commit()
    for row in rows:
        for name, source in zip(_names(root, row["content_sha"]), made[row["id"] % PICTURES], strict=True):
            name.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, name)


def _files(root: Path, picture: int) -> list[Path]:
    """One picture and its thumbnails: soft shapes, so that decoding costs what a photo costs."""
    small = np.random.default_rng(picture).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(buffer, "PNG")
    files = [root / f"picture-{picture}", *(root / f"picture-{picture}-{side}" for side in SIDES)]
    files[0].write_bytes(buffer.getvalue())
    for file, side in zip(files[1:], SIDES, strict=True):
        file.write_bytes(photos.thumbnail(buffer.getvalue(), side))
    return files


def _names(root: Path, content: str) -> list[Path]:
    thumbs = root / "thumbs" / content[:2]
    return [Storage(root / "objects").path(content), *(thumbs / f"{content}.{side}.webp" for side in SIDES)]
