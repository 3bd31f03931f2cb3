"""The studio for programs: the services of the pages as JSON under /api/v1."""

from studio.api import comparisons, groups, infer, nights, outputs, runs, samples, sets

RESOURCES = (
    samples.api,
    sets.api,
    groups.api,
    comparisons.api,
    outputs.api,
    runs.api,
    nights.api,
    infer.api,
)
