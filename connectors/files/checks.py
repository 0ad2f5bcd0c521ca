"""Every cell read and checked, as one query: what a cell gives that its column's reading keeps, and one that it would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import duckdb
from sqlglot import exp

from connectors.files.choose import Choice, Rules
from connectors.files.readings import Reading, keeps, uses_text, value
from connectors.files.unpivot import CELL, real
from core.engines.duck import call, column, name, one_thread

WIDE = 500
"""Columns from which those of the same reading are checked as one list. An expression of its own takes a vector for each of its functions in

each thread: a quarter of a megabyte a column. In a list all cells of a row pass through one expression, in one thread.
"""

Kept = Callable[[exp.Expression], exp.Expression]
"""What a cell gives that the reading keeps, by its value."""


def checked(
    rows: exp.Expression, columns: Sequence[str], rules: Rules, choices: Sequence[Choice], kept: Kept, refused: exp.Expression
) -> exp.Select:
    """A query of `columns`: for each cell `kept` of its value, `refused` if the reading would change it, null if there is no value.

    Columns without a reading are as they are.
    """
    read = {one: choice.reading for one, choice in zip(columns, choices) if choice.reading is not None}
    there = _as_lists if len(columns) > WIDE else _side_by_side
    given, source = there(rows.copy(), read, rules, kept, refused)
    return exp.Select(expressions=_named({one: given.get(one) or column(one) for one in columns})).from_(source, copy=False)


def in_few_threads(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> AbstractContextManager:
    """One thread for a wide table: each holds the rows of a group of all columns."""
    return one_thread(connection) if len(columns) > WIDE else nullcontext()


Given = tuple[Mapping[str, exp.Expression], exp.Expression]


def _side_by_side(rows: exp.Expression, read: Mapping[str, Reading], rules: Rules, kept: Kept, refused: exp.Expression) -> Given:
    """Each value, and its text, is computed once, in a query of its own: inside the CASE it would be computed for every use."""
    values = {one: f"assay value {number}" for number, one in enumerate(read)}
    texts = {one: f"assay text {number}" for number, one in enumerate(read)}
    rows = _with(rows, {values[one]: value(reading, column(one)) for one, reading in read.items()})
    rows = _with(rows, {texts[one]: _text(column(values[one])) for one, reading in read.items() if uses_text(reading)})
    given = {
        one: _case(reading, column(one), column(values[one]), column(texts[one]), rules, kept, refused)
        for one, reading in read.items()
    }
    return given, rows


def _as_lists(rows: exp.Expression, read: Mapping[str, Reading], rules: Rules, kept: Kept, refused: exp.Expression) -> Given:
    """The columns of the same reading are the elements of one list, which one expression goes through."""
    alike: dict[Reading, list[str]] = {}
    for one, reading in read.items():
        alike.setdefault(reading, []).append(one)
    lists, given = {}, {}
    for number, (reading, some) in enumerate(alike.items()):
        found = value(reading, column(CELL))
        case = _case(reading, column(CELL), found, _text(found), rules, kept, refused)
        each = exp.Lambda(this=case, expressions=[name(CELL)])
        lists[f"assay list {number}"] = call("list_transform", exp.array(*map(column, some)), each)
        for place, one in enumerate(some, start=1):
            given[one] = call("list_extract", column(f"assay list {number}"), exp.Literal.number(place))
    return given, _with(rows, lists)


def _case(
    reading: Reading,
    cell: exp.Expression,
    found: exp.Expression,
    text: exp.Expression,
    rules: Rules,
    kept: Kept,
    refused: exp.Expression,
) -> exp.Expression:
    case = exp.Case().when(keeps(reading, cell, found, text), kept(found.copy()), copy=False)
    return case.when(real(cell, rules.nulls), refused.copy(), copy=False).else_(exp.null(), copy=False)


def _text(found: exp.Expression) -> exp.Expression:
    return exp.cast(found.copy(), "VARCHAR", dialect="duckdb")


def _with(rows: exp.Expression, more: Mapping[str, exp.Expression]) -> exp.Expression:
    """The rows with more columns. Thousands of nodes that nobody else has: none of them is copied on the way."""
    if not more:
        return rows
    return exp.Select(expressions=[exp.Star(), *_named(more)]).from_(rows, copy=False).subquery("t", copy=False)


def _named(columns: Mapping[str, exp.Expression]) -> list[exp.Expression]:
    return [exp.alias_(one, label, quoted=True, copy=False) for label, one in columns.items()]
