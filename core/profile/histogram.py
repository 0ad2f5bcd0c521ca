"""Edges of a histogram that people can read, and the bin a value falls into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal

from sqlglot import exp

from core.models import times
from core.models.types import Family

BINS = 24
"""The most bins a histogram has: enough to see a shape, few enough to label."""

_EXACT = Context(prec=400)
_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000)


def edges(low: str, high: str, kind: Family, type_name: str) -> tuple[str, ...]:
    """Edges from at or below `low` to at or above `high` (both as text), as text of the column's type; at most 25.

    Numbers step by 1, 2 or 5 times a power of ten (not finer than the type can hold), times by a unit of the clock or the
    calendar. A column of one value has one bin. Years outside 1 to 9999 fall into the first or the last bin.
    """
    if kind in ("date", "timestamp"):
        return _time_edges(low, high, kind, type_name)
    finest, last = _finest(kind, type_name), Decimal(high)
    if finest and (last - Decimal(low)) / finest < BINS:
        last += finest  # few enough values for each to have a bin of its own
    return _number_edges(Decimal(low), last, finest)


def _finest(kind: Family, type_name: str) -> Decimal:
    if kind == "integer":
        return Decimal(1)
    if kind == "decimal" and "," in type_name:
        return Decimal(1).scaleb(-int(type_name.rstrip(") ").split(",")[1]))
    return Decimal(0)


def _number_edges(low: Decimal, high: Decimal, finest: Decimal) -> tuple[str, ...]:
    if low == high:
        return (_plain(low), _plain(high))
    step = _step(_EXACT.subtract(high, low), finest)
    while True:
        start = _EXACT.multiply(_EXACT.divide(low, step).to_integral_value(ROUND_FLOOR), step)
        count = int(_EXACT.divide(_EXACT.subtract(high, start), step).to_integral_value(ROUND_FLOOR))
        # The last bin includes its upper edge, so a high that lies on an edge needs no bin of its own.
        count += 0 if _EXACT.add(start, _EXACT.multiply(step, count)) == high else 1
        if count <= BINS:
            return tuple(_plain(_EXACT.add(start, _EXACT.multiply(step, index))) for index in range(count + 1))
        step = _step(_EXACT.multiply(step, Decimal("1.5") * BINS), finest)


def _step(span: Decimal, finest: Decimal) -> Decimal:
    """The smallest nice step that covers `span` in at most `BINS` bins."""
    raw = max(_EXACT.divide(span, BINS), finest)
    unit = Decimal(1).scaleb(raw.adjusted())
    return next(unit * factor for factor in _STEPS if unit * factor >= raw)


def _plain(number: Decimal) -> str:
    number = number.normalize(_EXACT)
    return str(number) if number.adjusted() > 40 or number.adjusted() < -40 else f"{number:f}"


def _time_edges(low: str, high: str, kind: Family, type_name: str) -> tuple[str, ...]:
    first, last = _moment(low), _moment(high)
    if first == last:
        return (low, high)
    return tuple(_say(edge, kind, type_name) for edge in _grid(first, last, 86400 if kind == "date" else 1))


def _moment(value: str) -> datetime:
    """The point in time of DuckDB's text; what a calendar of four-digit years cannot hold is moved to its end."""
    year, _ = times.rank(value)
    if not 1 <= year <= 9999:
        return datetime(1, 1, 1, tzinfo=UTC) if year < 1 else datetime(9999, 12, 31, tzinfo=UTC)
    return datetime.fromisoformat(value[:19]).replace(tzinfo=UTC)


def _grid(first: datetime, last: datetime, finest: int) -> list[datetime]:
    span = (last - first).total_seconds()
    for seconds in _SECONDS:
        if seconds >= finest and span / seconds <= BINS - 2:
            return list(_clock(first, last, timedelta(seconds=seconds)))
    for months in _MONTHS:
        if span / (months * 30.4) <= (BINS - 2) * 86400:
            return list(_calendar(first, last, months))
    return list(_calendar(first, last, 12000))


def _clock(first: datetime, last: datetime, step: timedelta) -> Iterator[datetime]:
    # Weeks start on a Monday, as 1 January of the year 1 did; shorter units divide the day.
    origin = datetime(1, 1, 1, tzinfo=UTC)
    edge = origin + ((first - origin) // step) * step
    yield edge
    while edge <= last:
        try:
            edge = edge + step
        except OverflowError:
            return
        yield edge


def _calendar(first: datetime, last: datetime, months: int) -> Iterator[datetime]:
    index = ((first.year * 12 + first.month - 1) // months) * months
    index = max(index, 12)
    while True:
        edge = datetime(min(index // 12, 9999), index % 12 + 1 if index // 12 <= 9999 else 12, 1, tzinfo=UTC)
        yield edge
        if edge > last or index // 12 > 9999:
            return
        index += months


def _say(edge: datetime, kind: Family, type_name: str) -> str:
    if kind == "date":
        return edge.date().isoformat()
    zone = "+00" if type_name.upper() == "TIMESTAMP WITH TIME ZONE" else ""
    return edge.replace(tzinfo=None).isoformat(sep=" ") + zone


def bin_of(value: exp.Expression, inner: Sequence[exp.Expression]) -> exp.Expression:
    """The index of a value's bin: a binary search over the edges between bins, in the column's own type, so never rounded."""
    return _search(value, inner, 0, len(inner))


def _search(value: exp.Expression, inner: Sequence[exp.Expression], start: int, end: int) -> exp.Expression:
    if start == end:
        return exp.Literal.number(start)
    middle = (start + end) // 2
    below = exp.LT(this=value.copy(), expression=inner[middle])
    left, right = _search(value, inner, start, middle), _search(value, inner, middle + 1, end)
    return exp.Case(ifs=[exp.If(this=below, true=left)], default=right)
