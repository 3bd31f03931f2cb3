"""What each number is called, what it means in one line, and how it is written."""

from functools import lru_cache

from flask_babel import gettext as _

from studio.domain.vocabulary import MEASUREMENTS
from studio.web.wording import THIN, figures, language, megabytes, percent


def label(key: str) -> str:
    return _labels(language()).get(key) or MEASUREMENTS[key].label


def explain(key: str) -> str:
    """One line for who hovers or taps."""
    return _explanations(language()).get(key, "")


@lru_cache(maxsize=4)
def _labels(language: str) -> dict[str, str]:
    """Kept by language: a desk asks for hundreds, and each sentence would be looked up again."""
    del language  # of this request, which gettext asks for itself
    return {
        "fid": _("FID"),
        "fid_p": _("FID, p of the difference"),
        "fid_floor": _("FID of the reference set with itself"),
        "kid": _("KID"),
        "fd_standin": _("FD (stand-in)"),
        "fd_standin_p": _("FD (stand-in), p of the difference"),
        "fd_standin_floor": _("FD (stand-in) of the reference set with itself"),
        "kid_standin": _("KID (stand-in)"),
        "latency_p50_ms": _("p50"),
        "latency_p90_ms": _("p90"),
        "cpu_ms": _("CPU time"),
        "cpu_ratio": _("CPU time to the first column"),
        "latency_trusted": _("machine undisturbed"),
        "archive_bytes": _("size"),
        "worker_rss_bytes": _("memory"),
        "int8_share": _("work done in INT8"),
        "hair_changed": _("photos with changed hair"),
        "rest_changed": _("change outside the hair"),
        "psnr_twin": _("PSNR to FP32"),
        "difference_twin_max": _("largest difference to FP32"),
    }


@lru_cache(maxsize=4)
def _explanations(language: str) -> dict[str, str]:
    del language
    return {
        "fid": _("Fréchet distance to the reference photos; lower is nearer to them"),
        "fd_standin": _("Fréchet distance by an untrained network: it shows the way works, not quality"),
        "kid": _("Kernel distance to the reference photos; lower is nearer to them"),
        "kid_standin": _("Kernel distance by an untrained network: it shows the way works, not quality"),
        "latency_p50_ms": _("Half of the pictures took less time than this, asking and answering included"),
        "latency_p90_ms": _("Nine of ten pictures took less time than this"),
        "cpu_ms": _("Processor time of one picture, the middle of all rounds"),
        "cpu_ratio": _("Processor time beside the first column, in alternating rounds"),
        "latency_trusted": _("Whether nothing else kept the machine busy while times were taken"),
        "archive_bytes": _("Size of the file that is served"),
        "worker_rss_bytes": _("Memory of the process that serves it"),
        "int8_share": _("Share of the multiplications that really ran in 8 bits"),
        "hair_changed": _("Share of the photos with a hair mask whose hair moved by ΔE 3 or more on average"),
        "rest_changed": _(
            "Mean difference to the photo outside the hair and its edge, in per cent of the range"
        ),
        "psnr_twin": _("How close the pictures are to FP32; above 40 dB nobody sees it"),
        "difference_twin_max": _("The one most different pixel value over all photos"),
    }


def amount(key: str, value: float, signed: bool = False, places: int | None = None) -> str:
    """A value with its unit."""
    if key.endswith("_p"):
        return chance(value)
    if key == "latency_trusted":
        return str(_("yes") if value else _("no"))
    unit = MEASUREMENTS[key].unit if key in MEASUREMENTS else ""
    if unit == "bytes":
        return megabytes(value)
    if key in {"int8_share", "hair_changed"}:
        return percent(value)
    if unit == "of 255":
        return str(_("%(value)s of 255", value=figures(value)))
    return f"{figures(value, signed, places)}{THIN}{unit}".rstrip(THIN)


def chance(p: float) -> str:
    """A p-value as papers write it."""
    return "< 0.001" if p < 0.001 else f"= {figures(p, digits=3 if p < 0.1 else 2)}"
