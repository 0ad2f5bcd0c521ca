"""The cells of some columns below each other, as SQL: what is asked of all of them is said once, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlglot import exp

from core.engines.duck import call, column

CELL, ROW, PLACE = "assay cell", "assay row", "assay place"
"""The columns of cells: the text, the number of its row, and the place of its column among those asked together."""


def cells_of(rows: exp.Expression, columns: Sequence[str]) -> exp.Subquery:
    """The cells of some columns below each other, with their row and the place of their column: what is asked of all of them is said once."""
    texts = {f"c{number}": column(one) for number, one in enumerate(columns)}
    numbered = projected(rows.copy(), (), {**texts, ROW: exp.Window(this=call("row_number"))})
    places = call("range", exp.Literal.number(len(columns)))
    return projected(numbered, (ROW,), {CELL: call("unnest", exp.array(*map(column, texts))), PLACE: call("unnest", places)})


def of_each(connection, cells: exp.Expression, aggregates: Mapping[str, exp.Expression]) -> dict[int, dict[str, Any]]:
    """The aggregates over the cells of each column, by its place; of a table without rows there is none."""
    selected = [column(PLACE), *aggregates.values()]
    query = exp.Select(expressions=selected).from_(cells, copy=False).group_by(exp.Literal.number(1), copy=False)
    lines = connection.execute(query.sql(dialect="duckdb", copy=False)).fetchall()
    return {place: dict(zip(aggregates, answers)) for place, *answers in lines}


def projected(rows: exp.Expression, kept: Iterable[str], new: Mapping[str, exp.Expression]) -> exp.Subquery:
    """What the next query reads from: columns kept and new ones, each computed once. The nodes are nobody else's: none is copied."""
    named = [exp.alias_(part, key, quoted=True, copy=False) for key, part in new.items()]
    query = exp.Select(expressions=[*map(column, kept), *named])
    return query.from_(rows, copy=False).subquery("t", copy=False)


def real(cell: exp.Expression, nulls: tuple[str, ...]) -> exp.Expression:
    """The cell is a value: neither null nor one of the tokens that stand for it."""
    there = exp.Not(this=exp.Is(this=cell.copy(), expression=exp.null()))
    return exp.and_(there, exp.Not(this=_one_of(cell, nulls)), copy=False) if nulls else there


def _one_of(cell: exp.Expression, nulls: tuple[str, ...]) -> exp.Expression:
    """Not `IN` nor `list_contains`: DuckDB makes a join of a long list, and a join does not keep the rows in their order."""
    equal = (exp.EQ(this=cell.copy(), expression=exp.Literal.string(token)) for token in nulls)
    return exp.paren(exp.or_(*equal, copy=False), copy=False)


def only_if(condition: exp.Expression, then: exp.Expression) -> exp.Case:
    """The one where the condition holds, null elsewhere."""
    return exp.Case().when(condition, then, copy=False)
