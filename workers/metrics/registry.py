"""Every metric in one list, by the key it has in tables, pages and MLflow."""

from collections.abc import Callable
from dataclasses import dataclass

from studio.errors import StudioError
from workers.metrics import difference, hair
from workers.metrics.base import Features, Photo, Sampled
from workers.metrics.frechet import frechet
from workers.metrics.kid import kid
from workers.metrics.psnr import psnr
from workers.metrics.ssim import ssim


class SizesDiffer(StudioError):
    """Two pictures that should be compared pixel by pixel have different sizes."""

    status = 422


@dataclass(frozen=True)
class CellMetric:
    """A number of one output against its input or its FP32 twin."""

    key: str
    label: str
    unit: str
    better: str  # "lower", "higher", or "" where a larger number is neither
    measure: Callable[[Photo, Photo], float]


@dataclass(frozen=True)
class HairMetric:
    """A number of one output against its photo that needs to know where the hair is."""

    key: str
    label: str
    unit: str
    better: str
    measure: Callable[[Photo, Photo, hair.Mask], float]


@dataclass(frozen=True)
class ColumnMetric:
    """A number of a column's features against those of the reference set.

    `standin_key` is its key with the stand-in extractor: such numbers never carry the real name.
    """

    key: str
    standin_key: str
    better: str
    measure: Callable[[Features, Features], Sampled]


CELL_METRICS = (
    CellMetric("psnr", "PSNR", "dB", "higher", psnr),
    CellMetric("ssim", "SSIM", "", "higher", ssim),
    CellMetric("difference_mean", "mean difference", "of 255", "lower", difference.difference_mean),
    CellMetric("difference_max", "largest difference", "of 255", "lower", difference.difference_max),
    CellMetric("changed", "changed", "%", "", difference.changed),
)

HAIR_METRICS = (
    HairMetric("hair", "change of the hair", "ΔE", "", hair.hair),
    HairMetric("rest", "change of the rest", "%", "lower", hair.rest),
)

COLUMN_METRICS = (
    ColumnMetric("fid", "fd_standin", "lower", frechet),
    ColumnMetric("kid", "kid_standin", "lower", kid),
)


def cell_values(output: Photo, against: Photo) -> dict[str, float]:
    """Every cell value of an output (h, w, 3) against a picture of the same size, by key."""
    _want_same_size(output, against)
    return {metric.key: metric.measure(output, against) for metric in CELL_METRICS}


def hair_values(output: Photo, photo: Photo, mask: Photo) -> dict[str, float]:
    """What moved in the hair and outside it, by key; `mask` is the stored picture, of any size."""
    _want_same_size(output, photo)
    inside = hair.mask_of(mask, *output.shape[:2])
    return {metric.key: metric.measure(output, photo, inside) for metric in HAIR_METRICS}


def apart(output: Photo, against: Photo) -> dict[str, float]:
    """How far an output is from the picture it is held against, by key."""
    _want_same_size(output, against)
    return {"apart": difference.apart(output, against)}


def _want_same_size(output: Photo, against: Photo) -> None:
    if output.shape != against.shape:
        (h, w), (height, width) = output.shape[:2], against.shape[:2]
        raise SizesDiffer(
            f"The output is {w} × {h} px, the picture beside it {width} × {height} px.",
            "The manifest's chain must bring the picture back to the photo's size.",
        )
