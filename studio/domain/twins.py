"""What quantizing a version gained and cost, from the numbers of its two variants."""

from dataclasses import dataclass

from studio.domain.measurement import Numbers, ratio


@dataclass(frozen=True)
class Gain:
    """INT8 beside its FP32 twin. largest: of 255. faster, smaller: FP32 ÷ INT8. None: not known."""

    largest: float | None
    faster: float | None
    smaller: float | None


def gain(full: Numbers, quantized: Numbers) -> Gain | None:
    """None where nothing is known. Faster by CPU time, which another load on the machine hardly moves."""
    largest = quantized.own.get("difference_twin_max")
    found = Gain(
        largest.value if largest else None,
        ratio("cpu_ms", full, quantized),
        ratio("archive_bytes", full, quantized),
    )
    return None if found == Gain(None, None, None) else found
