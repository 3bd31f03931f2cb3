"""Rows for tests: each function makes one noun in the state that is asked for, with what it must stand on."""

from tests.factories.desks import laid
from tests.factories.filled import everything
from tests.factories.library import annotate, mask, person, png, revision, sample, sha
from tests.factories.nights import night, schedule
from tests.factories.trees import child, grown, pictured
from tests.factories.versions import champion, endpoint, group, variant, version
from tests.factories.work import COPPER, comparison, measurement, output, run, step, take

__all__ = [
    "COPPER", "annotate", "champion", "child", "comparison", "endpoint", "everything", "group", "grown", "laid", "mask",
    "measurement", "night", "output", "person", "pictured", "png", "revision", "run", "sample", "schedule", "sha",
    "step", "take", "variant", "version",
]  # fmt: skip
