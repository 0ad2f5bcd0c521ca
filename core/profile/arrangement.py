"""How the rows stand: the order of a column's values from row to row, and columns that repeat others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, Order
from core.models.source import Landed
from core.models.types import family
from core.profile.figures import OPAQUE
from core.profile.frame import CHUNK

HEAD = 10_000
"""Rows in which a column must stand in an order before all rows are read for it: hardly any other column does."""

ALIKE = 8
"""Columns that all figures agree of are compared with so many earlier ones that differ; a ninth is not searched for."""

VALUE, BEFORE = exp.column("v"), exp.column("before")


def arranged(
    connection: duckdb.DuckDBPyConnection, landed: Landed, columns: tuple[ColumnProfile, ...]
) -> tuple[ColumnProfile, ...]:
    """The columns with `order` and `same_as`, both proven on all rows."""
    if landed.rows < 2:
        return columns
    orders = {column.name: _order(connection, landed, column) for column in _candidates(connection, landed, columns)}
    twins = twins_of(columns, lambda first, others: _equal(connection, landed, first, others))
    return tuple(
        replace(column, order="constant" if column.constant else orders.get(column.name, ""), same_as=twins.get(column.name, ()))
        for column in columns
    )


def _candidates(connection, landed: Landed, columns: Sequence[ColumnProfile]) -> list[ColumnProfile]:
    """Columns whose head stands in an order and is not all one value."""
    open_ones = [one for one in columns if family(one.type) not in OPAQUE and one.distinct > 1 and one.rows - one.nulls > 1]
    found: list[ColumnProfile] = []
    for start in range(0, len(open_ones), CHUNK):
        chunk = open_ones[start : start + CHUNK]
        head = exp.select(*(duck.column(one.name) for one in chunk)).from_(duck.parquet(landed.files)).limit(HEAD)
        table = duck.fetch(connection, head)
        found += [one for number, one in enumerate(chunk) if _in_order(table.column(number))]
    return found


def _in_order(values: pa.ChunkedArray) -> bool:
    filled = pc.drop_null(values).combine_chunks()
    if len(filled) < 2:
        return True
    try:
        before, after = filled[:-1], filled[1:]
        return bool(pc.all(pc.less_equal(before, after)).as_py() or pc.all(pc.greater_equal(before, after)).as_py())
    except pa.ArrowNotImplementedError:
        return True  # a type that Arrow does not compare: DuckDB will


def _order(connection, landed: Landed, column: ColumnProfile) -> Order:
    """The order of the filled values in all rows, as they were landed."""
    value = duck.column(column.name)
    filled = exp.select(exp.alias_(value, "v")).from_(duck.parquet(landed.files))
    filled = filled.where(exp.Not(this=exp.Is(this=value.copy(), expression=exp.null())))
    # A window over nothing reads row after row: it sorts nothing and holds one row.
    before = exp.alias_(exp.Window(this=exp.Lag(this=VALUE.copy())), "before")
    pairs = exp.select(VALUE.copy(), before).from_(filled.subquery("filled"))
    asked = [duck.call("count_if", compare(this=VALUE.copy(), expression=BEFORE.copy())) for compare in (exp.LT, exp.EQ, exp.GT)]
    falls, ties, rises = connection.execute(duck.sql(exp.select(*asked).from_(pairs.subquery("pairs")))).fetchall()[0]
    if falls and rises:
        return ""
    word = "ascending" if rises else "descending"
    return word if ties else f"strictly {word}"


def twins_of(
    columns: Sequence[ColumnProfile], equal: Callable[[ColumnProfile, Sequence[ColumnProfile]], set[str]]
) -> dict[str, tuple[str, ...]]:
    """Column → earlier columns that are equal to it in every row, nulls included, as `equal` finds of one column and others."""
    found: dict[str, tuple[str, ...]] = {}
    groups: dict[tuple, list[ColumnProfile]] = {}
    for column in columns:
        groups.setdefault(_looks(column), []).append(column)
    for group in groups.values():
        firsts: list[ColumnProfile] = []
        while group and len(firsts) < ALIKE:
            first, rest = group[0], group[1:]
            firsts.append(first)
            same = equal(first, rest) if rest else set()
            for column in rest:
                if column.name in same:
                    found[column.name] = (first.name,)
            group = [column for column in rest if column.name not in same]
    return found


def _looks(column: ColumnProfile) -> tuple:
    """What equal columns have in common. Not the mean: sums of fractions differ in the last digit with the order they are added in."""
    return (
        column.type,
        column.nulls,
        column.distinct,
        column.low,
        column.high,
        column.length_mean,
        column.zeros,
        column.top[:1],
    )


def _equal(connection, landed: Landed, first: ColumnProfile, others: Sequence[ColumnProfile]) -> set[str]:
    """Those of `others` that differ from `first` in no row."""
    same: set[str] = set()
    for start in range(0, len(others), 50):
        some = others[start : start + 50]
        asked = [
            duck.call("bool_and", exp.NullSafeEQ(this=duck.column(first.name), expression=duck.column(other.name)))
            for other in some
        ]
        answers = connection.execute(duck.sql(exp.select(*asked).from_(duck.parquet(landed.files)))).fetchall()[0]
        same |= {other.name for other, equal in zip(some, answers, strict=True) if equal}
    return same
