"""Which values of the data may be shown outside the workspace: in a report, in the comments of a DDL.

Personal data is not recognised yet, so values are shown only where they name groups of rows, never where they may name a
person: frequent values of categories, extremes of measures and times.
"""

from __future__ import annotations

from core.models.profile import ColumnProfile, Top
from core.models.types import family

CATEGORIES = 50
"""A category has at most so many different values."""

ROWS_EACH = 5
"""Rows that must hold each value on average, and a value that is shown: fewer could single out a person."""

LONG_NUMBER = 9
"""Digits from which a number may be a phone, a tax number or a card rather than a measure."""


def categorical(column: ColumnProfile) -> bool:
    """Whether the column sorts rows into a few groups."""
    return 0 < column.distinct <= CATEGORIES and column.rows - column.nulls >= ROWS_EACH * column.distinct


def values(column: ColumnProfile) -> tuple[Top, ...]:
    """The frequent values that may be shown."""
    if not categorical(column):
        return ()
    return tuple(top for top in column.top if top.count >= ROWS_EACH and not _names_one(top.value, family(column.type)))


def extremes(column: ColumnProfile) -> tuple[str, str] | None:
    """The smallest and the largest value, or None where there is none or it must not be shown."""
    if column.low is None or column.high is None or not measure(column):
        return None
    return column.low, column.high


def measure(column: ColumnProfile) -> bool:
    """Whether single values of the column say nothing of whom they belong to: numbers that are no long codes, and times."""
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
