"""What of this machine decides how a number comes out: its kernels, its libraries, its disturbance."""

import re
from importlib.metadata import version
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
PRESSURE = Path("/proc/pressure/cpu")

# Instruction sets that numeric libraries choose kernels by; the rest of the flags follow kernel and host.
KERNELS = re.compile(r"(sse4|avx|fma|f16c|amx)")
PACKAGES = ("numpy", "scikit-image", "scipy", "torch", "torch-fidelity")


def cpu_flags() -> tuple[str, ...]:
    """The vector instruction sets of the CPU, sorted; empty where the kernel does not tell."""
    found = re.search(r"^flags\s*:(.*)$", _read(CPUINFO), re.MULTILINE)
    return tuple(sorted(flag for flag in (found[1].split() if found else ()) if KERNELS.match(flag)))


def libraries(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Installed version by package name."""
    return {name: version(name) for name in packages}


def cpu_waited_us() -> int | None:
    """Microseconds since boot in which some task waited for a CPU (Linux PSI), None where it is not told."""
    found = re.search(r"^some .*total=(\d+)$", _read(PRESSURE), re.MULTILINE)
    return int(found[1]) if found else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # no such file, or a kernel with PSI compiled in but switched off
        return ""
