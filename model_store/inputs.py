"""Photos as a network's input, prepared exactly as the handler will."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from model_store.handler import Frame, choose, decode, fill
from model_store.manifest import Manifest

CHOICES = 2
"""Settings of the controls tried on each photo; from photo to photo all of them have their turn."""


def of_photos(photos: Sequence[bytes], manifest: Manifest) -> Iterator[NDArray[np.float32]]:
    """Network inputs (1, planes, height, width) of encoded photos, prepared as the handler does."""
    options = {name: list(chosen) for name, chosen in manifest.attributes.items()}
    settings = [dict(zip(options, chosen, strict=True)) for chosen in product(*options.values())]
    for number, body in enumerate(photos):
        photo = decode(body)
        picture = Frame.of(photo.shape[:2], (manifest.height, manifest.width), manifest.fit).into(photo)
        for turn in range(min(CHOICES, len(settings))):
            setting = settings[(number + turn * (len(settings) // CHOICES)) % len(settings)]
            planes = np.zeros((1, manifest.planes, manifest.height, manifest.width), np.float32)
            fill(planes, picture, choose(setting, options), manifest.value_range)
            yield planes
