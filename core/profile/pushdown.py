"""The profile of a table that stays where it is: the same definitions as `figures` and `counted`, said in the server's SQL.

profile(name, columns, server, task, now)      # Columns and a Server -> TableProfile with `computed` and `moved`
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import isfinite
from typing import Any, Protocol

import duckdb
from sqlglot import exp

from core.engines.duck import call, column, duck
from core.models.profile import Bin, ColumnProfile, Quantile, TableProfile, Top
from core.models.source import Column
from core.models.types import Family, family
from core.profile import figures, histogram
from core.profile.counted import SHARES, TOPS, ranks
from core.profile.figures import NUMERIC, TEMPORAL
from core.task import Task
from core.words import msg

ORDERED: tuple[Family, ...] = (*NUMERIC, *TEMPORAL, "text")
"""Families whose figures are computed on a server; of others the filled rows are counted there."""

VALUE, COUNT = exp.column("v"), exp.column("n")


class Server(Protocol):
    """A table on a server that can be asked: its kind, its dialect of SQL, what to select from."""

    kind: str
    dialect: str
    table: exp.Expression

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """A small result."""
        ...

    def columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The columns with the types that their values have."""
        ...


class _Asked:
    """Questions to a server in its own dialect, and the bytes of the answers as text."""

    def __init__(self, server: Server) -> None:
        self._server, self.moved, self.dialect = server, 0, server.dialect

    def rows(self, query: exp.Select) -> list[tuple[Any, ...]]:
        found = self._server.rows(spoken(query, self._server.dialect))
        self.moved += sum(len(str(value)) for row in found for value in row)
        return found

    def table(self) -> exp.Expression:
        return self._server.table.copy()

    def value(self, name: str, kind: Family) -> exp.Expression:
        """A column, its texts in the order of their code points as everywhere else: a PostgreSQL has another unless it is told."""
        if kind == "text" and self._server.dialect == "postgres":
            # As text whatever it is there: an enumeration, an address or a number too long for any type here has no collation.
            return exp.Collate(this=exp.cast(column(name), "TEXT"), expression=exp.Var(this='"C"'))
        return column(name)


def profile(name: str, columns: Sequence[Column], server: Server, task: Task, now: datetime) -> TableProfile:
    """The profile of a table on a server: columns and keys of one column. Nothing of it is landed."""
    asked = _Asked(server)
    ((total,),) = asked.rows(exp.select(exp.Count(this=exp.Star())).from_(asked.table()))
    found = []
    with duck(task) as local:
        for place, one in enumerate(server.columns(tuple(columns))):
            task.at(place / len(columns), msg("Asking {table} of {column}", table=name, column=one.name))
            found.append(_column(asked, local, one, int(total)))
    key = next((one.name for one in found if one.unique), "")
    return TableProfile(
        name=name,
        rows=int(total),
        bytes=0,
        source_bytes=0,
        columns=tuple(found),
        primary_key=(key,) if key else (),
        computed=server.kind,
        moved=asked.moved,
    )


def _column(asked: _Asked, local: duckdb.DuckDBPyConnection, one: Column, total: int) -> ColumnProfile:
    kind = family(one.type)
    value = asked.value(one.name, kind)
    if kind not in ORDERED:
        counting = exp.select(exp.Count(this=value)).from_(asked.table())
        ((filled,),) = asked.rows(counting)
        query = spoken(counting, asked.dialect, pretty=True)
        return ColumnProfile(
            one.name, one.type, total, total - int(filled), 0, distinct_exact=False, distinct_error=1.0, query=query
        )
    wanted = figures.scalars(value, kind)
    if kind in NUMERIC:
        wanted["deviation"] = figures.deviation(value, kind)
    wanted["distinct"] = exp.Count(this=exp.Distinct(expressions=[value.copy()]))
    query = exp.select(*wanted.values()).from_(asked.table())
    (row,) = asked.rows(query)
    fields = dict(zip(wanted, row, strict=True))
    filled = int(fields.pop("filled"))
    text = _Texts(local, one.type)
    low, high = fields.pop("low"), fields.pop("high")
    fields |= {"low": text.of(low), "high": text.of(high), "distinct": int(fields["distinct"])}
    fields |= {name: _number(fields[name]) for name in ("mean", "deviation", "length_mean") if name in fields}
    whole = ("zeros", "negatives", "length_min", "length_max")
    fields |= {name: int(fields[name]) for name in whole if fields.get(name) is not None}
    if not filled:
        fields = {"distinct": 0}
    else:
        fields["top"] = _top(asked, value, text)
        if kind in (*NUMERIC, *TEMPORAL):
            fields["quantiles"] = _quantiles(asked, value, kind, filled, text)
            fields |= _spread(asked, value, one, fields)
    return ColumnProfile(
        one.name, one.type, total, total - filled, distinct_exact=True, query=spoken(query, asked.dialect, pretty=True), **fields
    )


class _Texts:
    """Values of a column as the local profile writes them: as DuckDB does."""

    def __init__(self, local: duckdb.DuckDBPyConnection, type_name: str) -> None:
        shown = figures.shown(exp.cast(exp.Parameter(this=exp.Var(this="value")), type_name, dialect="duckdb"))
        self._local, self._query = local, exp.select(shown).sql(dialect="duckdb")

    def of(self, value: Any) -> str | None:
        return None if value is None else self._local.execute(self._query, {"value": value}).fetchall()[0][0]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _counts(asked: _Asked, value: exp.Expression) -> exp.Select:
    query = exp.select(exp.alias_(value.copy(), "v"), exp.alias_(exp.Count(this=exp.Star()), "n")).from_(asked.table())
    return query.where(exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))).group_by(value.copy())


def _top(asked: _Asked, value: exp.Expression, text: _Texts) -> tuple[Top, ...]:
    query = exp.select(VALUE.copy(), COUNT.copy()).from_(_counts(asked, value).subquery("g"))
    rows = asked.rows(query.order_by(exp.Ordered(this=COUNT.copy(), desc=True), exp.Ordered(this=VALUE.copy())).limit(TOPS + 1))
    # As in the local profile: a column of no more values shows them all, of others only those that repeat.
    shown = rows if len(rows) <= TOPS else [row for row in rows[:TOPS] if row[1] > 1]
    return tuple(Top(text.of(found) or "", int(count)) for found, count in shown)


def _quantiles(asked: _Asked, value: exp.Expression, kind: Family, filled: int, text: _Texts) -> tuple[Quantile, ...]:
    """The smallest value that so many rows do not exceed (Hyndman and Fan 1996, type 1)."""
    total = exp.Window(this=exp.Sum(this=COUNT.copy()), order=exp.Order(expressions=[exp.Ordered(this=VALUE.copy())]))
    counts = _counts(asked, value)
    if (placed := figures.ordered(value, kind)) is not None:
        counts = counts.where(placed)
    running = exp.select(VALUE.copy(), exp.alias_(total, "upto")).from_(counts.subquery("g")).subquery("r")
    picked = []
    for rank in ranks(filled).values():
        reached = exp.GTE(this=exp.column("upto"), expression=exp.Literal.number(rank))
        picked.append(figures.filtered(exp.Min(this=VALUE.copy()), reached))
    (row,) = asked.rows(exp.select(*picked).from_(running))
    return tuple(Quantile(share, text.of(found) or "") for share, found in zip(SHARES, row, strict=True) if found is not None)


def _spread(asked: _Asked, value: exp.Expression, one: Column, fields: dict[str, Any]) -> dict[str, Any]:
    """The histogram, and the rows beyond the fences of a column of numbers."""
    kind = family(one.type)
    if fields["low"] is None or not _placed(fields["low"]) or not _placed(fields["high"]):
        return {}
    edges = histogram.edges(fields["low"], fields["high"], kind, one.type)
    index = histogram.bin_of(value, [exp.cast(exp.Literal.string(edge), one.type, dialect="duckdb") for edge in edges[1:-1]])
    fences = _fences(fields["quantiles"]) if kind in NUMERIC else None
    beyond: exp.Expression = exp.Literal.number(0)
    if fences:
        number = figures.double(value, kind)
        low, high = (exp.Literal.number(repr(end)) for end in fences)
        outside = exp.or_(exp.LT(this=number, expression=low), exp.GT(this=number.copy(), expression=high))
        beyond = exp.Sum(this=exp.Case(ifs=[exp.If(this=outside, true=exp.Literal.number(1))], default=exp.Literal.number(0)))
    there = exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))
    query = exp.select(exp.alias_(index, "bin"), exp.alias_(exp.Count(this=exp.Star()), "n"), exp.alias_(beyond, "far"))
    lines = asked.rows(query.from_(asked.table()).where(there).group_by(index.copy()))
    counts = {int(place): int(count) for place, count, _ in lines}
    spread: dict[str, Any] = {"histogram": tuple(Bin(*pair, counts.get(place, 0)) for place, pair in enumerate(pairwise(edges)))}
    if fences:
        spread |= {"outliers": sum(int(far) for *_, far in lines), "fences": fences}
    return spread


def _placed(text: str) -> bool:
    return "inf" not in text.lower() and "nan" not in text.lower() and "(BC)" not in text


def _fences(quantiles: Sequence[Quantile]) -> tuple[float, float] | None:
    quartiles = {one.share: float(one.value) for one in quantiles}
    if 0.25 not in quartiles:
        return None
    reach = figures.TUKEY * (quartiles[0.75] - quartiles[0.25])
    low, high = quartiles[0.25] - reach, quartiles[0.75] + reach
    return (low, high) if isfinite(low) and isfinite(high) else None


# Dialects


def spoken(query: exp.Expression, dialect: str, pretty: bool = False) -> str:
    """A query that was built for DuckDB in another dialect."""
    return query.transform(_WORDS[dialect]).sql(dialect=dialect, pretty=pretty)


def _postgres(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isnan":
        return exp.EQ(this=node.expressions[0], expression=exp.cast(exp.Literal.string("NaN"), "DOUBLE"))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        return _between_infinities(node.expressions[0])
    return node


def _clickhouse(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "length":
        return call("lengthUTF8", *node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isnan":
        return call("isNaN", *node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        return call("isFinite", *node.expressions)
    return node


def _spark(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        return _between_infinities(node.expressions[0])
    return node


def _between_infinities(value: exp.Expression) -> exp.Expression:
    low, high = (exp.cast(exp.Literal.string(end), "DOUBLE") for end in ("-Infinity", "Infinity"))
    return exp.paren(exp.and_(exp.GT(this=value, expression=low), exp.LT(this=value.copy(), expression=high)))


_WORDS = {"postgres": _postgres, "clickhouse": _clickhouse, "spark": _spark}
