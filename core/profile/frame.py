"""Where the columns of a table are read from: all rows, and a sample that decides how they are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlglot import exp

from core.engines import duck
from core.engines.duck import call
from core.models.source import Column, Landed

CHUNK = 50
"""Columns read together: a wide table must not need all its columns in memory at once."""

SAMPLE_ROWS = 100_000
"""Rows of the sample at least; a table of less than about twice as many is its own sample."""

KEEP_BYTES = 64 * 2**20
"""Columns whose part of the landed files is smaller than this, and of few enough cells, are read once into DuckDB's memory."""

KEEP_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """All rows of some columns, and a sample of them of `sampled` rows: the same relation, and 0, when the table is small.

    `kept`: the rows are in DuckDB's memory.
    """

    connection: duckdb.DuckDBPyConnection
    rows: exp.Expression
    sample: exp.Expression
    sampled: int
    kept: bool = False

    def all(self, query: exp.Expression | str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """A result that fits on a page."""
        text = query if isinstance(query, str) else duck.sql(query)
        return self.connection.execute(text, params or {}).fetchall()

    def row(self, query: exp.Expression | str, params: dict[str, Any] | None = None) -> tuple[Any, ...]:
        """The only row of a result."""
        return self.all(query, params)[0]

    def keep(self, name: str, query: exp.Expression, *, view: bool = False, shared: bool = False) -> None:
        """Keep a result as the table (or view) `name`, in place of the one before: for this connection alone, or for all cursors of its DuckDB."""
        kind = None if shared else exp.Properties(expressions=[exp.TemporaryProperty()])
        table = exp.Table(this=duck.name(name))
        made = exp.Create(this=table, kind="VIEW" if view else "TABLE", replace=True, properties=kind, expression=query)
        self.connection.execute(duck.sql(made))


KEPT, SAMPLED = "kept_of_all", "sampled_of_all"
"""Tables that all cursors see: the rows of a small table, and the sample of a large one."""


def frame(connection: duckdb.DuckDBPyConnection, landed: Landed, chunk: Sequence[Column]) -> Frame:
    """The frame of some columns of a landed table of at least one row."""
    connection.execute("SET parquet_metadata_cache = true")
    files = duck.parquet(landed.files)
    source = Frame(connection, files, files, 0)
    query = exp.select(*(duck.column(column.name) for column in chunk)).from_(files)
    share = len(chunk) / len(landed.columns)
    if landed.bytes * share <= KEEP_BYTES and landed.rows * len(chunk) <= KEEP_CELLS:
        source.keep(KEPT, query, shared=True)
        source = Frame(connection, exp.to_table(KEPT), exp.to_table(KEPT), 0, kept=True)
    step = landed.rows // (SAMPLE_ROWS + SAMPLE_ROWS // 20)
    if step < 2:
        return source
    source.keep(SAMPLED, query.where(_picked(step)), shared=True)
    (taken,) = source.row(exp.select(exp.Count(this=exp.Star())).from_(SAMPLED))
    return Frame(connection, source.rows, exp.to_table(SAMPLED), taken, source.kept)


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Give back the memory of the last frame."""
    for one in (KEPT, SAMPLED):
        connection.execute(f"DROP TABLE IF EXISTS {one}")


def whole(connection: duckdb.DuckDBPyConnection, landed: Landed) -> Frame:
    """All columns of a landed table, kept in memory when the table is small."""
    files = duck.parquet(landed.files)
    source = Frame(connection, files, files, 0)
    if landed.bytes <= KEEP_BYTES and landed.rows * len(landed.columns) <= KEEP_CELLS:
        source.keep("kept", exp.select("*").from_(files))
        return Frame(connection, exp.to_table("kept"), exp.to_table("kept"), 0)
    return source


def _picked(step: int) -> exp.Expression:
    """Every n-th row by the hash of its number, so that a rhythm in the data does not meet a rhythm in the sample."""
    hashed = call("hash", exp.column("file_row_number"))
    return exp.EQ(this=exp.Mod(this=hashed, expression=exp.Literal.number(step)), expression=exp.Literal.number(0))
