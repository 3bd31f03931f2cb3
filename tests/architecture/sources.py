"""Where our Python lies, parsed once for all architecture tests."""

import ast
from functools import cache
from pathlib import Path

HOME = Path(__file__).parents[2]

# Every folder that may hold Python, as in the layout of CONTRIBUTING.md; a new one is a decision.
LAYOUT = {
    "studio", "studio/api", "studio/cli", "studio/db", "studio/domain", "studio/gateways", "studio/queries",
    "studio/services", "studio/web",
    "workers", "workers/metrics", "workers/serving", "workers/tasks",
    "model_store", "model_store/demo", "model_store/families",
    "samples", "migrations", "migrations/versions",
}  # fmt: skip
ROOTS = ("studio", "workers", "model_store", "samples", "migrations")


@cache
def code() -> tuple[Path, ...]:
    """The files of the product."""
    return tuple(path for root in ROOTS for path in sorted((HOME / root).rglob("*.py")))


@cache
def suite() -> tuple[Path, ...]:
    return tuple(sorted((HOME / "tests").rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def place(path: Path) -> str:
    return str(path.relative_to(HOME))
