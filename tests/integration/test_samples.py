import subprocess
import sys


def test_the_command_writes_a_set_into_a_folder(tmp_path):
    subprocess.run([sys.executable, "-m", "samples", "--set", "compare", "--out", tmp_path], check=True)
    assert len(list(tmp_path.glob("*.png"))) == 24
