"""The quality of profiled tables: rules that nearly hold in the data or that a person keeps, counted over all rows, and scores.

assess(profile, checks, task, now=now)             # Profile, Checks -> core.models.quality.Quality
revised(quality, profile, checks, task, now=now)   # the same after a person kept, added or dismissed rules: only new ones are counted
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from core.engines.duck import duck
from core.models.profile import Profile, TableProfile
from core.models.quality import Check, Checks, Quality, Result, Rule
from core.profile.quality import count, scores
from core.profile.quality.kind import NEARLY, Given, nothing
from core.profile.quality.kinds import BY_NAME, KINDS
from core.task import Task
from core.words import msg

__all__ = ["assess", "revised"]


def assess(profile: Profile, checks: Checks, task: Task, *, now: datetime, spill: Path | None = None) -> Quality:
    """Find the rules of all tables and count what breaks them and the kept checks. `now` is aware, UTC.

    A kept check of a table or a column that is not there is left out, and named in `Quality.lost`.
    """
    results: list[Result] = []
    with duck(task, spill=spill) as connection:
        for place, table in enumerate(profile.tables):
            task.at(place / len(profile.tables), msg("Counting what breaks the rules of {table}", table=table.name))
            kept = {check: True for check in checks.kept if check.rule.table == table.name and _usable(profile, check.rule)}
            told = {check.rule for check in kept} | set(checks.dismissed)
            found = {Check(rule): False for rule in _rules(profile, table, now, connection) if rule not in told}
            results += filter(_nearly_holds, count.counted(connection, profile, table, kept | found, now))
    return _quality(profile, checks, results)


def _nearly_holds(result: Result) -> bool:
    """Whether a rule that was found in some rows holds in nearly all of them, too; what a person keeps stays in any case."""
    kind = BY_NAME[result.rule.kind]
    return result.kept or not kind.proven or result.share >= NEARLY


def revised(
    quality: Quality, profile: Profile, checks: Checks, task: Task, *, now: datetime, back: Iterable[Rule] = ()
) -> Quality:
    """The quality after `checks` changed; `back` are rules that are not dismissed any more."""
    dismissed = set(checks.dismissed)
    known: Mapping[Check, Result] = {Check(one.rule, one.most): one for one in quality.results}
    found = [one.rule for one in quality.results if BY_NAME[one.rule.kind].find is not nothing or not one.kept]
    wanted = {check: True for check in checks.kept if _usable(profile, check.rule)}
    told = {check.rule for check in wanted} | dismissed
    wanted |= {Check(rule): False for rule in (*found, *back) if rule not in told}
    results = [_as_kept(known[check], kept) for check, kept in wanted.items() if check in known]
    missing = {check: kept for check, kept in wanted.items() if check not in known}
    if missing:
        with duck(task) as connection:
            for table in profile.tables:
                mine = {check: kept for check, kept in missing.items() if check.rule.table == table.name}
                results += count.counted(connection, profile, table, mine, now)
    return _quality(profile, checks, results)


def _as_kept(result: Result, kept: bool) -> Result:
    return replace(result, kept=kept)


def _quality(profile: Profile, checks: Checks, results: list[Result]) -> Quality:
    results.sort(key=lambda one: (not one.kept, -one.failed, one.rule.table, one.rule.kind, one.rule.columns))
    lost = tuple(check.rule for check in checks.kept if not _usable(profile, check.rule))
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
    mine, theirs = columns.get(rule.table), columns.get(rule.references)
    here = mine is not None and mine >= set(rule.columns)
    return here and (not rule.references or (theirs is not None and theirs >= set(rule.ref_columns)))
