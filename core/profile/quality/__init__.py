"""The quality of profiled tables: rules that nearly hold in the data, counted over all rows, and scores.

assess(profile, task, now=now)      # Profile -> core.models.quality.Quality
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from core.engines.duck import duck
from core.models.profile import Profile, TableProfile
from core.models.quality import Quality, Result, Rule
from core.profile.quality import count, kinds, scores
from core.task import Task
from core.words import msg

__all__ = ["assess"]


def assess(profile: Profile, task: Task, *, now: datetime, spill: Path | None = None) -> Quality:
    """Find the rules of all tables and count what breaks them. `now` is aware, UTC."""
    results: list[Result] = []
    with duck(task, spill=spill) as connection:
        for place, table in enumerate(profile.tables):
            task.at(place / len(profile.tables), msg("Counting what breaks the rules of {table}", table=table.name))
            rules = list(_rules(profile, table, now, connection))
            results += count.counted(connection, profile, table, rules)
    results.sort(key=lambda one: (-one.failed, one.rule.table, one.rule.kind, one.rule.columns))
    return Quality(tuple(results), scores.of(profile, results), profile.taken_at)


def _rules(profile: Profile, table: TableProfile, now: datetime, connection) -> Iterable[Rule]:
    if not table.rows:
        return
    found = kinds.Given(profile, table, now, connection)
    for kind in kinds.KINDS:
        yield from kind.find(found)
