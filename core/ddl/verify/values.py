"""Real values of the sample to ask an engine about."""

from __future__ import annotations

import re

import duckdb
from sqlglot import exp

from core.ddl.verify.compare import text
from core.engines import duck
from core.engines.duck import call

QUANTILES = (0.5, 0.51)
"""A while to ask about: from the middle of the times, one row in a hundred."""

WORDS = 3


def typical(
    local: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], values: list[exp.Expression] | None = None
) -> list[str]:
    """The columns of the row in the middle of those where none is null, as text; nothing where there is none.

    A frequent value is more likely to be there than a rare one, as it is more likely to be asked for.
    """
    filled = exp.and_(*(exp.not_(duck.column(column).is_(exp.null())) for column in columns))
    shown = values or [text(duck.column(column)) for column in columns]
    ((rows,),) = local.execute(duck.sql(exp.select(exp.Count(this=exp.Star())).from_(table).where(filled))).fetchall()
    query = exp.select(*shown).from_(table).where(filled.copy()).order_by("rowid").limit(1).offset(rows // 2)
    return [str(value) for row in local.execute(duck.sql(query)).fetchall() for value in row]


def a_while(local: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """A start and an end, as text, between which about a hundredth of the rows lie; nothing without rows."""
    edges = [text(call("quantile_disc", duck.column(column), exp.Literal.number(share))) for share in QUANTILES]
    found = local.execute(duck.sql(exp.select(*edges).from_(table))).fetchall()[0]
    return [str(edge) for edge in found if edge is not None]


def an_element(local: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """An element of the list in the middle row of those that have one."""
    value = duck.column(column)
    element = exp.cast(exp.Bracket(this=value, expressions=[exp.Literal.number(1)], offset=1), "VARCHAR")
    some = exp.and_(
        exp.GT(this=call("len", value.copy()), expression=exp.Literal.number(0)), exp.not_(element.copy().is_(exp.null()))
    )
    ((rows,),) = local.execute(duck.sql(exp.select(exp.Count(this=exp.Star())).from_(table).where(some))).fetchall()
    query = exp.select(element).from_(table).where(some.copy()).order_by("rowid").limit(1).offset(rows // 2)
    return [str(found) for (found,) in local.execute(duck.sql(query)).fetchall()]


def words(local: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """The longest words of a typical text: those that say most of what it is about."""
    found = {word for value in typical(local, table, (column,)) for word in re.findall(r"\w+", value)}
    return sorted(found, key=lambda word: (-len(word), word))[:WORDS]
