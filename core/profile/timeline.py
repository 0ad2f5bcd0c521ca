"""What the times in a table say of it: range, rate, gaps, whether rows arrived in order, and how old the last is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import quantiles

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.profile import Bin, ColumnProfile, Gap, Timeline
from core.models.source import Landed
from core.models.types import family
from core.profile import standins

MOST = 6
"""Columns of times that are looked at, that of the table's `time_column` first."""

PERIODS = 200_000
"""Periods (days, or hours where all lies within `HOURLY` days) that are counted; a longer range is counted in months."""

HOURLY = 14.0

GAPS = 10
FAR = 3.0
"""A gap is a step beyond Tukey's outer fence (the third quartile and three interquartile ranges, 1977) of the steps between periods with rows,

and longer than 99 in 100 of them (an assumption: what comes round more often is a rhythm)."""

BLOCKS, BLOCK = 20, 10_000
"""Rows whose order is looked at in a large table: blocks of neighbours spread evenly."""

BARS = 60
"""Periods that are kept at most: enough to see a rhythm and a gap, few enough to draw."""

VALUE, BEFORE = exp.column("v"), exp.column("before")
YEARS = (1, 9998)
"""Python's calendar, in which the steps are reckoned; a column that leaves it has no timeline."""


def timelines(
    connection: duckdb.DuckDBPyConnection, landed: Landed, columns: Sequence[ColumnProfile], first: str, now: datetime
) -> tuple[Timeline, ...]:
    """The timelines of a table's columns of dates and times, the column named `first` first. `now` is aware, UTC."""
    found = (_timeline(connection, landed, one, now) for one in timed(columns, first))
    return tuple(one for one in found if one is not None)


def leading(columns: Sequence[ColumnProfile]) -> str:
    """The column that says when: a point in time before a date, then the fullest, then the leftmost; "" where there is none."""
    times = [column for column in columns if family(column.type) in ("timestamp", "date") and column.null_share < 0.5]
    times = [column for column in times if not column.personal]  # births are no time of the rows
    times.sort(key=lambda column: (family(column.type) == "date", column.nulls))
    return times[0].name if times else ""


def timed(columns: Sequence[ColumnProfile], first: str) -> list[ColumnProfile]:
    """The columns of times that are looked at, that named `first` first."""
    times = [one for one in columns if family(one.type) in ("timestamp", "date") and one.rows > one.nulls and one.distinct > 1]
    return sorted(times, key=lambda one: one.name != first)[:MOST]


def _timeline(connection, landed: Landed, column: ColumnProfile, now: datetime) -> Timeline | None:
    rows = _meant(landed, column)
    span = _span(connection, rows, column)
    if span is None:
        return None
    low, high = span
    query = counts(rows, duck.column(column.name), column, unit_of(low, high, column))
    found = told(column, low, high, connection.execute(duck.sql(query)).fetchall(), now)
    share, sampled = _in_order(connection, landed, column)
    return replace(found, in_order=share, in_order_sampled=sampled, query=query.sql("duckdb", pretty=True))


def unit_of(low: datetime, high: datetime, column: ColumnProfile) -> str:
    """The unit that the rows between two moments are counted in: hour, day or month."""
    days = (high - low) / timedelta(days=1)
    return "hour" if days <= HOURLY and family(column.type) == "timestamp" else "day" if days <= PERIODS else "month"


def told(
    column: ColumnProfile, low: datetime, high: datetime, rows: Sequence[tuple[date | datetime, int]], now: datetime
) -> Timeline:
    """The timeline from the first and the last moment and the rows of each period, as `counts` gives them."""
    days = (high - low) / timedelta(days=1)
    counted = [(_moment(start), int(count)) for start, count in rows]
    unit = unit_of(low, high, column)
    # From midnight to midnight: the last day counts whole.
    whole = all(moment.time() == time.min for moment in (low, high))
    per_day = sum(count for _, count in counted) / max(days + whole, 1.0)
    return Timeline(
        column=column.name,
        first=_text(low, column),
        last=_text(high, column),
        days=days,
        per_day=per_day,
        recent_per_day=_recent(counted, "day" if whole and unit == "hour" else unit, high, days) or per_day,
        gaps=_gaps([start for start, _ in counted], column),
        age_days=(now.replace(tzinfo=None) - high) / timedelta(days=1),
        periods=_periods(counted, unit, column),
    )


def _recent(counted: Sequence[tuple[datetime, int]], unit: str, high: datetime, days: float) -> float | None:
    """Rows a day in the last tenth of the time, which is a day at least, in whole periods; None where there is no more time than that."""
    if unit == "month":
        late = [(start, count) for start, count in counted if start >= high - timedelta(days=days / 10)] or list(counted[-1:])
        return sum(count for _, count in late) / ((high - late[0][0]) / timedelta(days=1) + 1)
    period = timedelta(hours=1) if unit == "hour" else timedelta(days=1)
    back = max(timedelta(days=1), round(timedelta(days=days / 10) / period) * period)
    if back >= timedelta(days=days):
        return None
    begin = counted[-1][0] - back
    return sum(count for start, count in counted if start > begin) / (back / timedelta(days=1))


def _periods(counted: Sequence[tuple[datetime, int]], unit: str, column: ColumnProfile) -> tuple[Bin, ...]:
    """The rows of each period from the first to the last, those without rows too; several are put together where there are too many."""
    rows = dict(counted)
    starts = list(_steps(counted[0][0], counted[-1][0], unit))
    together = -(-len(starts) // BARS)
    bars = []
    for place in range(0, len(starts), together):
        some = starts[place : place + together]
        bars.append(Bin(_text(some[0], column), _text(some[-1], column), sum(rows.get(start, 0) for start in some)))
    return tuple(bars)


def _steps(first: datetime, last: datetime, unit: str) -> Iterator[datetime]:
    while first <= last:
        yield first
        if unit == "month":
            first = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        else:
            first += timedelta(hours=1) if unit == "hour" else timedelta(days=1)


def _meant(landed: Landed, column: ColumnProfile) -> exp.Expression:
    """The rows whose moment is meant as one: without the days that stand for nothing."""
    kept = standins.without(column)
    if kept is None:
        return duck.parquet(landed.files)
    return exp.select(duck.column(column.name)).from_(duck.parquet(landed.files)).where(kept).subquery("meant")


def _span(connection, rows: exp.Expression, column: ColumnProfile) -> tuple[datetime, datetime] | None:
    """The first and the last moment, or None where Python's calendar does not reach."""
    value = duck.column(column.name)
    ends = exp.select(*(_year(end) for end in (exp.Min(this=value), exp.Max(this=value.copy()))), *_ends(value))
    first, last, low, high = connection.execute(duck.sql(ends.from_(rows.copy()))).fetchall()[0]
    if first is None or last is None:
        return None
    return _moment(low), _moment(high)


def _ends(value: exp.Expression) -> tuple[exp.Expression, exp.Expression]:
    """The extremes, as moments, where both lie in the calendar."""
    return tuple(
        exp.Case(ifs=[exp.If(this=_placed(end), true=_plain(end.copy()))])
        for end in (exp.Min(this=value.copy()), exp.Max(this=value.copy()))
    )


def _year(end: exp.Expression) -> exp.Expression:
    return exp.Case(ifs=[exp.If(this=_placed(end), true=_number(1))])


def _placed(end: exp.Expression) -> exp.Expression:
    # As a moment without a zone: the year of one with a zone is that of its era, 44 for 44 BC.
    year = duck.call("year", _plain(end.copy()))
    return exp.and_(duck.call("isfinite", end), exp.Between(this=year, low=_number(YEARS[0]), high=_number(YEARS[1])))


def _plain(moment: exp.Expression) -> exp.Expression:
    """A moment without its zone, in UTC: reading one with a zone needs a package of time zones."""
    return exp.cast(moment, "TIMESTAMP", dialect="duckdb")


def counts(rows: exp.Expression, value: exp.Expression, column: ColumnProfile, unit: str) -> exp.Select:
    """The periods that hold rows, and how many, in their order."""
    whole = family(column.type) == "date" and unit == "day"
    start = value.copy() if whole else _plain(duck.call("date_trunc", exp.Literal.string(unit), _plain(value)))
    query = exp.select(exp.alias_(start, "period"), exp.alias_(exp.Count(this=exp.Star()), "rows"))
    query = query.from_(rows).where(exp.Not(this=exp.Is(this=value.copy(), expression=exp.null())))
    return query.group_by(_number(1)).order_by(_number(1))


def _number(value: int) -> exp.Expression:
    return exp.Literal.number(value)


def _gaps(periods: Sequence[datetime], column: ColumnProfile) -> tuple[Gap, ...]:
    """Steps between periods with rows that are longer than usual, the longest first."""
    steps = [(after - before) / timedelta(days=1) for before, after in pairwise(periods)]
    if len(steps) < 10:
        return ()
    low, _, high = quantiles(steps, n=4, method="inclusive")
    # One step in a hundred is no longer unusual: the weekends of a table of working days.
    usual = max(high + FAR * (high - low), 2 * high, quantiles(steps, n=100, method="inclusive")[-1])
    wide = [(step, before, after) for step, (before, after) in zip(steps, pairwise(periods), strict=True) if step > usual]
    wide.sort(key=lambda gap: (-gap[0], gap[1]))
    return tuple(Gap(_text(before, column), _text(after, column), step) for step, before, after in wide[:GAPS])


def _in_order(connection, landed: Landed, column: ColumnProfile) -> tuple[float, int]:
    """The share of rows not before the row above them, and the rows looked at (0 for all)."""
    blocked = landed.rows > 2 * BLOCKS * BLOCK and len(landed.files) == 1
    number, step = exp.column("file_row_number"), landed.rows // BLOCKS
    block = exp.IntDiv(this=number, expression=_number(step)) if blocked else _number(0)
    rows = exp.select(exp.alias_(duck.column(column.name), "v"), exp.alias_(block, "block")).from_(duck.parquet(landed.files))
    if (kept := standins.without(column)) is not None:
        rows = rows.where(kept)
    if blocked:
        rows = rows.where(exp.LT(this=exp.Mod(this=number.copy(), expression=_number(step)), expression=_number(BLOCK)))
    return _share_of(connection, rows, blocked)


def _share_of(connection, rows: exp.Select, blocked: bool) -> tuple[float, int]:
    lag = exp.alias_(exp.Window(this=exp.Lag(this=VALUE.copy())), "before")
    other = exp.alias_(exp.Window(this=exp.Lag(this=exp.column("block"))), "block_before")
    pairs = exp.select(VALUE.copy(), lag, exp.column("block"), other).from_(rows.subquery("rows"))
    same = exp.EQ(this=exp.column("block"), expression=exp.column("block_before"))
    both = exp.Not(this=exp.Is(this=exp.LT(this=VALUE.copy(), expression=BEFORE.copy()), expression=exp.null()))
    comparable = exp.and_(same, both)
    kept = exp.and_(comparable.copy(), exp.GTE(this=VALUE.copy(), expression=BEFORE.copy()))
    asked = exp.select(duck.call("count_if", comparable), duck.call("count_if", kept), exp.Count(this=exp.Star()))
    compared, in_order, read = connection.execute(duck.sql(asked.from_(pairs.subquery("pairs")))).fetchall()[0]
    return (in_order / compared if compared else 1.0), (read if blocked else 0)


def _moment(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime(value.year, value.month, value.day)


def _text(moment: datetime, column: ColumnProfile) -> str:
    return moment.date().isoformat() if family(column.type) == "date" else moment.isoformat(" ")
