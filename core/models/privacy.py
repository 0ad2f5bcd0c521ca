"""Which values of the data may be shown, and what stands in their place.

Values of a column that is recognised as personal are masked everywhere, on the pages too, until a person says otherwise. Of all others
those leave the workspace (in a report, in the comments of a DDL) that name groups of rows, never those that may name a person:
frequent values of categories, extremes of measures and times.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from core.models.profile import Bin, ColumnProfile, Profile, Quantile, TableProfile, Top
from core.models.types import family

CATEGORIES = 50
"""A category has at most so many different values."""

ROWS_EACH = 5
"""Rows that must hold each value on average, and a value that is shown: fewer could single out a person."""

LONG_NUMBER = 9
"""Digits from which a number may be a phone, a tax number or a card rather than a measure."""


HIDDEN = "•"
"""Stands for a letter or a digit of a masked value."""

LAST = 2
"""Letters and digits at the end of a masked value that stay, so that two of them can be told apart; no more than a quarter of the value."""


@dataclass(frozen=True, slots=True)
class Revealed:
    """Columns, as (table, column), whose personal values a person chose to see."""

    columns: tuple[tuple[str, str], ...] = ()


def mask(value: str) -> str:
    """A value in the shape it has, its letters and digits hidden but for the last few: `j.smith@mail.org` is `•.•••••@••••.•rg`."""
    signs = [place for place, sign in enumerate(value) if sign.isalnum()]
    shown = set(signs[len(signs) - min(LAST, len(signs) // 4) :])
    return "".join(HIDDEN if sign.isalnum() and place not in shown else sign for place, sign in enumerate(value))


def decided(profile: Profile, revealed: Collection[tuple[str, str]]) -> Profile:
    """The profile with the columns that a person chose to see no longer called personal."""
    tables = []
    for table in profile.tables:
        names = {column for of, column in revealed if of == table.name}
        tables.append(replace(table, columns=tuple(_open(one) if one.name in names else one for one in table.columns)))
    return replace(profile, tables=tuple(tables))


def _open(column: ColumnProfile) -> ColumnProfile:
    return replace(column, meanings=tuple(replace(meaning, personal=False) for meaning in column.meanings))


def hidden(profile: Profile) -> Profile:
    """The profile as it may be shown: values of personal columns masked."""
    return replace(profile, tables=tuple(map(hidden_table, profile.tables)))


def hidden_table(table: TableProfile) -> TableProfile:
    """One table of a profile as it may be shown."""
    personal = {column.name for column in table.columns if column.personal}
    timelines = tuple(one for one in table.timelines if one.column not in personal)
    # Which part of a row that could not be placed belongs to which column nobody can tell.
    rejects = tuple(replace(one, text=mask(one.text)) for one in table.rejects) if personal else table.rejects
    return replace(table, columns=tuple(map(_hidden, table.columns)), timelines=timelines, rejects=rejects)


def _hidden(column: ColumnProfile) -> ColumnProfile:
    if not column.personal:
        return column
    return replace(
        column,
        low=_masked(column.low),
        high=_masked(column.high),
        mean=None,
        deviation=None,
        fences=None,
        quantiles=tuple(Quantile(one.share, mask(one.value)) for one in column.quantiles),
        histogram=tuple(Bin(mask(one.low), mask(one.high), one.count) for one in column.histogram),
        top=tuple(Top(mask(one.value), one.count) for one in column.top),
        refused=replace(column.refused, cell=mask(column.refused.cell)) if column.refused else None,
    )


def _masked(value: str | None) -> str | None:
    return None if value is None else mask(value)


def categorical(column: ColumnProfile) -> bool:
    """Whether the column sorts rows into a few groups."""
    return 0 < column.distinct <= CATEGORIES and column.rows - column.nulls >= ROWS_EACH * column.distinct


def values(column: ColumnProfile) -> tuple[Top, ...]:
    """The frequent values that may be shown."""
    if column.personal or not categorical(column):
        return ()
    return tuple(top for top in column.top if top.count >= ROWS_EACH and not _names_one(top.value, family(column.type)))


def extremes(column: ColumnProfile) -> tuple[str, str] | None:
    """The smallest and the largest value, or None where there is none or it must not be shown."""
    if column.low is None or column.high is None or not measure(column):
        return None
    return column.low, column.high


def measure(column: ColumnProfile) -> bool:
    """Whether single values of the column say nothing of whom they belong to: numbers that are no long codes, and times."""
    if column.personal:
        return False
    kind = family(column.type)
    if kind in ("integer", "decimal"):
        return max(len(whole(column.low)), len(whole(column.high))) < LONG_NUMBER
    return kind in ("float", "boolean", "date", "timestamp", "time", "interval")


def _names_one(value: str | None, kind: str) -> bool:
    """Whether a frequent value may still belong to one person: the telephone of a customer stands in each of his orders."""
    if kind in ("integer", "decimal"):
        return len(whole(value)) >= LONG_NUMBER
    return kind == "text" and ("@" in (value or "") or sum(map(str.isdigit, value or "")) >= LONG_NUMBER)


def whole(value: str | None) -> str:
    """The digits before the point."""
    return (value or "").lstrip("-").partition(".")[0]
