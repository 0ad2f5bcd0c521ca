"""How a column's values are spread: distinct values, quantiles, histogram, frequent values, masks, outliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

from sqlglot import exp

from core.models.profile import Bin, Pattern, Quantile, Top
from core.models.source import Column
from core.models.types import family
from core.profile import figures, histogram
from core.profile.frame import Frame

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
TOPS = 10
FEW = 10
"""A column of no more different values shows them all; of others only those that repeat are frequent values."""

_VALUE, _COUNT, _UPTO = exp.column("v"), exp.column("n"), exp.column("upto")
_Extremes = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """The part of a column profile that is found by grouping; the fields are those of `ColumnProfile`."""

    distinct: int
    distinct_error: float = 0.0
    quantiles: tuple[Quantile, ...] = ()
    quantiles_sampled: int = 0
    histogram: tuple[Bin, ...] = ()
    top: tuple[Top, ...] = ()
    top_sampled: int = 0
    patterns: tuple[Pattern, ...] = ()
    patterns_sampled: int = 0
    outliers: int | None = None


def grouped(source: Frame, column: Column, extremes: _Extremes) -> Shape:
    """Everything exactly, from the number of rows of each different value."""
    counted = source.keep("counted", _counts(column, source.rows))
    (distinct,) = source.row(exp.select(exp.Count(this=exp.Star())).from_(counted.copy()))
    shape = Shape(distinct, top=_top(source, counted, distinct), patterns=_patterns(source, column, counted))
    return _spread(source, column, extremes, counted, counted, shape)


def large(source: Frame, column: Column, extremes: _Extremes, distinct: int, error: float) -> Shape:
    """For a column with too many different values to count each: quantiles, masks and candidates for the frequent values

    come from the sample; the counts of those candidates, the histogram and the outliers from all rows.
    """
    sampled = source.keep("counted", _counts(column, source.sample))
    single = exp.select(exp.alias_(figures.value_of(column), "v"), exp.alias_(exp.Literal.number(1), "n")).from_(
        source.rows.copy()
    )
    shape = Shape(
        distinct,
        error,
        top=_top_of_candidates(source, column, sampled),
        top_sampled=source.sampled,
        patterns=_patterns(source, column, sampled),
    )
    shape = _spread(source, column, extremes, sampled, single.subquery("single"), shape)
    return replace(
        shape,
        quantiles_sampled=source.sampled if shape.quantiles else 0,
        patterns_sampled=source.sampled if shape.patterns else 0,
    )


def _counts(column: Column, rows: exp.Expression) -> exp.Select:
    value = figures.value_of(column)
    counted = exp.alias_(exp.Count(this=exp.Star()), "n")
    query = exp.select(exp.alias_(value, "v"), counted).from_(rows.copy())
    return query.where(_present(figures.value_of(column))).group_by(exp.Literal.number(1))


def _present(value: exp.Expression) -> exp.Expression:
    return exp.Not(this=exp.Is(this=value, expression=exp.Null()))


def _top(source: Frame, counted: exp.Expression, distinct: int) -> tuple[Top, ...]:
    query = exp.select(figures.shown(_VALUE.copy()), _COUNT.copy()).from_(counted.copy())
    if distinct > FEW:
        query = query.where(exp.GT(this=_COUNT.copy(), expression=exp.Literal.number(1)))
    query = query.order_by(exp.Ordered(this=_COUNT.copy(), desc=True), _VALUE.copy()).limit(TOPS)
    return tuple(Top(value, count) for value, count in source.all(query))


def _top_of_candidates(source: Frame, column: Column, sampled: exp.Expression) -> tuple[Top, ...]:
    """Values that repeat in the sample, the most frequent first, counted over all rows."""
    candidates = exp.select(_VALUE.copy()).from_(sampled.copy())
    candidates = candidates.where(exp.GT(this=_COUNT.copy(), expression=exp.Literal.number(1)))
    candidates = candidates.order_by(exp.Ordered(this=_COUNT.copy(), desc=True), _VALUE.copy()).limit(TOPS)
    chosen = source.keep("candidates", candidates)
    (found,) = source.row(exp.select(exp.Count(this=exp.Star())).from_(chosen.copy()))
    if not found:
        return ()
    among = exp.In(this=figures.value_of(column), query=exp.select(_VALUE.copy()).from_(chosen.copy()).subquery())
    exact = _counts(column, source.rows).where(among)
    return _top(source, source.keep("frequent", exact), FEW + 1)


def _patterns(source: Frame, column: Column, counted: exp.Expression) -> tuple[Pattern, ...]:
    if family(column.type) != "text":
        return ()
    rows = exp.alias_(exp.Sum(this=_COUNT.copy()), "rows")
    query = (
        exp.select(exp.alias_(figures.mask(_VALUE.copy()), "mask"), rows).from_(counted.copy()).group_by(exp.Literal.number(1))
    )
    order = (exp.Ordered(this=exp.column("rows"), desc=True), exp.column("mask"))
    return tuple(Pattern(mask, int(count)) for mask, count in source.all(query.order_by(*order).limit(TOPS)))


def _spread(
    source: Frame, column: Column, extremes: _Extremes, ranked: exp.Expression, weighed: exp.Expression, shape: Shape
) -> Shape:
    """Quantiles from `ranked`, histogram and outliers from `weighed`: both hold values `v` and their number of rows `n`."""
    kind = family(column.type)
    if kind not in (*figures.NUMERIC, *figures.TEMPORAL):
        return shape
    quantiles = _quantiles(source, column, ranked)
    low, high = extremes
    bins: tuple[Bin, ...] = ()
    if low is not None and high is not None:
        bins = _bins(source, column, weighed, histogram.edges(low, high, kind, column.type))
    outliers = _outliers(source, weighed, quantiles) if kind in figures.NUMERIC else None
    return replace(shape, quantiles=quantiles, histogram=bins, outliers=outliers)


def _quantiles(source: Frame, column: Column, ranked: exp.Expression) -> tuple[Quantile, ...]:
    """By nearest rank: the smallest value that at least the share of the rows do not exceed (Hyndman and Fan 1996, type 1)."""
    total = exp.Window(this=exp.Sum(this=_COUNT.copy()), order=exp.Order(expressions=[_VALUE.copy()]))
    running = exp.select(_VALUE.copy(), exp.alias_(total, "upto")).from_(ranked.copy())
    if (condition := figures.ordered(_VALUE.copy(), family(column.type))) is not None:
        running = running.where(condition)
    last = exp.select(exp.Max(this=_UPTO.copy())).from_("running").subquery()
    picked = [figures.text(figures.filtered(exp.Min(this=_VALUE.copy()), _reached(share, last))) for share in SHARES]
    values = source.row(exp.select(*picked).from_("running").with_("running", as_=running))
    return tuple(Quantile(share, value) for share, value in zip(SHARES, values) if value is not None)


def _reached(share: float, last: exp.Expression) -> exp.Expression:
    # A decimal share, so that 0.05 of 100 rows is 5 and not a hair more.
    wanted = exp.Ceil(this=exp.Mul(this=last.copy(), expression=exp.Literal.number(share)))
    return exp.GTE(this=_UPTO.copy(), expression=wanted)


def _bins(source: Frame, column: Column, weighed: exp.Expression, edges: Sequence[str]) -> tuple[Bin, ...]:
    kind = family(column.type)
    index = exp.alias_(histogram.bin_of(_VALUE.copy(), edges[1:-1], column.type), "bin")
    query = exp.select(index, exp.Sum(this=_COUNT.copy())).from_(weighed.copy())
    query = query.where(figures.finite(_VALUE.copy(), kind) or _present(_VALUE.copy())).group_by(exp.Literal.number(1))
    counts = {int(found): int(count) for found, count in source.all(query)}
    return tuple(Bin(low, high, counts.get(place, 0)) for place, (low, high) in enumerate(zip(edges, edges[1:])))


def _outliers(source: Frame, weighed: exp.Expression, quantiles: tuple[Quantile, ...]) -> int | None:
    quartiles = {quantile.share: float(quantile.value) for quantile in quantiles}
    if 0.25 not in quartiles:
        return None
    reach = figures.TUKEY * (quartiles[0.75] - quartiles[0.25])
    low, high = quartiles[0.25] - reach, quartiles[0.75] + reach
    if not (isfinite(low) and isfinite(high)):
        return None
    value = exp.cast(_VALUE.copy(), "DOUBLE")
    below = exp.LT(this=value, expression=figures.literal(repr(low), "DOUBLE"))
    above = exp.GT(this=value.copy(), expression=figures.literal(repr(high), "DOUBLE"))
    outside = exp.or_(below, exp.and_(above, exp.Not(this=figures.call("isnan", value.copy()))))
    (count,) = source.row(exp.select(exp.Sum(this=_COUNT.copy())).from_(weighed.copy()).where(outside))
    return int(count or 0)
