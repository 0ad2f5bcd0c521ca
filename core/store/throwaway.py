"""Folders that live as long as the process that made them, and the sweeping of those whose process was killed.

A folder holds a file that its process keeps locked. The lock is the system's: it ends with the process, however that ended,
and is seen from other containers that share the disk, where a process id would mean nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import ConfigError
from core.words import msg

try:
    import fcntl
except ImportError:  # Windows: nothing is locked, so nothing is ever taken for left behind
    fcntl = None

PREFIX = "assay-"
LOCK = ".owner"


@contextmanager
def throwaway(kind: str = "", parent: Path | None = None) -> Iterator[Path]:
    """A new folder that only its owner can read, by default among the temporary ones; it is deleted with all in it at the end."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}", dir=parent))
    except OSError as error:
        raise ConfigError(
            msg("No temporary folder can be made"),
            msg("The system said: {error}", error=error.strerror or str(error)),
            msg("Free some space, or name a folder you may write to with the environment variable TMPDIR."),
        ) from error
    lock = _locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def sweep(parent: Path | None = None) -> int:
    """Delete the folders of this user in `parent` whose process is gone; returns how many."""
    swept = 0
    for folder in (parent or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        lock = _abandoned(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
            swept += 1
    return swept


def _locked(folder: Path) -> int | None:
    if fcntl is None:
        return None
    # Under another name first: a sweep must never meet a lock that is not held yet.
    early, lock = folder / f"{LOCK}.new", None
    try:
        lock = os.open(early, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        early.rename(folder / LOCK)
    except OSError:  # a file system without locks: the folder works, and is never taken for left behind
        if lock is not None:
            os.close(lock)
        return None
    return lock


def _abandoned(folder: Path) -> int | None:
    """The lock of a folder whose process is gone, now held here; None for any other folder."""
    if fcntl is None:
        return None
    with suppress(OSError):  # no folder of this kind, one that has just gone, or one that is somebody else's
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            return None
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return None
        return lock
    return None
