"""Runs one function in a process of its own that cannot outlive its parent, grow or run for ever."""

import contextlib
import ctypes
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model_store.errors import ModelStoreError

PR_SET_PDEATHSIG = 1
QUIET = {
    "NNCF_CI": "1",
    "CI": "true",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""No telemetry of NNCF and OpenVINO, one thread, the same order of sets in each process.

No bytecode: cut off at the limit of a file's size, it would break every later import of its module.
"""
LARGEST_ANSWER = 1 << 20
LONGEST_TRACEBACK = 8_000


@dataclass(frozen=True)
class Limits:
    """What the child may use: wall seconds, bytes of memory beyond its imports, bytes a file it writes."""

    seconds: int
    memory_bytes: int
    file_bytes: int = 0
    open_files: int = 64


class ChildFailed(ModelStoreError):
    """The child raised, was stopped at a limit, or died."""


def run(function: str, argument: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Call `function` ("package.module:name") on a JSON object in a child and return its JSON object.

    Raises:
        ChildFailed: with the child's own message, hint and traceback where it could still speak.
    """
    work = json.dumps({"function": function, "argument": argument, "limits": asdict(limits)})
    child = subprocess.Popen(
        [sys.executable, "-m", "model_store.child", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd=Path(__file__).parents[1],
        env=os.environ | QUIET,
    )
    try:
        out, log = child.communicate(work.encode(), timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise ChildFailed(f"It did not finish within {limits.seconds} s.", "Try a smaller model.") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return _answer(out, log.decode(errors="replace"), child.returncode)


def _answer(out: bytes, log: str, code: int) -> dict[str, Any]:
    if code != 0 or len(out) > LARGEST_ANSWER:
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        raise ChildFailed(
            f"The process that ran it ended with {name}.", "The log says more.", log[-LONGEST_TRACEBACK:]
        )
    answer: dict[str, Any] = json.loads(out)
    if "failed" in answer:
        raise ChildFailed(**answer["failed"])
    return answer


def _confine(parent: int, limits: Limits) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent died before the line above could notice
    for what, most in (
        (resource.RLIMIT_CPU, limits.seconds * 2),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _cap_memory(limits: Limits) -> None:
    """After the imports: libraries map gigabytes of addresses that they never touch."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries print; the answer alone goes to the parent
    work = json.load(sys.stdin)
    limits = Limits(**work["limits"])
    _confine(int(sys.argv[1]), limits)
    module, name = work["function"].split(":")
    try:
        function = getattr(importlib.import_module(module), name)
        _cap_memory(limits)
        answer = function(**work["argument"])
    except ModelStoreError as error:
        answer = {"failed": {"message": error.message, "hint": error.hint, "traceback": error.traceback}}
    except MemoryError:
        message = f"It needs more than {limits.memory_bytes // 2**20} MB of memory."
        answer = {
            "failed": {
                "message": message,
                "hint": "Try a smaller model.",
                "traceback": traceback.format_exc(),
            }
        }
    except Exception as error:  # noqa: BLE001 - whatever the model does wrong is told to the person
        last = f"{type(error).__name__}: {error}"
        log = traceback.format_exc()[-LONGEST_TRACEBACK:]
        answer = {"failed": {"message": last, "hint": "The traceback shows where.", "traceback": log}}
    json.dump(answer, out)
    out.close()


if __name__ == "__main__":
    _main()
