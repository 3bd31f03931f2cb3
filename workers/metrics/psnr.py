"""PSNR: how loud the difference of two pictures is, on a logarithmic scale."""

import numpy as np
from skimage.metrics import peak_signal_noise_ratio

from workers.metrics.base import Photo


def psnr(output: Photo, against: Photo) -> float:
    """10 · log₁₀(255² / mean squared difference over all pixels and channels), dB; infinite when equal."""
    with np.errstate(divide="ignore"):
        return float(peak_signal_noise_ratio(against, output, data_range=255))
