import subprocess
import sys
import time

from studio.gateways import processes


def tree() -> tuple[subprocess.Popen[bytes], int]:
    """A session of three: a shell and two sleepers that ignore its end."""
    leader = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60 & wait"], start_new_session=True)
    found = processes.look(leader.pid)
    assert found
    deadline = time.monotonic() + 5
    while len(processes.session(leader.pid, found.started)) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    return leader, found.started


def test_a_session_outlives_its_leader_and_is_ended_whole() -> None:
    leader, started = tree()
    leader.kill()
    leader.wait()
    assert len(processes.session(leader.pid, started)) == 2
    assert processes.end([(leader.pid, started)], patience=1) == 2
    assert processes.session(leader.pid, started) == ()


def test_a_reused_number_is_a_stranger() -> None:
    leader, started = tree()
    assert processes.session(leader.pid, started - 1) == ()
    assert processes.end([(leader.pid, started - 1)], patience=0) == 0
    assert leader.poll() is None
    processes.end([(leader.pid, started)], patience=1)
    leader.wait()


def test_memory_is_that_of_the_whole_session() -> None:
    leader, started = tree()
    own = processes.look(leader.pid)
    assert own
    assert processes.rss(leader.pid, started) > own.rss > 0
    processes.end([(leader.pid, started)], patience=1)
    leader.wait()


def test_a_zombie_is_dead() -> None:
    leader = subprocess.Popen(["true"], start_new_session=True)
    deadline = time.monotonic() + 5
    while processes.look(leader.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert processes.look(leader.pid) is None
    leader.wait()


def test_a_name_with_brackets_and_spaces_is_read_rightly() -> None:
    script = "import time; open('/proc/self/comm', 'w').write('a) R (b'); print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    found = processes.look(process.pid)
    assert found
    assert found.session == process.pid
    processes.terminate(process.pid, found.started, patience=2)
    assert process.wait() == -15
    process.stdout.close()


def test_what_ignores_sigterm_is_killed() -> None:
    process = subprocess.Popen(["sh", "-c", "trap '' TERM; echo; sleep 60"], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    found = processes.look(process.pid)
    assert found
    processes.terminate(process.pid, found.started, patience=0.2)
    assert process.wait() == -9
    process.stdout.close()
