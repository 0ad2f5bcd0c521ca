"""The profile of a table that stays where it is: the same definitions as `figures` and `counted`, said in the server's SQL.

profile(name, columns, server, task, now)      # Columns and a Server -> TableProfile with `computed` and `moved`
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

import duckdb
from sqlglot import exp

from core.engines.duck import duck
from core.models.profile import Bin, ColumnProfile, ForeignKey, Quantile, TableProfile, Timeline, Top
from core.models.source import Column
from core.models.types import Family, family
from core.profile import arrangement, dependencies, figures, histogram, keys, relations, standins, timeline
from core.profile.asking import Asked, OneTable, Server, Together
from core.profile.counted import LISTED, SHARES, STANDS_FOR_NOTHING, TOPS, is_list, ranks
from core.profile.figures import NUMERIC, TEMPORAL
from core.profile.table import DUPLICATE_CELLS
from core.task import Task
from core.words import msg

GROUPED: tuple[Family, ...] = (*NUMERIC, *TEMPORAL, "text", "boolean", "uuid", "time", "blob")
"""Families whose figures are computed on a server; of others, which servers write each in their own way, the filled rows are counted there."""

VALUE, COUNT = exp.column("v"), exp.column("n")


def profile(name: str, columns: Sequence[Column], server: Server, task: Task, now: datetime) -> TableProfile:
    """The profile of a table on a server. Nothing of it is landed: what comes here are answers, and some rows that rule out keys."""
    asked = Asked(server)
    counting = exp.select(exp.alias_(exp.Count(this=exp.Star()), "rows")).from_(asked.table())
    ((total,),) = asked.rows(counting)
    found: list[ColumnProfile] = []
    with duck(task) as local:
        for place, one in enumerate(server.columns(tuple(columns))):
            task.at(0.8 * place / len(columns), msg("Asking {table} of {column}", table=name, column=one.name))
            found.append(_column(asked, local, one, int(total)))
    twins = arrangement.twins_of(found, partial(_equal, asked))
    profiled = tuple(replace(one, order="constant" if one.constant else "", same_as=twins.get(one.name, ())) for one in found)
    task.at(0.8, msg("Looking for the keys of {table}", table=name))
    kept, repeats = _keys(asked, profiled, int(total), task)
    decided = dependencies.find(OneTable(asked), profiled, task) if total else ()
    leading = timeline.leading(profiled)
    return TableProfile(
        name=name,
        rows=int(total),
        bytes=0,
        source_bytes=0,
        columns=profiled,
        keys=kept,
        primary_key=keys.primary(profiled, kept),
        duplicate_rows=repeats,
        time_column=leading,
        dependencies=decided,
        timelines=tuple(filter(None, (_timeline(asked, one, now) for one in timeline.timed(profiled, leading)))),
        query=asked.said(counting),
        computed=server.kind,
        moved=asked.moved,
    )


def together(
    server: Server, tables: Mapping[str, exp.Expression], found: Sequence[TableProfile], task: Task
) -> tuple[ForeignKey, ...]:
    """The foreign keys between tables of one server, which `server` asks: `tables` is what to select from, by name."""
    return relations.find(Together(Asked(server), tables), found, task)


def _keys(asked: Asked, columns: Sequence[ColumnProfile], total: int, task: Task) -> tuple[tuple[keys.Key, ...], int | None]:
    """The keys, and the rows that repeat an earlier one in every column: None where they were not compared."""
    if not total or not columns:
        return (), 0
    found = keys.find(OneTable(asked), columns, task)
    if found:
        return found, 0
    kinds = [family(one.type) for one in columns]
    if total * len(columns) > DUPLICATE_CELLS or not set(kinds) <= set(GROUPED):
        return (), None
    values = [exp.alias_(asked.value(one.name, kind), f"c{place}") for place, (one, kind) in enumerate(zip(columns, kinds))]
    different = exp.select(*values).distinct().from_(asked.table()).subquery("different")
    ((count,),) = asked.rows(exp.select(exp.Count(this=exp.Star())).from_(different))
    return (), total - int(count)


def _equal(asked: Asked, first: ColumnProfile, others: Sequence[ColumnProfile]) -> set[str]:
    """Those of `others` that differ from `first` in no row."""
    if family(first.type) not in GROUPED:
        return set()
    mine = asked.value(first.name, family(first.type))
    rows = []
    for other in others:
        theirs = asked.value(other.name, family(other.type))
        none = [exp.Is(this=value.copy(), expression=exp.Null()) for value in (mine, theirs)]
        same = exp.or_(exp.EQ(this=mine.copy(), expression=theirs), exp.and_(*none))
        rows.append(exp.Sum(this=exp.Case(ifs=[exp.If(this=same, true=exp.Literal.number(1))], default=exp.Literal.number(0))))
    (counts,) = asked.rows(exp.select(*rows).from_(asked.table()))
    return {other.name for other, count in zip(others, counts, strict=True) if count == first.rows}


def _timeline(asked: Asked, column: ColumnProfile, now: datetime) -> Timeline | None:
    """The timeline of a column, but for the order of its rows, which they do not have on a server."""
    if standins.of(column) or not (_placed(column.low or "inf") and _placed(column.high or "inf")):
        return None
    try:
        low, high = (_moment(text or "") for text in (column.low, column.high))
    except ValueError:  # a year that Python's calendar does not reach
        return None
    value = asked.value(column.name, family(column.type))
    query = timeline.counts(asked.table(), value, column, timeline.unit_of(low, high, column))
    return replace(timeline.told(column, low, high, asked.rows(query), now), query=asked.said(query))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _column(asked: Asked, local: duckdb.DuckDBPyConnection, one: Column, total: int) -> ColumnProfile:
    kind = family(one.type)
    value = asked.value(one.name, kind)
    if kind not in GROUPED:
        counting = exp.select(exp.Count(this=value)).from_(asked.table())
        ((filled,),) = asked.rows(counting)
        return ColumnProfile(
            one.name,
            one.type,
            total,
            total - int(filled),
            0,
            distinct_exact=False,
            distinct_error=1.0,
            query=asked.said(counting),
        )
    wanted = figures.scalars(value, kind)
    if kind in NUMERIC:
        wanted["deviation"] = figures.deviation(value, kind)
    if kind == "float":
        within = figures.finite(value, kind)
        wanted |= {"finite_low": figures.filtered(exp.Min(this=value.copy()), within)}
        wanted |= {"finite_high": figures.filtered(exp.Max(this=value.copy()), within)}
        # Not count(*): to Spark a null is not NaN.
        wanted["ordered"] = figures.filtered(exp.Count(this=value.copy()), figures.ordered(value, kind))
    wanted["distinct"] = exp.Count(this=exp.Distinct(expressions=[value.copy()]))
    query = exp.select(*wanted.values()).from_(asked.table())
    (row,) = asked.rows(query)
    fields = dict(zip(wanted, row, strict=True))
    filled = int(fields.pop("filled"))
    text = _Texts(local, one.type)
    fields |= {name: text.of(fields[name]) for name in ("low", "high", "finite_low", "finite_high") if name in fields}
    ends = [fields.pop(f"finite_{end}", fields.get(end)) for end in ("low", "high")]
    ordered = int(fields.pop("ordered", filled))
    fields |= {name: _number(fields[name]) for name in ("mean", "deviation", "length_mean") if name in fields}
    whole = ("distinct", "zeros", "negatives", "length_min", "length_max")
    fields |= {name: int(fields[name]) for name in whole if fields.get(name) is not None}
    if not filled:
        fields = {"distinct": 0}
    else:
        fields["top"] = _top(asked, value, text, is_list(kind, int(fields["distinct"]), filled))
        if kind == "text":
            fields["placeholders"] = _placeholders(asked, value)
        if kind in (*NUMERIC, *TEMPORAL):
            fields["quantiles"] = _quantiles(asked, value, kind, ordered, text) if ordered else ()
            fields |= _spread(asked, value, one, ends, fields["quantiles"])
    return ColumnProfile(one.name, one.type, total, total - filled, distinct_exact=True, query=asked.said(query), **fields)


class _Texts:
    """Values of a column as the local profile writes them: as DuckDB does."""

    def __init__(self, local: duckdb.DuckDBPyConnection, type_name: str) -> None:
        shown = figures.shown(exp.cast(exp.Parameter(this=exp.Var(this="value")), type_name, dialect="duckdb"))
        self._local, self._query, self._bytes = local, exp.select(shown).sql(dialect="duckdb"), family(type_name) == "blob"

    def of(self, value: Any) -> str | None:
        if self._bytes and value is not None:
            value = value.encode() if isinstance(value, str) else bytes(value)
        return None if value is None else self._local.execute(self._query, {"value": value}).fetchall()[0][0]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _counts(asked: Asked, value: exp.Expression) -> exp.Select:
    query = exp.select(exp.alias_(value.copy(), "v"), exp.alias_(exp.Count(this=exp.Star()), "n")).from_(asked.table())
    return query.where(exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))).group_by(value.copy())


def _top(asked: Asked, value: exp.Expression, text: _Texts, whole: bool) -> tuple[Top, ...]:
    """As in the local profile: all values of a closed list, of others those that repeat."""
    query = exp.select(VALUE.copy(), COUNT.copy()).from_(_counts(asked, value).subquery("g"))
    query = query.order_by(exp.Ordered(this=COUNT.copy(), desc=True), exp.Ordered(this=VALUE.copy()))
    rows = asked.rows(query.limit(LISTED if whole else TOPS))
    return tuple(Top(text.of(found) or "", int(count)) for found, count in rows if whole or count > 1)


def _placeholders(asked: Asked, value: exp.Expression) -> tuple[Top, ...]:
    """The texts that stand for nothing and their rows, the most frequent first."""
    held = exp.RegexpLike(this=VALUE.copy(), expression=exp.Literal.string(f"^(?:{STANDS_FOR_NOTHING})$"))
    query = exp.select(VALUE.copy(), COUNT.copy()).from_(_counts(asked, value).subquery("g")).where(held)
    rows = asked.rows(query.order_by(exp.Ordered(this=COUNT.copy(), desc=True), exp.Ordered(this=VALUE.copy())).limit(TOPS))
    return tuple(Top(text, int(count)) for text, count in rows)


def _quantiles(asked: Asked, value: exp.Expression, kind: Family, filled: int, text: _Texts) -> tuple[Quantile, ...]:
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


def _spread(
    asked: Asked, value: exp.Expression, one: Column, ends: Sequence[str | None], quantiles: Sequence[Quantile]
) -> dict[str, Any]:
    """The histogram between two finite ends, and the rows beyond the fences of a column of numbers."""
    kind = family(one.type)
    low, high = ends
    if low is None or high is None or not _placed(low) or not _placed(high):
        return {}
    edges = histogram.edges(low, high, kind, one.type)
    index = histogram.bin_of(value, [exp.cast(exp.Literal.string(edge), one.type, dialect="duckdb") for edge in edges[1:-1]])
    if kind == "float":  # what is not finite has no bin
        index = exp.Case(ifs=[exp.If(this=figures.finite(value, kind), true=index)])
    fences = figures.fences(quantiles, one.type) if kind in NUMERIC else None
    outside: exp.Expression = exp.false()
    if fences:
        number = figures.double(value, kind)
        least, most = (exp.Literal.number(repr(end)) for end in fences)
        outside = exp.or_(exp.LT(this=number, expression=least), exp.GT(this=number.copy(), expression=most))
        if (comparable := figures.ordered(number, kind)) is not None:
            outside = exp.and_(outside, comparable)
    far = exp.Case(ifs=[exp.If(this=outside, true=exp.Literal.number(1))], default=exp.Literal.number(0))
    there = exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))
    # In a query of their own: a column of one value has one bin, and `GROUP BY 0` means a place in the list.
    placed = exp.select(exp.alias_(index, "bin"), exp.alias_(far, "far")).from_(asked.table()).where(there)
    query = exp.select("bin", exp.alias_(exp.Count(this=exp.Star()), "n"), exp.Sum(this=exp.column("far")))
    lines = asked.rows(query.from_(placed.subquery("p")).group_by("bin"))
    counts = {int(place): int(count) for place, count, _ in lines if place is not None}
    spread: dict[str, Any] = {"histogram": tuple(Bin(*pair, counts.get(place, 0)) for place, pair in enumerate(pairwise(edges)))}
    if fences:
        spread |= {"outliers": sum(int(far) for *_, far in lines), "fences": fences}
    return spread


def _placed(text: str) -> bool:
    return "inf" not in text.lower() and "nan" not in text.lower() and "(BC)" not in text
