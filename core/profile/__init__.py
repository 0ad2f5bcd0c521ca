"""The profile stage: what is known about landed tables, every figure over all rows.

profile(tables, task, now=now)          # Mapping of table name to Landed -> core.models.profile.Profile
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from time import perf_counter

from core.engines.duck import duck
from core.models.profile import Profile, TableProfile
from core.models.source import Landed
from core.profile import scan
from core.task import Task
from core.words import msg

__all__ = ["profile"]


def profile(tables: Mapping[str, Landed], task: Task, *, now: datetime, spill: Path | None = None) -> Profile:
    """Profile landed tables."""
    started = perf_counter()
    found: list[TableProfile] = []
    with duck(task, spill=spill) as connection:
        for index, (name, landed) in enumerate(tables.items()):
            part = task.part(index / len(tables), (index + 1) / len(tables))

            def said(share: float, column: str, name: str = name, part: Task = part) -> None:
                part.at(share, msg("Reading {table}: {column}", table=name, column=column))

            columns = scan.columns(connection, landed, said)
            found.append(TableProfile(name, landed.rows, landed.bytes, landed.source_bytes, columns))
    files = tuple((name, landed.files) for name, landed in tables.items())
    return Profile(tuple(found), (), now, perf_counter() - started, files)
