"""The tables, one file a noun. Importing this package knows all of them."""

from studio.db import accounts, comparisons, endpoints, measurements, nights, outputs, runs, samples, versions

__all__ = [
    "accounts",
    "comparisons",
    "endpoints",
    "measurements",
    "nights",
    "outputs",
    "runs",
    "samples",
    "versions",
]
