"""The workspace: one folder that only its owner can read, and what lies where in it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_dir

from core.errors import ConfigError, DataError
from core.store.files import named, real
from core.store.throwaway import throwaway
from core.words import msg, size

LOW_DISK = 200 * 10**6
ABANDONED = 24 * 3600
"""Seconds after which a landing that is no table's is one that was cut off, not one that goes on. An assumption."""


def default_home() -> Path:
    """`ASSAY_HOME`, or the platform's folder for the data of an application."""
    return real(named(os.environ.get("ASSAY_HOME") or user_data_dir("assay", appauthor=False)))


class Workspace:
    """The folders of one person's work.

    projects/<project>/tables/<table>/<n>/   landed Parquet, one numbered folder a landing
    projects/<project>/uploads, out          files brought in by the browser; results of pipelines
    projects/<project>/reports               full statistical reports
    spill                                    DuckDB's overflow, emptied at will
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            home.chmod(0o700)
            (home / "spill").mkdir(exist_ok=True)
        except OSError as error:
            raise ConfigError(
                msg("The workspace folder {folder} cannot be used", folder=str(home)),
                msg("The system said: {error}", error=error.strerror or str(error)),
                msg("Choose a folder you may write to with the environment variable ASSAY_HOME."),
            ) from error

    @property
    def spill(self) -> Path:
        return self.home / "spill"

    def project(self, project: str) -> Path:
        return self.home / "projects" / project

    def uploads(self, project: str) -> Path:
        return _made(self.project(project) / "uploads")

    def out(self, project: str) -> Path:
        return _made(self.project(project) / "out")

    def reports(self, project: str) -> Path:
        return _made(self.project(project) / "reports")

    def proofs(self, project: str) -> Path:
        return _made(self.project(project) / "proofs")

    @contextmanager
    def landing(self, project: str, table: str) -> Iterator[Path]:
        """A new empty folder for the rows of a table; it is thrown away, with all in it, when the block raises."""
        parent = _made(self.project(project) / "tables" / table)
        number = max(map(_number, parent.iterdir()), default=0) + 1
        folder = parent / str(number)
        self._need_disk()
        folder.mkdir()
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for rows that are no table's; it is thrown away at the end."""
        self._need_disk()
        with throwaway("scratch-", self.spill) as folder:
            yield folder

    def sweep(self, project: str, keep: Iterable[str]) -> None:
        """Delete what landed in a project and is no table's any more: `keep` are the files of its tables.

        That is what a later landing of the same table replaced, and what nobody came back to for `ABANDONED` seconds: a folder
        that is no table's yet may be one that is being filled now.
        """
        kept = {Path(file).parent for file in keep}
        newest = {folder.parent: _number(folder) for folder in sorted(kept, key=_number)}
        for folder in (self.project(project) / "tables").glob("*/*"):
            if not folder.is_dir() or folder in kept:
                continue
            replaced = _number(folder) < newest.get(folder.parent, 0)
            if replaced or time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)

    def _need_disk(self) -> None:
        free = shutil.disk_usage(self.home).free
        if free < LOW_DISK:
            raise DataError(
                msg("The disk of the workspace is almost full"),
                msg("Only {free} are left in {folder}.", free=size(free), folder=str(self.home)),
                msg("Free some space, or move the workspace to a larger disk with ASSAY_HOME."),
            )


def _number(folder: Path) -> int:
    """Which landing of its table a folder holds; 0 for a folder of another kind."""
    return int(folder.name) if folder.name.isdecimal() else 0


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
