"""The SQL over values and their numbers of rows. It depends on a column's type alone, so each text is built once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from sqlglot import exp

from core.engines import duck
from core.engines.duck import call
from core.models.types import Family, family
from core.profile import figures, histogram
from core.profile.meaning.kinds import KINDS

VALUE, COUNT, UPTO, PLACE = exp.column("v"), exp.column("n"), exp.column("upto"), exp.column("c")
RANKED, NEAR, TOGETHER, WEIGHED, CANDIDATES = "ranked", "near", "together", "weighed", "candidates"
"""Relations of values `v` and their numbers of rows `n`: `ranked` holds each value once, of all rows or of the sample, `near` some of them, `weighed`

every row by itself, for a column with too many values to count each. `candidates` are the values of such a column that may be frequent, with

their places in the order of the values from 0 on. `together` is `ranked` for several columns of a type, each by its place `c`; what they

are compared with stands in `ranks` and `edges`.
"""
RANKS, EDGES = "ranks", "edges"

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

TOPS = 10
"""Frequent values that are kept of a column. One of no more different values keeps them all; of others only those that repeat count."""

LISTED = 100
"""A column of texts of no more different values, each in two rows on average, is a closed list and keeps them all: a new one must be seen."""

PLACEHOLDERS = ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "\\n", "-", "--", "—", "?", "н/д", "нет данных", "(null)")
"""Texts that stand for nothing, in small letters and without the blanks around them."""

BLANKS = " \t\r\n"

SENTENCES: tuple[Family, ...] = ("text", "json", "nested")
"""Families whose values may hold sentences, and personal data within them."""

SIGNS, DIGITS = ("@", "+"), "[0-9]{3}"
"""Without one of the signs or three digits in a row (a regular expression) a text holds neither contact data nor a code of a person."""

MARKED = "|".join(f"(?:{kind.pattern})" for kind in KINDS if kind.sparse)
"""What a text looks like that may hold either."""


def _in_any_case(text: str) -> str:
    """A regular expression for a text in small or capital letters, whatever a server takes for the same letter."""
    return "".join(f"[{sign}{sign.upper()}]" if sign.upper() != sign else re.escape(sign) for sign in text)


STANDS_FOR_NOTHING = f"[{BLANKS}]*(?:{'|'.join(map(_in_any_case, PLACEHOLDERS))})[{BLANKS}]*"
"""What a placeholder looks like, as a regular expression that DuckDB and every server reads alike."""


@cache
def scalars(kind: Family, relation: str) -> tuple[tuple[str, ...], str]:
    """The names of the scalar figures of a family and the query for them.

    Beside the figures of a profile: `lines` of the relation, rows that have a place in the order, finite extremes, and rows of text that

    stand for nothing.
    """
    found = {"lines": exp.Count(this=exp.Star()), **figures.scalars(VALUE, kind, COUNT)}
    if kind in (*figures.NUMERIC, *figures.TEMPORAL):
        within = figures.finite(VALUE, kind)
        found["ordered"] = figures.filtered(exp.Sum(this=COUNT.copy()), figures.ordered(VALUE, kind))
        found["finite_low"] = figures.filtered(exp.Min(this=VALUE.copy()), within)
        found["finite_high"] = figures.filtered(exp.Max(this=VALUE.copy()), within.copy() if within else None)
    if kind == "text":
        found["nothing"] = figures.rows_where(_stands_for_nothing(), COUNT)
    if kind in SENTENCES and relation != WEIGHED:
        found["marks"] = figures.rows_where(_marked(), COUNT)
    elif kind in SENTENCES:  # each row by itself: whether it is worth to look at each with the pattern
        found["signs"] = figures.rows_where(
            exp.or_(*(call("contains", VALUE.copy(), exp.Literal.string(one)) for one in SIGNS)), COUNT
        )
    if relation == WEIGHED:
        found |= {f"candidate {place}": call("count_if", _is_candidate(place)) for place in range(TOPS)}
    for name in ("low", "high", "finite_low", "finite_high"):
        if name in found:
            found[name] = figures.shown(found[name])
    return tuple(found), duck.sql(_by_column(exp.select(*found.values()), relation).from_(relation))


def _by_column(query: exp.Select, relation: str) -> exp.Select:
    """The aggregates of a query for each column of `together` by itself, with its place before them."""
    if relation != TOGETHER:
        return query
    return exp.select(PLACE.copy(), *query.expressions).group_by(exp.Literal.number(1))


def is_list(kind: Family, distinct: int, filled: int) -> bool:
    """Whether a column keeps all of its values."""
    return distinct <= TOPS or (kind == "text" and distinct <= LISTED and 2 * distinct <= filled)


@cache
def marks(relation: str) -> str:
    """The rows of a relation of texts that may hold contact data or a code of a person."""
    return duck.sql(exp.select(figures.rows_where(_marked(), COUNT)).from_(relation))


@cache
def digits(relation: str) -> str:
    """Whether any text of a relation has three digits in a row."""
    there = call("regexp_matches", VALUE.copy(), exp.Literal.string(DIGITS))
    return duck.sql(exp.select(exp.func("coalesce", call("bool_or", there), exp.false())).from_(relation))


@cache
def top(whole: bool) -> str:
    """The most frequent values of `ranked`, ties by value: all of a closed list, of others those that repeat."""
    query = exp.select(figures.shown(VALUE.copy()), COUNT.copy()).from_(RANKED)
    if not whole:
        query = query.where(exp.GT(this=COUNT.copy(), expression=exp.Literal.number(1)))
    return duck.sql(query.order_by(exp.Ordered(this=COUNT.copy(), desc=True), VALUE.copy()).limit(LISTED if whole else TOPS))


def top_together(whole: Sequence[int]) -> str:
    """The same for the columns of `together`, `LISTED` of each at most: all values of those that are closed lists, of others those that repeat."""
    kept = exp.GT(this=COUNT.copy(), expression=exp.Literal.number(1))
    if whole:
        kept = exp.or_(kept, exp.In(this=PLACE.copy(), expressions=[exp.Literal.number(place) for place in whole]))
    order = exp.Order(expressions=[exp.Ordered(this=COUNT.copy(), desc=True), exp.Ordered(this=VALUE.copy())])
    number = exp.Window(this=exp.RowNumber(), partition_by=[PLACE.copy()], order=order)
    ranked = exp.select(PLACE.copy(), VALUE.copy(), COUNT.copy(), exp.alias_(number, "rank")).from_(TOGETHER).where(kept)
    first = exp.LTE(this=exp.column("rank"), expression=exp.Literal.number(LISTED))
    query = exp.select(PLACE.copy(), figures.shown(VALUE.copy()), COUNT.copy()).from_(ranked.subquery("ranked")).where(first)
    return duck.sql(query.order_by(PLACE.copy(), exp.column("rank")))


@cache
def placeholders(relation: str) -> str:
    """The texts of a relation that stand for nothing and their rows, the most frequent first; of `together` all, by column."""
    by = [PLACE.copy()] if relation == TOGETHER else []
    text, rows = exp.alias_(figures.shown(VALUE.copy()), "text"), exp.alias_(exp.Sum(this=COUNT.copy()), "rows")
    query = exp.select(*by, text, rows).from_(relation).where(_stands_for_nothing()).group_by(*by, "text")
    query = query.order_by(*by, exp.Ordered(this=exp.column("rows"), desc=True), "text")
    return duck.sql(query if by else query.limit(TOPS))


def _marked() -> exp.Expression:
    return duck.call("regexp_full_match", VALUE.copy(), exp.Literal.string(MARKED))


def _stands_for_nothing() -> exp.Expression:
    # An anchored pattern leaves most texts at their first letter; trimming each and looking it up took almost three times as long.
    return duck.call("regexp_full_match", VALUE.copy(), exp.Literal.string(STANDS_FOR_NOTHING))


@cache
def candidates() -> exp.Select:
    """What `candidates` holds: the values of `ranked` that repeat, and most often."""
    query = exp.select(VALUE.copy()).from_(RANKED).where(exp.GT(this=COUNT.copy(), expression=exp.Literal.number(1)))
    query = query.order_by(exp.Ordered(this=COUNT.copy(), desc=True), VALUE.copy()).limit(TOPS)
    number = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[VALUE.copy()]))
    place = exp.Sub(this=number, expression=exp.Literal.number(1))
    return exp.select(VALUE.copy(), exp.alias_(place, "place")).from_(query.subquery("found"))


@cache
def named_candidates() -> str:
    """The candidates in their order."""
    return duck.sql(exp.select(figures.shown(VALUE.copy())).from_(CANDIDATES).order_by("place"))


def _is_candidate(place: int) -> exp.Expression:
    there = exp.select(exp.column("v", table="one")).from_(exp.alias_(exp.to_table(CANDIDATES), "one", table=True))
    there = there.where(exp.EQ(this=exp.column("place", table="one"), expression=exp.Literal.number(place)))
    return exp.EQ(this=VALUE.copy(), expression=there.subquery())


@cache
def quantiles(kind: Family, relation: str) -> str:
    """The values at the ranks `r0`, `r1` and so on, parameters or, for `together`, in `ranks`: the smallest value that so many rows do not exceed."""
    by = [PLACE.copy()] if relation == TOGETHER else []
    total = exp.Window(this=exp.Sum(this=COUNT.copy()), partition_by=by, order=exp.Order(expressions=[VALUE.copy()]))
    running = exp.select(*by, VALUE.copy(), exp.alias_(total, "upto")).from_(relation)
    if (condition := figures.ordered(VALUE.copy(), kind)) is not None:
        running = running.where(condition)
    given = exp.column if by else _parameter
    reached = [exp.GTE(this=UPTO.copy(), expression=given(f"r{place}")) for place in range(len(SHARES))]
    picked = [figures.text(figures.filtered(exp.Min(this=VALUE.copy()), condition)) for condition in reached]
    query = _by_column(exp.select(*picked), relation).from_(running.subquery("running"))
    return duck.sql(query.join(RANKS, using=["c"]) if by else query)


def ranks(rows: int) -> dict[str, int]:
    """The nearest rank of each share (Hyndman and Fan 1996, type 1), reckoned in whole numbers: 0.05 of 100 rows is rank 5."""
    return {f"r{place}": max(1, -(-round(share * 100) * rows // 100)) for place, share in enumerate(SHARES)}


@cache
def spread(type_name: str, bins: int, relation: str) -> str:
    """Per bin: its index (NULL for what has no place), rows, rows outside the fences, squared distances from the mean.

    Parameters: `e1` to the last edge between bins, as text; `low`, `high` and `mean` as doubles. For `together` they stand in `edges`, each

    in its type, with the `last` bin of each column: a column of fewer bins repeats its last edge.
    """
    kind, several = family(type_name), relation == TOGETHER
    given = exp.column if several else _parameter
    edges = [given(f"e{place}") if several else _typed(f"e{place}", type_name) for place in range(1, bins)]
    index: exp.Expression = histogram.bin_of(VALUE, edges)
    if several:
        index = exp.func("least", index, exp.column("last"), dialect="duckdb")
    if (placed := figures.finite(VALUE.copy(), kind)) is not None:
        index = exp.Case(ifs=[exp.If(this=placed, true=index)])
    selected: list[exp.Expression] = [exp.alias_(index, "bin"), exp.Sum(this=COUNT.copy())]
    if kind in figures.NUMERIC:
        low, high, mean = (given(name) if several else _typed(name, "DOUBLE") for name in ("low", "high", "mean"))
        selected += [figures.rows_where(_outside(kind, low, high), COUNT), figures.squares(VALUE, kind, COUNT, mean)]
    if not several:
        return duck.sql(exp.select(*selected).from_(relation).group_by("bin"))
    query = exp.select(PLACE.copy(), *selected).from_(relation).join(EDGES, using=["c"])
    return duck.sql(query.group_by(PLACE.copy(), "bin").order_by(PLACE.copy()))


def _parameter(name: str) -> exp.Expression:
    return exp.Parameter(this=exp.Var(this=name))


def _typed(name: str, type_name: str) -> exp.Expression:
    return exp.cast(_parameter(name), type_name, dialect="duckdb")


def _outside(kind: Family, low: exp.Expression, high: exp.Expression) -> exp.Expression:
    value = figures.double(VALUE, kind)
    below = exp.LT(this=value, expression=low)
    above = exp.GT(this=value.copy(), expression=high)
    if (comparable := figures.ordered(value.copy(), kind)) is not None:
        above = exp.and_(above, comparable)
    return exp.or_(below, above)
