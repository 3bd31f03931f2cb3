"""Features of photos: the Inception network of the FID, or its stand-in where the weights are not there."""

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from studio.domain.fingerprint import sha
from studio.errors import StudioError
from workers.metrics.base import Features, Photo

# weights-inception-2015-12-05-6726825d.pth, which torch-fidelity's FID is defined by.
INCEPTION_SHA = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
BATCH = 8  # 4 to 8 is as fast as more, and keeps the process under 1.4 GB
STANDIN_SEED = 0


class WrongWeights(StudioError):
    """The file named as Inception weights is not there or is another file."""


@dataclass(frozen=True)
class Extractor:
    """A network from photos to features, and the parts of the fingerprint that name it.

    `real`: whether numbers made with it may be called FID and KID.
    """

    network: torch.nn.Module
    real: bool
    weights: str  # sha256
    name: str = "inception-v3-2015-12-05, pool 2048"
    resize: str = "bilinear as in TensorFlow 1, 299"

    @property
    def key(self) -> str:
        """sha256 of all that decides the features of a photo, save library versions."""
        return sha({"name": self.name, "weights": self.weights, "resize": self.resize})

    def extract(self, photos: Sequence[Photo], threads: int = 1) -> Features:
        """Features of `photos` in their order, (n, 2048) float64, computed in float32. Any sizes."""
        found = np.empty((len(photos), 2048))
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            with torch.inference_mode():
                for batch in _batches(photos):
                    found[batch] = self._forward(np.stack([photos[i] for i in batch]))
        finally:
            torch.set_num_threads(before)
        return found

    def _forward(self, photos: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(b, h, w, 3) uint8 → (b, 2048) float64."""
        pixels = torch.from_numpy(photos).permute(0, 3, 1, 2)
        return np.asarray(self.network(pixels)[0].double().numpy())


def load(weights: Path | None) -> Extractor:
    """The real extractor from its weights file, or the stand-in where none is named.

    WrongWeights where the file is not exactly torch-fidelity's: its numbers could not be called FID.
    """
    if weights is None:
        return _stand_in()
    found = _sha_of(weights)
    if found != INCEPTION_SHA:
        raise WrongWeights(
            f"{weights} is not the Inception file of the FID: sha256 {found[:12]}…, not {INCEPTION_SHA[:12]}….",
            "Fetch weights-inception-2015-12-05-6726825d.pth from torch-fidelity's release v0.2.0.",
        )
    return Extractor(_network(FeatureExtractorInceptionV3, str(weights)), real=True, weights=found)


def of_reference(
    revision: str,
    photos: Callable[[], Sequence[Photo]],
    extractor: Extractor,
    get: Callable[[str], bytes | None],
    put: Callable[[str, bytes], None],
    threads: int = 1,
) -> Features:
    """Features of a reference set, computed once: later from the store, a `.npy` file by name.

    `revision`: content sha256 of the set; `photos` is asked only when the store has none.
    `get` answers None for an unknown name.
    """
    name = f"features-{sha({'revision': revision, 'extractor': extractor.key})}.npy"
    stored = get(name)
    if stored is not None:
        return np.asarray(np.load(io.BytesIO(stored), allow_pickle=False))
    found = extractor.extract(photos(), threads)
    buffer = io.BytesIO()
    np.save(buffer, found)
    put(name, buffer.getvalue())
    return found


class _StandIn(FeatureExtractorInceptionV3):  # type: ignore[misc]
    """The same layers with random filters from a fixed seed instead of weights from a file."""

    def load_state_dict(self, *_: object, **__: object) -> None:
        """Fill the convolutions: filters without mean, scaled so that variance neither fades nor grows.

        Without mean they pass on what differs between photos; plain He weights pass on mostly the mean of
        the rectified inputs, and the features of all photos come out alike. The scale follows: a rectified
        normal variable has variance (1 − 1/π) / 2.
        """
        rng = np.random.default_rng(STANDIN_SEED)
        for layer in self.modules():
            if isinstance(layer, torch.nn.Conv2d):
                filters = rng.standard_normal(tuple(layer.weight.shape), dtype=np.float32)
                filters -= filters.mean(axis=(1, 2, 3), keepdims=True)
                filters *= np.sqrt(2 * np.pi / (np.pi - 1) / filters[0].size, dtype=np.float32)
                layer.weight.data.copy_(torch.from_numpy(filters))
        for parameter in self.fc.parameters():
            parameter.data.zero_()


def _stand_in() -> Extractor:
    nothing = io.BytesIO()
    torch.save({}, nothing)  # torch-fidelity always reads a file
    nothing.seek(0)
    network = _network(_StandIn, nothing)
    digest = hashlib.sha256()
    for parameter in network.parameters():
        digest.update(parameter.contiguous().numpy().tobytes())
    return Extractor(network, real=False, weights=digest.hexdigest(), name="inception-v3, random filters")


def _network(kind: type[torch.nn.Module], weights: object) -> torch.nn.Module:
    return kind(
        "inception",
        ["2048"],
        feature_extractor_weights_path=weights,
        feature_extractor_internal_dtype="float32",  # torch-fidelity 0.4.0 takes "float64" for float32
    ).to(memory_format=torch.channels_last)  # 1.6 × faster on a CPU, same features within 1e-6


def _batches(photos: Sequence[Photo]) -> Iterator[list[int]]:
    """Indices of at most BATCH photos of one size."""
    sizes: dict[tuple[int, ...], list[int]] = {}
    for i, photo in enumerate(photos):
        sizes.setdefault(photo.shape, []).append(i)
    for same in sizes.values():
        for start in range(0, len(same), BATCH):
            yield same[start : start + BATCH]


def _sha_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WrongWeights(
            f"The Inception weights cannot be read: {error}.",
            "Set STUDIO_INCEPTION_WEIGHTS to the file, or unset it to use the stand-in.",
        ) from error
