"""The profile stage: what is known about landed tables, every figure over all rows.

profile(tables, task, now=now)          # Mapping of table name to Landed -> core.models.profile.Profile
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import perf_counter

from core.engines.duck import duck
from core.models.profile import Profile
from core.models.source import Landed
from core.profile import relations, table
from core.task import Task

__all__ = ["EDITION", "profile"]

EDITION = 8
"""Of the figures. A kept profile of an earlier one is not answered with again."""


def profile(tables: Mapping[str, Landed], task: Task, *, now: datetime, spill: Path | None = None) -> Profile:
    """Profile landed tables."""
    started = perf_counter()
    cells = {name: landed.rows * len(landed.columns) + 100_000 for name, landed in tables.items()}
    total, done, found = sum(cells.values()), 0, []
    with duck(task, spill=spill) as connection:
        for name, landed in tables.items():
            part = task.part(0.9 * done / total, 0.9 * (done + cells[name]) / total)
            found.append(table.profile(connection, name, landed, part, now))
            done += cells[name]
        files = {name: landed.files for name, landed in tables.items()}
        foreign_keys = relations.find(relations.OfFiles(connection, files), found, task.part(0.9, 1))
    return Profile(tuple(found), foreign_keys, now, perf_counter() - started, tuple(files.items()), EDITION)
