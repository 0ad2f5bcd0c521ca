"""The one definition of each figure, as SQL over a column: the scan runs these, and a profile's `query` shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

from sqlglot import exp

from core.engines import duck
from core.engines.duck import call
from core.models.profile import Quantile
from core.models.source import Column
from core.models.types import Family, decimal, family

TEXT_LIMIT = 200
"""Characters of a value that are kept where it is shown; an ellipsis marks what was cut."""

TOO_LARGE = 1e150
"""From here on squares overflow a double: no mean and no deviation for a column that holds such a value."""

TUKEY = 1.5
"""Interquartile ranges beyond the quartiles at which an outlier starts (Tukey, Exploratory Data Analysis, 1977)."""

NUMERIC = ("integer", "decimal", "float")
TEMPORAL = ("date", "timestamp")
DOUBLE, VARCHAR = exp.DataType.build("DOUBLE"), exp.DataType.build("VARCHAR")
OPAQUE = ("json", "nested", "blob")
"""Families without an order a reader would recognise: no extremes for them."""


def text(value: exp.Expression) -> exp.Expression:
    """`value` as text."""
    return exp.cast(value, VARCHAR)


def shown(value: exp.Expression) -> exp.Expression:
    """`value` as text that fits on a page."""
    whole = text(value)
    cut = call("concat", call("left", whole, exp.Literal.number(TEXT_LIMIT)), exp.Literal.string("…"))
    long = exp.GT(this=call("length", whole.copy()), expression=exp.Literal.number(TEXT_LIMIT))
    return exp.Case(ifs=[exp.If(this=long, true=cut)], default=whole.copy())


def filtered(aggregate: exp.Expression, condition: exp.Expression | None) -> exp.Expression:
    """`aggregate FILTER (WHERE condition)`, or the bare aggregate without a condition."""
    if condition is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def ordered(value: exp.Expression, kind: Family) -> exp.Expression | None:
    """The condition under which a value has a place in the order: a NaN has none."""
    return exp.Not(this=call("isnan", value.copy())) if kind == "float" else None


def finite(value: exp.Expression, kind: Family) -> exp.Expression | None:
    """The condition under which a value can be placed in a histogram: neither NaN nor infinite."""
    return call("isfinite", value.copy()) if kind in ("float", *TEMPORAL) else None


@dataclass(frozen=True, slots=True)
class Figure:
    """A scalar figure: its name, the families it exists for, and the aggregate that computes it.

    `over(value, kind, weight)` aggregates over rows, or, given a `weight`, over different values and their numbers of rows.
    """

    name: str
    families: tuple[Family, ...]
    over: Callable[[exp.Expression, Family, exp.Expression | None], exp.Expression]


def double(value: exp.Expression, kind: Family) -> exp.Expression:
    """`value` as a DOUBLE: what means and fences are computed in."""
    return value.copy() if kind == "float" else exp.cast(value, DOUBLE)


def rows_where(condition: exp.Expression, weight: exp.Expression | None) -> exp.Expression:
    """The number of rows under a condition."""
    if weight is None:
        return filtered(exp.Count(this=exp.Star()), condition)
    return exp.Coalesce(this=filtered(exp.Sum(this=weight.copy()), condition), expressions=[exp.Literal.number(0)])


def _filled(value: exp.Expression, kind: Family, weight: exp.Expression | None) -> exp.Expression:
    return exp.Count(this=value) if weight is None else exp.Sum(this=weight.copy())


def _extreme(aggregate: type[exp.Func]) -> Callable[..., exp.Expression]:
    return lambda value, kind, weight: filtered(aggregate(this=value), ordered(value, kind))


def _mean_of(number: exp.Expression, condition: exp.Expression | None, weight: exp.Expression | None) -> exp.Expression:
    if weight is None:
        return filtered(exp.Avg(this=number), condition)
    weighed = exp.Sum(this=exp.Mul(this=number, expression=weight.copy()))
    return exp.Div(this=filtered(weighed, condition), expression=filtered(exp.Sum(this=weight.copy()), condition))


def _measurable(number: exp.Expression, kind: Family, aggregate: exp.Expression) -> exp.Expression:
    """The aggregate, or NULL where a finite value is so large that its square would overflow."""
    if kind != "float":
        return aggregate
    large = exp.GTE(this=exp.Abs(this=number.copy()), expression=exp.Literal.number(TOO_LARGE))
    none = exp.EQ(this=rows_where(exp.and_(large, finite(number, kind)), None), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=none, true=aggregate)])


def _within(number: exp.Expression, kind: Family) -> exp.Expression | None:
    # NaN and infinity do not pass this either.
    limit = exp.LT(this=exp.Abs(this=number.copy()), expression=exp.Literal.number(TOO_LARGE))
    return limit if kind == "float" else None


def _mean(value: exp.Expression, kind: Family, weight: exp.Expression | None) -> exp.Expression:
    number = double(value, kind)
    return _measurable(number, kind, _mean_of(number, _within(number, kind), weight))


def _length_figure(aggregate: type[exp.Func]) -> Callable[..., exp.Expression]:
    return lambda value, kind, weight: aggregate(this=length(value, kind))


def length(value: exp.Expression, kind: Family) -> exp.Expression:
    """Characters of a text, or of the text of a nested value; bytes of a blob."""
    return call("octet_length" if kind == "blob" else "length", value if kind in ("text", "blob") else text(value))


def _zeros(value: exp.Expression, kind: Family, weight: exp.Expression | None) -> exp.Expression:
    return rows_where(exp.EQ(this=value, expression=exp.Literal.number(0)), weight)


def _negatives(value: exp.Expression, kind: Family, weight: exp.Expression | None) -> exp.Expression:
    return rows_where(exp.LT(this=value, expression=exp.Literal.number(0)), weight)


_ORDERED: tuple[Family, ...] = (*NUMERIC, "boolean", *TEMPORAL, "time", "interval", "text", "uuid")
_WORDY: tuple[Family, ...] = ("text", *OPAQUE)

SCALARS: tuple[Figure, ...] = (
    Figure("filled", (*_ORDERED, *OPAQUE), _filled),
    Figure("low", _ORDERED, _extreme(exp.Min)),
    Figure("high", _ORDERED, _extreme(exp.Max)),
    Figure("mean", NUMERIC, _mean),
    Figure("zeros", NUMERIC, _zeros),
    Figure("negatives", NUMERIC, _negatives),
    Figure("length_min", _WORDY, _length_figure(exp.Min)),
    Figure("length_max", _WORDY, _length_figure(exp.Max)),
    Figure("length_mean", _WORDY, lambda value, kind, weight: _mean_of(length(value, kind), None, weight)),
)


def scalars(value: exp.Expression, kind: Family, weight: exp.Expression | None = None) -> dict[str, exp.Expression]:
    """The scalar aggregates over a value, by the name of the figure."""
    return {figure.name: figure.over(value, kind, weight) for figure in SCALARS if kind in figure.families}


def deviation(value: exp.Expression, kind: Family) -> exp.Expression:
    """The sample standard deviation over rows; the scan adds up `squares` instead, with the mean it has found before."""
    number = double(value, kind)
    return _measurable(number, kind, filtered(exp.StddevSamp(this=number), _within(number, kind)))


def squares(value: exp.Expression, kind: Family, weight: exp.Expression, mean: exp.Expression) -> exp.Expression:
    """The sum of squared distances from the mean."""
    distance = exp.Sub(this=double(value, kind), expression=mean)
    squared = exp.Mul(this=exp.Mul(this=exp.paren(distance), expression=exp.paren(distance.copy())), expression=weight.copy())
    return exp.Sum(this=squared)


def value_of(column: Column) -> exp.Expression:
    """What is grouped and counted: the column itself, or its text where its type has no order of its own."""
    value = duck.column(column.name)
    return text(value) if family(column.type) in ("json", "nested") else value


def query(column: Column, files: Sequence[str]) -> str:
    """The SQL a reader can run to see the scalar figures of a column again."""
    kind, value = family(column.type), duck.column(column.name)
    figures = {"rows": exp.Count(this=exp.Star()), **scalars(value, kind)}
    if kind in NUMERIC:
        figures["deviation"] = deviation(value, kind)
    figures["distinct"] = exp.Count(this=exp.Distinct(expressions=[value_of(column)]))
    selected = [exp.alias_(aggregate, name, quoted=True, copy=False) for name, aggregate in figures.items()]
    return exp.select(*selected, copy=False).from_(duck.parquet(files), copy=False).sql("duckdb", pretty=True, copy=False)


def fences(quantiles: Sequence[Quantile], type_name: str) -> tuple[float, float] | None:
    """Tukey's fences, or None where a quartile is missing or infinite. Those of exact decimals are the doubles nearest to the exact fences: one

    that is reckoned in doubles may lie a breath inside of a value on it.
    """
    quartiles = {quantile.share: float(quantile.value) for quantile in quantiles}
    if 0.25 not in quartiles:
        return None
    reach = TUKEY * (quartiles[0.75] - quartiles[0.25])
    low, high = quartiles[0.25] - reach, quartiles[0.75] + reach
    if not isfinite(low) or not isfinite(high):
        return None
    if family(type_name) == "decimal":
        # A quartile is one of the values, and half of a distance has one digit more.
        digits = decimal(type_name)[1] + 1
        low, high = round(low, digits), round(high, digits)
    return low, high


def beyond(column: Column, fences: tuple[float, float], files: Sequence[str]) -> str:
    """The SQL of the rows whose value lies outside the fences, the farthest from their middle first."""
    kind, value = family(column.type), duck.column(column.name)
    number = double(value, kind)
    low, high = (exp.Literal.number(repr(one)) for one in fences)
    outside = exp.or_(exp.LT(this=number, expression=low), exp.GT(this=number.copy(), expression=high))
    if (placed := ordered(value, kind)) is not None:
        outside = exp.and_(outside, placed)
    middle = exp.Literal.number(repr(sum(fences) / 2))
    far = exp.Ordered(this=exp.Abs(this=exp.paren(exp.Sub(this=number.copy(), expression=middle))), desc=True)
    return exp.select("*").from_(duck.parquet(files)).where(outside).order_by(far).sql(dialect="duckdb", pretty=True)
