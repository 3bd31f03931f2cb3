"""Who holds a step: a name of this very process that no later process can bear."""

import os
import socket

from studio.gateways import processes


def me() -> str:
    """host:pid:start time in clock ticks since boot."""
    this = processes.look(os.getpid())
    started = this.started if this else 0
    return f"{socket.gethostname()}:{os.getpid()}:{started}"


def gone(owner: str) -> bool:
    """Whether `owner` was a process of this host and does not live any more; of other hosts we cannot say."""
    host, pid, started = owner.rsplit(":", 2)
    return host == socket.gethostname() and not processes.alive(int(pid), int(started))
