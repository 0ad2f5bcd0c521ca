"""Drift: what changed between two profiles of the same data. Nothing is read again: both profiles say all that is compared.

compare(before, after)      # two core.models.profile.Profile -> core.models.drift.Drift
"""

from __future__ import annotations

from collections.abc import Iterator

from core.models.drift import Distribution, Drift
from core.models.profile import Profile, TableProfile
from core.profile.drift import distributions, rules

__all__ = ["compare"]

_ORDER = {"alert": 0, "warning": 1, "notice": 2}


def compare(before: Profile, after: Profile) -> Drift:
    """The changes from an earlier profile to a later one."""
    shared = [(table, after.table(table.name)) for table in before.tables if any(one.name == table.name for one in after.tables)]
    found = [one for old, new in shared for one in _distributions(old, new)]
    shifts = [shift for rule in rules.OF_PROFILES for shift in rule(before, after)]
    shifts += [shift for old, new in shared for rule in rules.OF_TABLES for shift in rule(old, new)]
    for old, new in shared:
        for column in (one for one in old.columns if any(one.name == other.name for other in new.columns)):
            shifts += [shift for rule in rules.OF_COLUMNS for shift in rule(new.name, column, new.column(column.name))]
    rows = {(old.name): (old.rows, new.rows) for old, new in shared}
    shifts += [shift for one in found for shift in rules.of_distribution(one, *rows[one.table])]
    shifts.sort(key=lambda shift: (_ORDER[shift.level], -(shift.measure or 0.0), shift.table, shift.column, shift.kind))
    found.sort(key=lambda one: (-one.psi, one.table, one.column))
    return Drift(before.taken_at, after.taken_at, tuple(shifts), tuple(found))


def _distributions(old: TableProfile, new: TableProfile) -> Iterator[Distribution]:
    names = {column.name for column in new.columns}
    for column in old.columns:
        if column.name in names and (found := distributions.of(old.name, column, new.column(column.name))) is not None:
            yield found
