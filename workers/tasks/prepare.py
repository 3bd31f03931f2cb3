"""Prepare: thumbnails of new photos, and a first guess where eyes, nose and mouth are. Beat asks; it is no step."""

import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import select

from studio.db.samples import Sample
from studio.domain.annotation import Point
from studio.errors import StudioError
from studio.gateways import photos
from studio.services import pictures, samples
from workers import context

log = structlog.get_logger()

BUDGET_S = 4.0  # of one look, so that steps do not wait; the rest is the next look's
SIDE = 640  # pixels that faces are looked for in
Grey = NDArray[np.uint8]  # height, width
Box = tuple[int, int, int, int]  # x, y, width, height

# Places in the frontal cascade's box, as shares of its side: left and right eye as seen.
EYES = np.array([(0.32, 0.39), (0.68, 0.39)])
# Places from between the eyes, in units of their distance: along their line, and down across it.
BELOW = np.array([(0.0, 0.58), (-0.39, 1.08), (0.39, 1.08)])  # nose, left and right corner of the mouth


def prepare() -> None:
    """One look, newest photos first; what is made already is only counted as made."""
    until = time.monotonic() + BUDGET_S
    while time.monotonic() < until:
        with context.session() as session:
            waiting = select(Sample.id, Sample.content_sha).where(
                Sample.prepared_at.is_(None), Sample.erased_at.is_(None)
            )
            found = session.execute(waiting.order_by(Sample.id.desc()).limit(1)).first()
        if found is None:
            return
        _one(found.id, found.content_sha)


def _one(sample_id: int, sha: str) -> None:
    """A photo that cannot be read is marked as well: looking at it again would not mend it."""
    import cv2

    guess = None
    try:
        pictures.prepare(context.storage(), sha)
        guess = landmarks(np.asarray(photos.decode(context.storage().get(sha))))
    except (StudioError, cv2.error) as error:  # one that breaks a cascade must not keep it from all others
        log.warning("not prepared", sample=sample_id, error=str(error))
    with context.session() as session:
        samples.prepared(session, sample_id, guess)


def landmarks(photo: NDArray[np.uint8]) -> list[Point] | None:
    """Eyes, nose and corners of the mouth of the largest face, left ones (as seen) first.

    Args:
        photo: (height, width, 3), sRGB.

    Returns:
        Five points in pixels of the photo; None where no face is found. The eyes are those that OpenCV's
        cascades see, else where eyes usually are in a face; nose and mouth follow from them by proportion.
    """
    import cv2

    scale = min(1.0, SIDE / max(photo.shape[:2]))
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    grey: Grey = np.asarray(cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)), dtype=np.uint8)
    face = _largest(grey, "frontalface_alt2", max(24, min(size) // 8))
    if face is None:
        return None
    eyes = _eyes(grey, face)
    middle, line = eyes.mean(axis=0), eyes[1] - eyes[0]
    down = np.array([-line[1], line[0]])
    below = middle + BELOW @ np.stack([line, down])
    return [(round(float(x / scale), 1), round(float(y / scale), 1)) for x, y in np.vstack([eyes, below])]


def _eyes(grey: Grey, face: Box) -> NDArray[np.float64]:
    """(2, 2): x, y of the left and the right eye as seen."""
    x, y, width, height = face
    usual: NDArray[np.float64] = np.array([x, y]) + EYES * [width, height]
    found = []
    for half in (0, 1):
        left = x + half * width // 2
        part = grey[y + height // 5 : y + height * 11 // 20, left : left + width // 2]
        eye = _largest(part, "eye", width // 8) or _largest(part, "eye_tree_eyeglasses", width // 8)
        if eye is None:
            return usual
        found.append((left + eye[0] + eye[2] / 2, y + height // 5 + eye[1] + eye[3] / 2))
    seen = np.array(found)
    apart = np.linalg.norm(seen - usual, axis=1).max()
    return seen if apart < 0.15 * width else usual  # a nostril or a brow, not an eye


def _largest(grey: Grey, cascade: str, least: int) -> Box | None:
    """What the cascade sees that is largest."""
    seen = _cascade(cascade).detectMultiScale(grey, scaleFactor=1.1, minNeighbors=4, minSize=(least, least))
    boxes = [(int(x), int(y), int(width), int(height)) for x, y, width, height in seen]
    return max(boxes, key=lambda box: box[2] * box[3], default=None)


@lru_cache(maxsize=4)
def _cascade(name: str) -> Any:
    import cv2

    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"))
