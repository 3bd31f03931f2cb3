import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model_store import child
from model_store.child import ChildFailed, Limits

LIMITS = Limits(seconds=20, memory_bytes=64 << 20)
HERE = "tests.unit.model_store.test_child"


def run(function, limits=LIMITS, **argument):
    return child.run(f"{HERE}:{function}", argument, limits)


def double(number):
    sys.stdout.write("libraries may print")
    return {"doubled": number * 2}


def fill(size):
    return {"length": len(bytearray(size))}


def wait(seconds, mark):
    Path(mark).write_text(str(os.getpid()))
    time.sleep(seconds)


def write(path):
    Path(path).write_bytes(b"1234")


def die():
    os.abort()


def core():
    return {"core": resource.getrlimit(resource.RLIMIT_CORE)[0], "group": os.getpgid(0) == os.getpid()}


def test_an_answer_comes_back_though_libraries_print():
    assert run("double", number=21) == {"doubled": 42}


def test_memory_beyond_the_limit_is_a_sentence():
    with pytest.raises(ChildFailed, match="more than 64 MB"):
        run("fill", size=256 << 20)


def test_a_child_that_is_too_slow_is_ended(tmp_path):
    mark = tmp_path / "pid"
    with pytest.raises(ChildFailed, match="within 3 s"):
        run("wait", Limits(seconds=3, memory_bytes=64 << 20, file_bytes=100), seconds=60, mark=str(mark))
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_child_may_not_write_files_unless_told(tmp_path):
    with pytest.raises(ChildFailed):
        run("write", path=str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == b""


def test_a_child_that_dies_is_told_with_its_signal():
    with pytest.raises(ChildFailed, match="SIGABRT"):
        run("die")


def test_a_child_leads_its_own_group_and_dumps_no_core():
    assert run("core") == {"core": 0, "group": True}


def test_a_child_does_not_outlive_its_parent(tmp_path):
    mark = tmp_path / "pid"
    ask = f"from model_store import child; child.run('{HERE}:wait', dict(seconds=60, mark='{mark}'), child.Limits(60, 1 << 26, 100))"
    parent = subprocess.Popen([sys.executable, "-c", ask], cwd=Path(child.__file__).parents[1])
    while not (mark.exists() and mark.read_text()):
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not Path("/proc", mark.read_text()).exists():
            return
        time.sleep(0.05)
    pytest.fail("the child lives on")


def test_a_child_leaves_no_bytecode_that_its_limits_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    assert run("double", Limits(seconds=20, memory_bytes=64 << 20, file_bytes=512), number=2) == {
        "doubled": 4
    }
    assert [*tmp_path.iterdir()] == []
