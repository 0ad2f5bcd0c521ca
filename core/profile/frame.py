"""Where the columns of a table are read from: all rows, and a sample that decides how they are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.source import Column, Landed
from core.profile.figures import call

SAMPLE_ROWS = 100_000
"""Rows of the sample; a table of no more rows is its own sample."""

KEEP_BYTES = 64 * 2**20
"""A table whose landed files are smaller than this, and of few enough cells, is read once into DuckDB's memory."""

KEEP_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """All rows of some columns, and a sample of them: the same relation when the table is small, then `sampled` is 0."""

    connection: duckdb.DuckDBPyConnection
    rows: exp.Expression
    sample: exp.Expression
    sampled: int

    def row(self, query: exp.Expression) -> tuple[Any, ...]:
        """The only row of a result."""
        return self.connection.execute(duck.sql(query)).fetchone() or ()

    def all(self, query: exp.Expression) -> list[tuple[Any, ...]]:
        """A result that fits on a page."""
        return self.connection.execute(duck.sql(query)).fetchall()

    def keep(self, name: str, query: exp.Expression) -> exp.Expression:
        """Keep a result as a temporary table under `name`, in place of the one before; returns the table."""
        return keep(self.connection, name, query)


def keep(connection: duckdb.DuckDBPyConnection, name: str, query: exp.Expression) -> exp.Expression:
    table = exp.Table(this=duck.name(name))
    kind = exp.Properties(expressions=[exp.TemporaryProperty()])
    connection.execute(duck.sql(exp.Create(this=table, kind="TABLE", replace=True, properties=kind, expression=query)))
    return table


def frame(connection: duckdb.DuckDBPyConnection, landed: Landed, chunk: Sequence[Column]) -> Frame:
    """The frame of some columns of a landed table of at least one row."""
    connection.execute("SET parquet_metadata_cache = true")
    names = [duck.column(column.name) for column in chunk]
    rows = duck.parquet(landed.files)
    small = landed.bytes <= KEEP_BYTES and landed.rows * len(chunk) <= KEEP_CELLS
    if small:
        rows = keep(connection, "kept", exp.select(*names).from_(rows))
    if landed.rows <= SAMPLE_ROWS:
        return Frame(connection, rows, rows, 0)
    sample = keep(
        connection,
        "sampled",
        exp.select(*(name.copy() for name in names)).from_(duck.parquet(landed.files)).where(_picked(landed)),
    )
    (taken,) = connection.execute("SELECT count(*) FROM sampled").fetchone() or (0,)
    return Frame(connection, rows, sample, taken)


def _picked(landed: Landed) -> exp.Expression:
    """Every n-th row by the hash of its number, so that a rhythm in the data does not meet a rhythm in the sample."""
    step = max(1, landed.rows // (SAMPLE_ROWS + 5_000))
    hashed = call("hash", exp.column("file_row_number"), exp.column("filename"))
    return exp.EQ(this=exp.Mod(this=hashed, expression=exp.Literal.number(step)), expression=exp.Literal.number(0))
