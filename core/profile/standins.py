"""Values by which a source says that it has none: far from all others, and written in a way that no measure is.

of(column)          # the texts of such values at the ends of a column of numbers or times
without(column)     # the condition of the rows that hold another value, or None where there is no such value
"""

from __future__ import annotations

import re
from datetime import date

from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile
from core.models.types import is_temporal

_NINES = re.compile(r"-?9{3,}(?:\.(?:0+|9+))?")
"""The numbers that stand for nothing in many sources: -999, 9999, 99999.99."""

DAYS = (
    "0001-01-01",
    "1753-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
    "1970-01-01",
    "2099-12-31",
    "2999-12-31",
    "9999-01-01",
    "9999-12-31",
)
"""Days that stand for nothing: where the calendars of programs, spreadsheets and databases begin and end."""  # fmt: skip

ALONE = 5
"""A number in one row alone stands for nothing where it lies so many times as far from the others as they lie apart (an assumption)."""

YEAR = 366
"""A day of nothing lies farther from all others than they lie apart, and at least so many days (an assumption)."""


def of(column: ColumnProfile) -> tuple[str, ...]:
    """The values at the ends of a column that stand for nothing, as they are written: a number in several rows or far away, or a day."""
    return _days(column) if is_temporal(column.type) else _numbers(column)


def _numbers(column: ColumnProfile) -> tuple[str, ...]:
    if column.fences is None:
        return ()
    low, high = column.fences
    repeated = {one.value for one in column.top if one.count > 1}
    ends = dict.fromkeys(end for end in (column.low, column.high) if end is not None and _NINES.fullmatch(end))
    return tuple(end for end in ends if not low <= float(end) <= high and (end in repeated or _alone(float(end), column)))


def _alone(end: float, column: ColumnProfile) -> bool:
    """Whether an end of a column lies far from where nearly all of its values are."""
    inner = [float(one.value) for one in column.quantiles]
    low, high = min(inner), max(inner)
    return low < high and max(low - end, end - high) > ALONE * (high - low)


def _days(column: ColumnProfile) -> tuple[str, ...]:
    """Days of the list at an end of the column. The others lie where the quantiles do that are no such days."""
    ends = dict.fromkeys(end[:10] for end in (column.low, column.high) if end is not None and end[:10] in DAYS)
    inner = [place for one in column.quantiles if one.value[:10] not in ends and (place := _place(one.value)) is not None]
    if not inner:
        return ()
    low, high = min(inner), max(inner)
    reach = max(high - low, YEAR)
    return tuple(end for end in ends if (place := _place(end)) is not None and not low - reach <= place <= high + reach)


def _place(text: str) -> int | None:
    """The number of a day in Python's calendar, or None where it does not reach."""
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return None


def without(column: ColumnProfile) -> exp.Expression | None:
    """The condition under which a row of a column of times holds no day that stands for nothing."""
    days = _days(column) if is_temporal(column.type) else ()
    if not days:
        return None
    return exp.Not(this=exp.In(this=day(duck.column(column.name)), expressions=[day(exp.Literal.string(one)) for one in days]))


def day(value: exp.Expression) -> exp.Expression:
    """The day of a time; one with a zone is read in UTC, for which DuckDB needs no package of time zones."""
    return exp.cast(exp.cast(value, "TIMESTAMP", dialect="duckdb"), "DATE", dialect="duckdb")
