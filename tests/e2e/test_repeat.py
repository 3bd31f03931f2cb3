import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from tests.servers.demo import Demo
from tests.servers.studio import HOME

pytestmark = pytest.mark.timeout(600)  # the first test waits for the whole demo
LINE = re.compile(r"<pre[^>]*><code>(.+?)</code></pre>", re.DOTALL)


def test_both_lines_of_a_picture_make_the_very_same_file_again(demo: Demo, tmp_path: Path) -> None:
    at, output = min(demo.cells(demo.comparison).items())
    page = demo.browser.get(demo.path(demo.comparison, f"/outputs/{output.id}"), timeout=10).text
    lines = [unescape(line) for line in LINE.findall(page)]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "STUDIO_VAR": str(demo.table.root), "PYTHONPATH": str(HOME)}
    assert [line.split()[0] for line in lines] == ["studio", "curl"]
    for number, line in enumerate(lines):
        folder = tmp_path / str(number)
        folder.mkdir()
        subprocess.run(["sh", "-c", line], cwd=folder, env=env, check=True)
        [file] = folder.iterdir()
        assert file.read_bytes() == demo.storage.get(demo.files(demo.comparison)[at])
