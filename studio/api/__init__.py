"""The studio for programs: the services of the pages as JSON under /api/v1."""

from studio.api import groups, nights, runs, samples, sets

RESOURCES = (samples.api, sets.api, groups.api, runs.api, nights.api)
