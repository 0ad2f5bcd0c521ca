"""The quality of profiled tables: rules that nearly hold in the data or that a person keeps, counted over all rows, and scores.

assess(profile, checks, task, now=now)      # Profile, Checks -> core.models.quality.Quality
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from core.engines.duck import duck
from core.models.profile import Profile, TableProfile
from core.models.quality import Check, Checks, Quality, Result, Rule
from core.profile.quality import count, scores
from core.profile.quality.kind import Given
from core.profile.quality.kinds import KINDS
from core.task import Task
from core.words import msg

__all__ = ["assess"]


def assess(profile: Profile, checks: Checks, task: Task, *, now: datetime, spill: Path | None = None) -> Quality:
    """Find the rules of all tables and count what breaks them and the kept checks. `now` is aware, UTC.

    A kept check of a table or a column that is not there is left out, and named in `Quality.lost`.
    """
    results: list[Result] = []
    usable = {check: _usable(profile, check.rule) for check in checks.kept}
    with duck(task, spill=spill) as connection:
        for place, table in enumerate(profile.tables):
            task.at(place / len(profile.tables), msg("Counting what breaks the rules of {table}", table=table.name))
            kept = {check: True for check, fits in usable.items() if fits and check.rule.table == table.name}
            told = {check.rule for check in kept} | set(checks.dismissed)
            found = {Check(rule): False for rule in _rules(profile, table, now, connection) if rule not in told}
            results += count.counted(connection, profile, table, kept | found, now)
    results.sort(key=lambda one: (not one.kept, -one.failed, one.rule.table, one.rule.kind, one.rule.columns))
    lost = tuple(check.rule for check, fits in usable.items() if not fits)
    return Quality(tuple(results), scores.of(profile, results), profile.taken_at, lost)


def _rules(profile: Profile, table: TableProfile, now: datetime, connection) -> Iterable[Rule]:
    if not table.rows:
        return
    found = Given(profile, table, now, connection)
    for kind in KINDS:
        yield from kind.find(found)


def _usable(profile: Profile, rule: Rule) -> bool:
    """Whether the tables and columns of a rule are there."""
    columns = {table.name: {column.name for column in table.columns} for table in profile.tables}
    return set(rule.columns) <= columns.get(rule.table, set()) and (
        rule.table in columns and (not rule.references or set(rule.ref_columns) <= columns.get(rule.references, {object()}))
    )
