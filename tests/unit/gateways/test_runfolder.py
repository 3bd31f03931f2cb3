import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.gateways import runfolder
from studio.gateways.runfolder import Record, Recorded

RECORDED = st.builds(Recorded, since=st.floats(0, 1e10))


@given(record=st.builds(Record, services=st.lists(RECORDED).map(tuple)))
def test_a_record_reads_as_it_was_written(record: Record, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    runfolder.write(folder, record)
    assert runfolder.read(folder) == record


def test_the_folder_and_the_record_are_for_this_user_only(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    runfolder.make(folder)
    runfolder.write(folder, Record(1, 2, "http://here", ()))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "services.json").stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == ["services.json"]


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StudioError, match="somebody else"):
        runfolder.make(tmp_path / "run")


def test_one_supervisor_at_a_time(tmp_path: Path) -> None:
    first = runfolder.claim(tmp_path)
    assert first is not None
    assert runfolder.claim(tmp_path) is None
    (tmp_path / "left").touch()
    runfolder.leave(tmp_path, first)
    second = runfolder.claim(tmp_path)
    assert second is not None
    (tmp_path / "left").unlink()
    runfolder.leave(tmp_path, second)
    assert not tmp_path.exists()


def test_nothing_written_is_nothing_read(tmp_path: Path) -> None:
    assert runfolder.read(tmp_path) is None
    runfolder.forget(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"services": [{"name": "web"}]}'])
def test_a_record_of_another_version_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "services.json").write_text(text)
    assert runfolder.read(tmp_path) is None
