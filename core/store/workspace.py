"""The workspace: one folder that only its owner can read, and what lies where in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_dir

from core.errors import ConfigError, DataError
from core.words import msg, size

LOW_DISK = 200 * 10**6


def default_home() -> Path:
    """`ASSAY_HOME`, or the platform's folder for the data of an application."""
    return Path(os.environ.get("ASSAY_HOME") or user_data_dir("assay", appauthor=False)).expanduser().resolve()


class Workspace:
    """The folders of one person's work.

    projects/<project>/tables/<table>/<n>/   landed Parquet, one numbered folder a landing
    projects/<project>/uploads, out          files brought in by the browser; results of pipelines
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

    def proofs(self, project: str) -> Path:
        return _made(self.project(project) / "proofs")

    @contextmanager
    def landing(self, project: str, table: str) -> Iterator[Path]:
        """A new empty folder for the rows of a table; it is thrown away, with all in it, when the block raises."""
        parent = _made(self.project(project) / "tables" / table)
        number = max((int(entry.name) for entry in parent.iterdir() if entry.name.isdigit()), default=0) + 1
        folder = parent / str(number)
        self._need_disk()
        folder.mkdir()
        try:
            yield folder
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def sweep(self, project: str, keep: Iterable[str]) -> None:
        """Delete landed folders of a project that hold none of the files in `keep`."""
        kept = {Path(file).parent for file in keep}
        for folder in (self.project(project) / "tables").glob("*/*"):
            if folder.is_dir() and folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _need_disk(self) -> None:
        free = shutil.disk_usage(self.home).free
        if free < LOW_DISK:
            raise DataError(
                msg("The disk of the workspace is almost full"),
                msg("Only {free} are left in {folder}.", free=size(free), folder=str(self.home)),
                msg("Free some space, or move the workspace to a larger disk with ASSAY_HOME."),
            )


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
