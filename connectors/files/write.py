"""Arrow batches to one file that appears in one step: a killed write leaves what was there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.files.land import out_of_disk
from connectors.keys import filled, fitting, twice
from core.engines.duck import JSON_TEXT, column, duck, parquet, sql
from core.errors import ConfigError, DataError
from core.models.source import Settings
from core.store.files import beside, named, not_written
from core.task import Task
from core.words import msg


def write_file(
    settings: Settings, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys: tuple[str, ...] = ()
) -> str:
    """Write to the `.parquet`, `.csv` or `.ndjson` file that the setting `path` names; `append` keeps the rows that are there, `upsert`
    (Parquet) those with other `keys`.

    Returns the path. Everything is written beside the target first and put in its place at the end. Raises `ConfigError` where the place
    cannot be written to, `DataError` where the disk is full or the rows to append have other columns; what the batches raise goes
    out as it is.
    """
    file = _target(settings)
    fitting(file.name, mode, keys, schema)
    if mode == "upsert" and _format(file) != ".parquet":
        raise no_append(file)
    writer = _WRITERS[_format(file)]
    staged = beside(file)
    rows = _Rows(batches, task)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if mode == "upsert":
            _upserted(file, staged, filled(rows, keys), schema, keys, task)
        else:
            writer(staged, _after(file, rows, schema) if mode == "append" and file.exists() else rows, schema, task)
        with staged.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(staged, file)
    except OSError as error:
        raise rows.error or not_written(file, error) from error
    except (duckdb.Error, pa.ArrowException) as error:
        # An error in the rows themselves reaches here in the words of the engine that was reading them.
        raise rows.error or (
            not_written(file, OSError(errno.ENOSPC, "")) if out_of_disk(error) else _no_room_for(file, error)
        ) from error
    finally:
        with suppress(OSError):
            staged.unlink(missing_ok=True)
    return str(file)


def _target(settings: Settings) -> Path:
    text = str(settings.get("path") or "").strip()
    if not text:
        raise ConfigError(
            msg("No path is given"), msg("There is nothing to write to."), msg("Fill in the field {name}.", name="path")
        )
    return named(text)


class _Rows:
    """The batches, counted for the task; `error` is what they raised."""

    def __init__(self, batches: Iterator[pa.RecordBatch], task: Task) -> None:
        self._batches, self._task, self.error = batches, task, None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        written = 0
        try:
            for batch in self._batches:
                self._task.at(0.5, msg("Writing: {n} rows so far", n=written))
                yield batch
                written += batch.num_rows
        except Exception as error:
            self.error = error
            raise


def _format(file: Path) -> str:
    suffix = file.suffix.lower()
    if suffix not in _WRITERS:
        raise ConfigError(
            msg("The format of {name} is not known", name=file.name),
            msg("The suffix of the file names the format."),
            msg("End the name in .parquet, .csv or .ndjson."),
        )
    return suffix


def _parquet(file: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, task: Task) -> None:
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _csv(file: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, task: Task) -> None:
    """CSV has no nested values: they are written as JSON."""
    columns = [
        exp.alias_(exp.cast(exp.Anonymous(this="to_json", expressions=[column(field.name)]), "VARCHAR"), field.name, quoted=True)
        if pa.types.is_nested(field.type)
        else column(field.name)
        for field in schema
    ]
    head, line = ({"FORMAT": exp.var("csv"), "HEADER": there} for there in (exp.true(), exp.false()))
    _by_duckdb(file, batches, exp.select(*columns), schema, head, line, task)


def _ndjson(file: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, task: Task) -> None:
    options = {"FORMAT": exp.var("json")}
    _by_duckdb(file, batches, exp.select(*map(as_json, schema)), schema, options, options, task)


def as_json(field: pa.Field) -> exp.Expression:
    """A column as the JSON writer takes it: text that is JSON already goes in as it is, not as a string, and what is no number is null.

    JSON has neither NaN nor Infinity (RFC 8259), and DuckDB would write them.
    """
    if pa.types.is_floating(field.type):
        finite = exp.Case().when(exp.Anonymous(this="isfinite", expressions=[column(field.name)]), column(field.name))
        return exp.alias_(finite, field.name, quoted=True)
    if field.metadata != JSON_TEXT:
        return column(field.name)
    return exp.alias_(exp.cast(column(field.name), "JSON", dialect="duckdb"), field.name, quoted=True)


def _by_duckdb(
    file: Path, batches: Iterable[pa.RecordBatch], query: exp.Select, schema: pa.Schema, head: dict, line: dict, task: Task
) -> None:
    """DuckDB writes text with its own rules for dates and decimals: a head without rows, then one piece a batch.

    The batches are taken here and not by DuckDB's threads: what they raise goes out as it is.
    """
    piece = file.with_suffix(".piece")
    try:
        with file.open("wb") as out, duck(task) as connection:
            for number, rows in enumerate(chain([schema.empty_table()], batches)):
                connection.register("assay_rows", rows if number == 0 else pa.Table.from_batches([rows]))
                connection.execute(sql(_copy(query, piece, line if number else head)))
                connection.unregister("assay_rows")
                with piece.open("rb") as written:
                    shutil.copyfileobj(written, out)
    finally:
        with suppress(OSError):
            piece.unlink(missing_ok=True)


def _copy(query: exp.Select, file: Path, options: dict) -> exp.Copy:
    settings = [exp.CopyParameter(this=exp.var(key), expression=value) for key, value in options.items()]
    rows = query.from_(exp.to_table("assay_rows")).subquery()
    return exp.Copy(this=rows, kind=False, files=[exp.Literal.string(str(file))], params=settings)


_WRITERS = {".parquet": _parquet, ".csv": _csv, ".ndjson": _ndjson, ".jsonl": _ndjson}


def _upserted(
    file: Path, staged: Path, rows: Iterable[pa.RecordBatch], schema: pa.Schema, keys: tuple[str, ...], task: Task
) -> None:
    """Write to `staged` the rows of a Parquet file without those that have the keys of new ones, and the new ones behind them."""
    new = beside(staged)
    try:
        _WRITERS[".parquet"](new, rows, schema, task)
        with duck(task) as connection:
            names = [column(key) for key in keys]
            grouped = exp.select(*names).from_(parquet([new])).group_by(*(name.copy() for name in names))
            if connection.execute(sql(grouped.having("count(*) > 1").limit(1))).fetchall():
                raise twice(keys)
            old: Iterable[pa.RecordBatch] = ()
            if file.exists():
                _after(file, (), schema)  # says what does not fit
                same = exp.and_(*(exp.EQ(this=column(key, "o"), expression=column(key, "n")) for key in keys))
                there = exp.select(exp.Literal.number(1)).from_(exp.select("*").from_(parquet([new])).subquery("n")).where(same)
                kept = (
                    exp.select("o.*")
                    .from_(exp.select("*").from_(parquet([file])).subquery("o"))
                    .where(exp.Not(this=exp.Exists(this=there)))
                )
                old = _cast(connection.sql(sql(kept)).to_arrow_reader(100_000), schema)
            _WRITERS[".parquet"](staged, chain(old, pq.ParquetFile(new).iter_batches()), schema, task)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _cast(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield pa.RecordBatch.from_arrays(
            [one.cast(field.type) for one, field in zip(batch.columns, schema, strict=True)], schema=schema
        )


def no_append(file: Path) -> ConfigError:
    """What is wrong with appending to a text file."""
    return ConfigError(
        msg("Rows cannot be appended to {name}", name=file.name),
        msg("Text files keep no types, so old and new rows could not be compared."),
        msg("Use a .parquet file for it, or replace the file."),
    )


def _after(file: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of the file, then the new ones. Raises `DataError` where the columns differ."""
    if _format(file) != ".parquet":
        raise no_append(file)
    try:
        old = pq.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise DataError(
            msg("Rows cannot be appended to {name}", name=file.name),
            msg("What is there now is not a whole Parquet file."),
            msg("Write to another file, or replace this one."),
        ) from error
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


def _no_room_for(file: Path, error: Exception) -> DataError:
    return DataError(
        msg("{name} cannot hold these rows", name=file.name),
        msg("The writer said: {error}", error=str(error).split("\n")[0][:200]),
        msg("Write a .parquet file: it takes every type."),
    )
