"""Arrow batches to Parquet in the workspace: what the kinds share that read rows with types from a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.files.land import PARQUET, ROW_GROUP, on_disk
from core.engines.duck import duck, parquet, sql
from core.models.source import Column


@dataclass(frozen=True, slots=True)
class Written:
    """A Parquet file of the workspace: its path, the rows in it, their bytes in Arrow (what was read), the columns as DuckDB sees them."""

    file: Path
    rows: int
    source_bytes: int
    columns: tuple[Column, ...]

    @property
    def bytes(self) -> int:
        return self.file.stat().st_size


def write_parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema, file: Path) -> Written:
    """Write batches of one schema to `file`, a row group at a time (memory: one row group). What the batches raise must be ours;

    a full disk is a `DataError`, and nothing is left behind. `source_type` of the columns is empty: the caller knows what it was.
    """
    rows = taken = 0
    try:
        with on_disk(file), pq.ParquetWriter(file, schema, compression=PARQUET["COMPRESSION"]) as writer:
            for table in _groups(batches, schema):
                writer.write_table(table, row_group_size=ROW_GROUP)
                rows, taken = rows + table.num_rows, taken + table.nbytes
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    with duck() as connection:
        return Written(file, rows, taken, columns_of(connection, file))


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The batches gathered to row groups, so that small batches do not make small groups."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= ROW_GROUP:
            yield pa.Table.from_batches(held, schema)
            held, rows = [], 0
    if held:
        yield pa.Table.from_batches(held, schema)


def columns_of(connection: duckdb.DuckDBPyConnection, file: Path) -> tuple[Column, ...]:
    """The columns of a Parquet file with the types that the rest of Assay will see."""
    found = connection.sql(sql(exp.select("*").from_(parquet([str(file)]))))
    return tuple(Column(name, str(kind)) for name, kind in zip(found.columns, found.types))
