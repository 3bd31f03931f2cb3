import os
import subprocess
import sys

from studio.gateways import owner, processes

SLEEPER = "import time; time.sleep(60)"


def name_of(process: subprocess.Popen[bytes]) -> str:
    found = processes.look(process.pid)
    assert found
    host = owner.me().rsplit(":", 2)[0]
    return f"{host}:{found.pid}:{found.started}"


def test_this_process_lives_under_its_name() -> None:
    assert owner.me().rsplit(":", 2)[1] == str(os.getpid())
    assert owner.me() == owner.me()
    assert not owner.gone(owner.me())


def test_a_killed_process_is_gone_before_its_parent_has_noticed() -> None:
    process = subprocess.Popen([sys.executable, "-c", SLEEPER])
    name = name_of(process)
    assert not owner.gone(name)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and still a zombie
    assert owner.gone(name)
    process.wait()
    assert owner.gone(name)


def test_a_later_process_with_the_same_number_is_another_owner() -> None:
    host, pid, started = owner.me().rsplit(":", 2)
    assert owner.gone(f"{host}:{pid}:{int(started) - 1}")


def test_of_another_host_nobody_can_say_that_it_is_gone() -> None:
    assert not owner.gone("elsewhere:1:1")
    assert not owner.gone("fe80::1:4711:12345")
