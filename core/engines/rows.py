"""Landed rows as they leave the workspace: a page to look at, or all of them in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from core.engines.duck import column, duck, fetch, parquet, sql, streamed
from core.task import Task


def page(
    files: Sequence[str], offset: int, limit: int, sort: str | None = None, descending: bool = False, spill: Path | None = None
) -> pa.Table:
    """`limit` rows from `offset`, in file order or sorted by one column with nulls last.

    File order skips whole row groups; sorting keeps only the first `offset + limit` rows in memory (top-N).
    """
    query = exp.select("*").from_(parquet(files))
    if sort:
        query = query.order_by(exp.Ordered(this=column(sort), desc=descending, nulls_first=False))
    with duck(spill=spill) as connection:
        return fetch(connection, query.limit(limit).offset(offset))


def run(query: str, limit: int, spill: Path | None = None) -> pa.Table:
    """The first rows of a query that a stage made (the SQL behind a figure), read-only by construction: an empty database."""
    with duck(spill=spill) as connection:
        return connection.sql(query).limit(limit).to_arrow_table()


@contextmanager
def batches(files: Sequence[str], task: Task, spill: Path | None = None) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """All rows of a landed table in file order: their schema, and record batches that are read as they are consumed."""
    query = sql(exp.select("*").from_(parquet(files)))
    with duck(task, spill=spill) as connection, streamed(connection, query) as found:
        yield found.schema, iter(found)
