"""SSIM: how much of the structure of a picture is kept."""

from skimage.metrics import structural_similarity

from workers.metrics.base import Photo


def ssim(output: Photo, against: Photo) -> float:
    """Mean structural similarity over pixels and channels, −1…1, 1 when equal.

    Window and constants of Wang et al. 2004: Gaussian, σ 1.5, 11 × 11 px (so both sides ≥ 11 px),
    population covariance.
    """
    return float(
        structural_similarity(
            against,
            output,
            data_range=255,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )
