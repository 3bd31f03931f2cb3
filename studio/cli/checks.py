"""What a machine must have before the studio can start: each check is a fact and, where it is bad, what to do."""

import errno
import os
import re
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import psutil
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from studio.cli.fleet import BIN, redis_server
from studio.cli.java import java, version
from studio.db.session import engine
from studio.errors import StudioError
from studio.gateways import processes, runfolder
from studio.services import accounts
from studio.settings import Settings

GIB = 1024**3
LEAST_DISK, LEAST_MEMORY = 1 * GIB, 3 * GIB
LONGEST_SOCKET = 107 - len("/ts/.ts.sock.9000")  # bytes of the folder's path: sockaddr_un holds 108


@dataclass(frozen=True)
class Check:
    """`state` is ok, warn or fail; `do` is empty where nothing needs doing."""

    name: str
    state: str
    says: str
    do: str = ""


def all_of(table: Settings) -> tuple[Check, ...]:
    """Every check, in the order a person would mend things."""
    return (*needed(table), _node(), _cpu(), _port(table))


def needed(table: Settings) -> tuple[Check, ...]:
    """Those without which nothing starts."""
    return (
        writable(table.root),
        disk(table.root, _free(table.root)),
        memory(psutil.virtual_memory().available),
        sockets(table.run),
        door(table.web_host, secured=_secured(table)),
        _java(),
        _redis(),
        _torchserve(),
    )


def writable(root: Path) -> Check:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        return Check("var", "fail", f"{root} cannot be written: {error.strerror}.", _OTHER_VAR)
    return Check("var", "ok", f"{root} can be written.")


def disk(root: Path, free: int) -> Check:
    """`free` in bytes."""
    says = f"{free / GIB:.1f} GB are free under {root}."
    if free < LEAST_DISK:
        return Check("disk", "fail", says, f"Free at least {LEAST_DISK // GIB} GB. {_OTHER_VAR}")
    return Check("disk", "ok", says)


def memory(available: int) -> Check:
    """`available` in bytes."""
    says = f"{available / GIB:.1f} GB of memory are available."
    if available < LEAST_MEMORY:
        return Check(
            "memory", "fail", says, f"Close other programs until {LEAST_MEMORY // GIB} GB are available."
        )
    return Check("memory", "ok", says)


def sockets(run: Path) -> Check:
    if len(os.fsencode(run)) > LONGEST_SOCKET:
        return Check(
            "sockets", "fail", f"{run} is too long for a socket.", "Set STUDIO_SOCKETS to a shorter path."
        )
    return Check("sockets", "ok", f"Sockets lie in {run}.")


def port(host: str, number: int) -> Check:
    """Whether the pages may listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, number), family=family).close()
    except OSError as error:
        why = _holder(number) if error.errno == errno.EADDRINUSE else error.strerror
        return Check(
            "port", "fail", f"Port {number} of {host}: {why}.", "Take another: STUDIO_WEB_PORT=8001 make up"
        )
    return Check("port", "ok", f"Port {number} of {host} is free.")


def door(host: str, *, secured: bool) -> Check:
    """Whether the pages may listen there; `secured`: an admin has a password."""
    if secured:
        return Check("door", "ok", "Everybody signs in.")
    if host in {"localhost", "127.0.0.1", "::1"}:
        return Check("door", "ok", "Nobody signs in; the pages answer this machine only.")
    return Check(
        "door",
        "fail",
        f"The pages would listen on {host}, though nobody has a password.",
        "Start once without STUDIO_WEB_HOST and run: studio people password local",
    )


def _secured(table: Settings) -> bool:
    url = make_url(table.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return False
    try:
        reader = engine(table.database_url).execution_options(reading=True)
        with Session(reader) as session:
            return accounts.secured(session)
    except DBAPIError:  # no tables yet, or no database: nobody has a password there
        return False


def cpu(flags: frozenset[str]) -> Check:
    """`flags` as /proc/cpuinfo names them."""
    wanted = ("avx2", "avx512_vnni", "avx_vnni", "amx_int8")
    says = f"{os.cpu_count()} cores; {', '.join(f for f in wanted if f in flags) or 'none of ' + ', '.join(wanted)}."
    if "avx2" not in flags:
        return Check("cpu", "warn", says, "It works, but INT8 brings little without AVX2.")
    return Check("cpu", "ok", says)


_OTHER_VAR = "Or set STUDIO_VAR to a folder elsewhere."


def _holder(number: int) -> str:
    for each in psutil.net_connections("tcp"):
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == number and each.pid:
            return f"taken by {psutil.Process(each.pid).name()} (pid {each.pid})"
    return "taken by a program of somebody else"


def _port(table: Settings) -> Check:
    record = runfolder.read(table.run)
    if record and processes.alive(record.pid, record.started):
        return Check("port", "ok", f"This studio runs at {record.address}.")
    return port(table.web_host, table.web_port)


def _free(folder: Path) -> int:
    """Free bytes of the nearest folder that exists."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _java() -> Check:
    try:
        program = java()
    except StudioError as error:
        return Check("java", "fail", error.message, error.hint)
    return Check("java", "ok", f"Java {version(program)}: {program}")


def _redis() -> Check:
    return _said("redis", (redis_server(), "--version"), r"v=(\S+)", "fail")


def _node() -> Check:
    program = shutil.which("node", path=f"{BIN}:{os.environ['PATH']}") or "node"
    return _said("node", (program, "--version"), r"v(\S+)", "warn")


def _said(name: str, command: tuple[str, ...], pattern: str, state: str) -> Check:
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return Check(name, state, f"{command[0]} does not run.", "Run: rm -r .venv && make up")
    found = re.search(pattern, said)
    return Check(name, "ok", f"{found[1] if found else said.strip()}: {command[0]}")


def _torchserve() -> Check:
    try:
        return Check("torchserve", "ok", f"TorchServe {installed('torchserve')}.")
    except PackageNotFoundError:
        return Check("torchserve", "fail", "TorchServe is not installed.", "Run: rm -r .venv && make up")


def _cpu() -> Check:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return cpu(frozenset(flags.split()))
