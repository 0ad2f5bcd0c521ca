"""Arrow batches to one file that appears in one step: a killed write leaves what was there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from core.errors import ConfigError, DataError
from core.task import Task
from core.words import msg


def write_file(file: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task) -> str:
    """Write to `.parquet`, `.csv` or `.ndjson`; `append` keeps the rows that are there. Returns the path.

    Everything is written beside the target first and put in its place at the end. Raises `ConfigError` where the place cannot be written
    to, `DataError` where the disk is full or the rows to append have other columns.
    """
    staged = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if mode == "append" and file.exists():
            batches = _after(file, batches, schema)
        _WRITERS[_format(file)](staged, batches, schema, task)
        with staged.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(staged, file)
    except OSError as error:
        raise _refused(file, error) from error
    finally:
        staged.unlink(missing_ok=True)
    return str(file)


def _format(file: Path) -> str:
    suffix = file.suffix.lower()
    if suffix not in _WRITERS:
        raise ConfigError(
            msg("The format of {name} is not known", name=file.name),
            msg("The suffix of the file names the format."),
            msg("End the name in .parquet, .csv or .ndjson."),
        )
    return suffix


def _parquet(file: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, task: Task) -> None:
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _counted(batches, task):
            writer.write_batch(batch)


def _csv(file: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, task: Task) -> None:
    flat = _flat(schema)
    with pacsv.CSVWriter(file, flat) as writer:
        for batch in _counted(batches, task):
            writer.write_batch(_cast(batch, flat))


def _ndjson(file: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, task: Task) -> None:
    import duckdb

    # DuckDB writes JSON with its own rules for dates and decimals; the batches stream through it.
    reader = pa.RecordBatchReader.from_batches(schema, _counted(batches, task))
    with duckdb.connect() as connection:
        connection.from_arrow(reader).create_view("rows")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("COPY rows TO $file (FORMAT json)", {"file": str(file)})


_WRITERS = {".parquet": _parquet, ".csv": _csv, ".ndjson": _ndjson, ".jsonl": _ndjson}


def _counted(batches: Iterator[pa.RecordBatch], task: Task) -> Iterator[pa.RecordBatch]:
    written = 0
    for batch in batches:
        task.at(0.5, msg("Writing: {n} rows so far", n=written))
        yield batch
        written += batch.num_rows


def _flat(schema: pa.Schema) -> pa.Schema:
    """CSV has no nested values and no bytes: they are written as text."""
    text = [
        pa.field(field.name, pa.string()) if pa.types.is_nested(field.type) or pa.types.is_decimal(field.type) else field
        for field in schema
    ]
    return pa.schema(text)


def _cast(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = []
    for column, field in zip(batch.columns, schema):
        if pa.types.is_nested(column.type):
            columns.append(pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string()))
        else:
            columns.append(column.cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _after(file: Path, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of the file, then the new ones. Raises `DataError` where the columns differ."""
    if _format(file) != ".parquet":
        raise ConfigError(
            msg("Rows cannot be appended to {name}", name=file.name),
            msg("Text files keep no types, so old and new rows could not be compared."),
            msg("Append to a .parquet file, or replace the file."),
        )
    old = pq.ParquetFile(file)
    if old.schema_arrow.names != schema.names or [f.type for f in old.schema_arrow] != [f.type for f in schema]:
        raise DataError(
            msg("The rows do not fit the columns of {name}", name=file.name),
            msg("It has {old}; the new rows have {new}.", old=", ".join(old.schema_arrow.names), new=", ".join(schema.names)),
            msg("Write to another file, or replace this one."),
        )

    def both() -> Iterator[pa.RecordBatch]:
        yield from old.iter_batches()
        yield from batches

    return both()


def _refused(file: Path, error: OSError) -> ConfigError | DataError:
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        return DataError(
            msg("The disk is full"),
            msg("{name} could not be written to the end; what was there before is untouched.", name=file.name),
            msg("Free some space and start again."),
        )
    return ConfigError(
        msg("{file} cannot be written", file=str(file)),
        msg("The system said: {error}", error=error.strerror or type(error).__name__),
        msg("Choose another place."),
    )
