"""The SQL over values and their numbers of rows. It depends on a column's type alone, so each text is built once."""

from __future__ import annotations

from functools import cache

from sqlglot import exp

from core.engines import duck
from core.models.types import Family, family
from core.profile import figures, histogram

VALUE, COUNT, UPTO = exp.column("v"), exp.column("n"), exp.column("upto")
RANKED, WEIGHED = "ranked", "weighed"
"""`ranked` holds the values that quantiles are taken from, `weighed` those of all rows: columns `v` and `n` (rows)."""

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
TOPS = 10


@cache
def scalars(kind: Family) -> tuple[tuple[str, ...], str]:
    """The names of the scalar figures of a family and the query for them, finite extremes included."""
    found = figures.scalars(VALUE, kind, COUNT)
    within = figures.finite(VALUE, kind)
    placed = kind in (*figures.NUMERIC, *figures.TEMPORAL)
    if placed:
        found["finite_low"] = figures.filtered(exp.Min(this=VALUE.copy()), within)
        found["finite_high"] = figures.filtered(exp.Max(this=VALUE.copy()), within.copy() if within else None)
    for name in ("low", "high", "finite_low", "finite_high"):
        if name in found:
            found[name] = figures.shown(found[name])
    return tuple(found), duck.sql(exp.select(*found.values()).from_(WEIGHED))


@cache
def top(repeated: bool) -> str:
    """The most frequent values of `ranked`, only those that repeat where asked, ties by value."""
    query = exp.select(figures.shown(VALUE.copy()), COUNT.copy()).from_(RANKED)
    if repeated:
        query = query.where(exp.GT(this=COUNT.copy(), expression=exp.Literal.number(1)))
    return duck.sql(query.order_by(exp.Ordered(this=COUNT.copy(), desc=True), VALUE.copy()).limit(TOPS))


@cache
def candidates() -> exp.Select:
    """The values of `ranked` that repeat, the most frequent first."""
    query = exp.select(VALUE.copy()).from_(RANKED).where(exp.GT(this=COUNT.copy(), expression=exp.Literal.number(1)))
    return query.order_by(exp.Ordered(this=COUNT.copy(), desc=True), VALUE.copy()).limit(TOPS)


@cache
def quantiles(kind: Family) -> str:
    """By nearest rank: the smallest value that at least the share of the rows do not exceed (Hyndman and Fan 1996, type 1)."""
    total = exp.Window(this=exp.Sum(this=COUNT.copy()), order=exp.Order(expressions=[VALUE.copy()]))
    running = exp.select(VALUE.copy(), exp.alias_(total, "upto")).from_(RANKED)
    if (condition := figures.ordered(VALUE.copy(), kind)) is not None:
        running = running.where(condition)
    last = exp.select(exp.Max(this=UPTO.copy())).from_("running").subquery()
    picked = [figures.text(figures.filtered(exp.Min(this=VALUE.copy()), _reached(share, last))) for share in SHARES]
    return duck.sql(exp.select(*picked).from_("running").with_("running", as_=running))


def _reached(share: float, last: exp.Expression) -> exp.Expression:
    # The share is written as a decimal, so that 0.05 of 100 rows is 5 and not a hair more.
    wanted = exp.Ceil(this=exp.Mul(this=last.copy(), expression=exp.Literal.number(share)))
    return exp.GTE(this=UPTO.copy(), expression=wanted)


@cache
def spread(type_name: str, bins: int) -> str:
    """Per bin: its index (NULL for what has no place), rows, rows outside the fences, squared distances from the mean.

    Parameters: `e1` to the last edge between bins, as text; `low`, `high` and `mean` as doubles.
    """
    kind = family(type_name)
    edges = [exp.cast(_parameter(f"e{place}"), type_name, dialect="duckdb") for place in range(1, bins)]
    index: exp.Expression = histogram.bin_of(VALUE, edges)
    if (placed := figures.finite(VALUE.copy(), kind)) is not None:
        index = exp.Case(ifs=[exp.If(this=placed, true=index)])
    selected: list[exp.Expression] = [exp.alias_(index, "bin"), exp.Sum(this=COUNT.copy())]
    if kind in figures.NUMERIC:
        selected += [figures.rows_where(_outside(kind), COUNT), figures.squares(VALUE, kind, COUNT, _number("mean"))]
    return duck.sql(exp.select(*selected).from_(WEIGHED).group_by(exp.Literal.number(1)))


def _parameter(name: str) -> exp.Expression:
    return exp.Parameter(this=exp.Var(this=name))


def _number(name: str) -> exp.Expression:
    return exp.cast(_parameter(name), figures.DOUBLE)


def _outside(kind: Family) -> exp.Expression:
    value = figures.double(VALUE, kind)
    below = exp.LT(this=value, expression=_number("low"))
    above = exp.GT(this=value.copy(), expression=_number("high"))
    if (comparable := figures.ordered(value.copy(), kind)) is not None:
        above = exp.and_(above, comparable)
    return exp.or_(below, above)
