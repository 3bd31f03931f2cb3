"""Real portraits through the studio's door: `STUDIO_PORTRAITS=folder make test-local`. Never part of `make test`.

The folder holds `images/` with photos and `odd/` with awkward uploads; nothing of it is kept.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from studio.errors import UnreadablePhoto
from studio.gateways import photos

FOLDER = Path(os.environ["STUDIO_PORTRAITS"])
IMAGES = sorted((FOLDER / "images").iterdir())
ODD = sorted(path for path in (FOLDER / "odd").iterdir() if path.suffix != ".md")


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_a_portrait_is_kept_as_it_looks(path: Path) -> None:
    kept, width, height, *_ = photos.normalise(path.read_bytes())
    again = np.asarray(photos.decode(kept))
    assert again.shape == (height, width, 3)
    assert np.array_equal(again, np.asarray(photos.decode(path.read_bytes())))


@pytest.mark.parametrize("path", ODD, ids=lambda path: path.name)
def test_an_awkward_file_is_kept_or_refused_in_a_sentence(path: Path) -> None:
    try:
        kept = photos.normalise(path.read_bytes()).png
    except UnreadablePhoto as refused:
        assert refused.message.endswith(".")
        assert refused.hint.endswith(".")
    else:
        assert kept.startswith(b"\x89PNG")
