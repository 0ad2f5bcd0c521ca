"""Which process a job belongs to, so that another process can tell whether it is still alive."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import psutil

BEAT_EVERY = 10.0
"""Seconds between two signs of life of a server that runs jobs."""

LOST = timedelta(seconds=60)
"""Without a sign of life for so long, a process that cannot be looked at from here is taken for gone. An assumption."""


@cache
def _where() -> str:
    """Where process ids mean what they mean here: this start of this machine and, in a container, its own count of processes.

    Not the name of the host, which changes with the network and may be the same in two containers.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # not Linux
        return socket.gethostname()


def this_owner() -> str:
    """`where:pid:start` of this process: a pid alone may have been given to somebody else since."""
    return f"{_where()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def is_gone(owner: str, seen: datetime, now: datetime) -> bool:
    """Whether the process that owns a job is no more. `seen` is its last sign of life.

    A process of this place is looked at. One of another place (another machine, another container, or this machine before it was
    started anew) is judged by its signs of life; the clocks of machines that share a store agree to well under `LOST`.
    """
    where, pid, start = owner.rsplit(":", 2)
    if where != _where():
        return abs(now - seen) > LOST
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != start
    except (psutil.NoSuchProcess, ValueError):
        return True
