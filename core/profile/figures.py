"""The one definition of each figure, as SQL over a column: the scan runs these, and a profile's `query` shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from core.engines import duck
from core.models.source import Column
from core.models.types import Family, family

TEXT_LIMIT = 200
"""Characters of a value that are kept where it is shown; an ellipsis marks what was cut."""

MASK_LIMIT = 64
"""Characters of a value that its mask covers."""

TOO_LARGE = 1e150
"""From here on squares overflow a double: no mean and no deviation for a column that holds such a value."""

TUKEY = 1.5
"""Interquartile ranges beyond the quartiles at which an outlier starts (Tukey, Exploratory Data Analysis, 1977)."""

NUMERIC = ("integer", "decimal", "float")
TEMPORAL = ("date", "timestamp")
OPAQUE = ("json", "nested", "blob")
"""Families without an order a reader would recognise: no extremes for them."""


def call(function: str, *arguments: exp.Expression) -> exp.Expression:
    """A function of DuckDB by its own name, never rewritten on the way."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def text(value: exp.Expression) -> exp.Expression:
    """`value` as text."""
    return exp.cast(value, "VARCHAR", dialect="duckdb")


def shown(value: exp.Expression) -> exp.Expression:
    """`value` as text that fits on a page."""
    whole = text(value)
    cut = call("concat", call("left", whole.copy(), exp.Literal.number(TEXT_LIMIT)), exp.Literal.string("…"))
    long = exp.GT(this=call("length", whole.copy()), expression=exp.Literal.number(TEXT_LIMIT))
    return exp.Case(ifs=[exp.If(this=long, true=cut)], default=whole)


def literal(value: str, type_name: str) -> exp.Expression:
    """A constant of a DuckDB type, from its text."""
    return exp.cast(exp.Literal.string(value), type_name, dialect="duckdb")


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
    """A scalar figure: its name, the families it exists for, and the aggregate that computes it over a column."""

    name: str
    families: tuple[Family, ...]
    over: Callable[[exp.Expression, Family], exp.Expression]


def _low(value: exp.Expression, kind: Family) -> exp.Expression:
    return shown(filtered(exp.Min(this=value), ordered(value, kind)))


def _high(value: exp.Expression, kind: Family) -> exp.Expression:
    return shown(filtered(exp.Max(this=value), ordered(value, kind)))


def _double(value: exp.Expression, kind: Family) -> exp.Expression:
    return value if kind == "float" else exp.cast(value, "DOUBLE", dialect="duckdb")


def _measurable(aggregate: Callable[[exp.Expression], exp.Expression]) -> Callable[[exp.Expression, Family], exp.Expression]:
    """The aggregate over finite values, or NULL where one of them is so large that it would overflow."""

    def over(value: exp.Expression, kind: Family) -> exp.Expression:
        number = _double(value, kind)
        if kind != "float":
            return aggregate(number)
        size = exp.Abs(this=number.copy())
        within = exp.LT(this=size, expression=exp.Literal.number(TOO_LARGE))
        beyond = exp.and_(exp.GTE(this=size.copy(), expression=exp.Literal.number(TOO_LARGE)), finite(number, kind))
        none = exp.EQ(this=filtered(exp.Count(this=number.copy()), beyond), expression=exp.Literal.number(0))
        return exp.Case(ifs=[exp.If(this=none, true=filtered(aggregate(number), within))])

    return over


def _length(value: exp.Expression, kind: Family) -> exp.Expression:
    whole = value if kind == "text" else text(value)
    return call("octet_length", value) if kind == "blob" else call("length", whole)


def _zeros(value: exp.Expression, kind: Family) -> exp.Expression:
    return exp.CountIf(this=exp.EQ(this=value, expression=exp.Literal.number(0)))


def _negatives(value: exp.Expression, kind: Family) -> exp.Expression:
    return exp.CountIf(this=exp.LT(this=value, expression=exp.Literal.number(0)))


_ORDERED: tuple[Family, ...] = (*NUMERIC, "boolean", *TEMPORAL, "time", "interval", "text", "uuid")
_WORDY: tuple[Family, ...] = ("text", "json", "nested", "blob")
_ALL: tuple[Family, ...] = (*_ORDERED, *OPAQUE)

SCALARS: tuple[Figure, ...] = (
    Figure("filled", _ALL, lambda value, kind: exp.Count(this=value)),
    Figure("low", _ORDERED, _low),
    Figure("high", _ORDERED, _high),
    Figure("mean", NUMERIC, _measurable(lambda number: exp.Avg(this=number))),
    Figure("deviation", NUMERIC, _measurable(lambda number: exp.StddevSamp(this=number))),
    Figure("zeros", NUMERIC, _zeros),
    Figure("negatives", NUMERIC, _negatives),
    Figure("length_min", _WORDY, lambda value, kind: exp.Min(this=_length(value, kind))),
    Figure("length_max", _WORDY, lambda value, kind: exp.Max(this=_length(value, kind))),
    Figure("length_mean", _WORDY, lambda value, kind: exp.Avg(this=_length(value, kind))),
)


def scalars(column: Column) -> dict[str, exp.Expression]:
    """The scalar aggregates of a column, by the name of the figure."""
    kind = family(column.type)
    return {figure.name: figure.over(duck.column(column.name), kind) for figure in SCALARS if kind in figure.families}


def value_of(column: Column) -> exp.Expression:
    """What is grouped and counted: the column itself, or its text where its type has no order of its own."""
    value = duck.column(column.name)
    return text(value) if family(column.type) in ("json", "nested") else value


def distinct(column: Column) -> exp.Expression:
    """The exact number of different values, NULL not among them."""
    return exp.Count(this=exp.Distinct(expressions=[value_of(column)]))


def query(column: Column, files: Sequence[str]) -> str:
    """The SQL a reader can run to see the scalar figures of a column again."""
    figures = {"rows": exp.Count(this=exp.Star()), **scalars(column), "distinct_values": distinct(column)}
    selected = [exp.alias_(aggregate, name, quoted=True) for name, aggregate in figures.items()]
    return exp.select(*selected).from_(duck.parquet(files)).sql(dialect="duckdb", pretty=True)


def mask(value: exp.Expression) -> exp.Expression:
    """The character classes of a text: `A` for an upper case letter, `a` for any other letter, `9` for a digit."""
    whole = text(value)
    result: exp.Expression = call("left", whole, exp.Literal.number(MASK_LIMIT))
    # Digits and capitals first: a class must not rewrite the sign of a later one.
    for pattern, sign in ((r"\p{Nd}", "9"), (r"\p{Lu}", "A"), (r"[\p{Ll}\p{Lo}\p{Lm}\p{Lt}]", "a")):
        signs = (exp.Literal.string(pattern), exp.Literal.string(sign), exp.Literal.string("g"))
        result = call("regexp_replace", result, *signs)
    return result
