"""Which process a job belongs to, so that another process can tell whether it is still alive."""

from __future__ import annotations

import os
import socket

import psutil


def this_owner() -> str:
    """`host:pid:start` of this process: a pid alone may have been given to somebody else since."""
    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.2f}"


def is_gone(owner: str) -> bool:
    """Whether the owner ran on this host and does not any more. Owners on other hosts are never judged from here."""
    host, pid, start = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != start
    except (psutil.NoSuchProcess, ValueError):
        return True
