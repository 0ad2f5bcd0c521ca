"""Parquet files: types are kept as they are."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.base import Connector
from connectors.files import place
from connectors.files.land import copy_to, on_disk, out_of_disk
from connectors.files.write import write_file
from core.engines.duck import call, column, duck, fetch, parquet, sql
from core.errors import AssayError, DataError
from core.models.source import Check, Column, Field, Item, Landed, LandedColumn
from core.task import Task
from core.words import Msg, msg, plural

SUFFIXES = (".parquet", ".pq")
# DuckDB reads nanoseconds with a zone, and has next to no function for them; Parquet is where they come from.
FINE, ZONED = "TIMESTAMPTZ_NS", "TIMESTAMP WITH TIME ZONE"

UNITS = {"s": msg("seconds"), "ms": msg("milliseconds"), "us": msg("microseconds"), "ns": msg("nanoseconds")}


class Parquet(Connector):
    """Parquet, one table a file."""

    kind: ClassVar[str] = "parquet"
    group = "files"
    label: ClassVar[Msg] = msg("Parquet")
    about: ClassVar[Msg] = msg("Columnar files with types: .parquet")
    fields: ClassVar[tuple[Field, ...]] = (place.PATH,)
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "files"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, _describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """The files with their row counts; one that is damaged is shown without."""
        return tuple(replace(item, rows=_rows_of(file)) for file in self._files for item in place.items((file,)))

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        file = place.file_named(self._files, path)
        with _plain_errors(file), duck() as connection:
            return _columns(connection.sql(sql(_all(connection, file, _first(file, 1)))), file)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        file = place.file_named(self._files, path)
        with _plain_errors(file), duck() as connection:
            return fetch(connection, _all(connection, file, _first(file, limit)).limit(limit))

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        file, target = place.file_named(self._files, path), folder / "part-0.parquet"
        before = file.stat()
        try:
            with (
                on_disk(file),
                _plain_errors(file),
                _plain_copy(file, folder.parent, task) as plain,
                duck(task, spill=folder.parent) as connection,
            ):
                rows = _all(connection, plain, whole=_whole_microseconds(connection, plain))
                copy_to(connection, rows, target, task, msg("Copying {name}", name=file.name))
                columns = _columns(connection.sql(sql(exp.select("*").from_(parquet([str(target)])))), file)
        finally:
            place.same_file(before, file)
        count = pq.read_metadata(target).num_rows
        kept = tuple(map(LandedColumn, columns))
        return Landed((str(target),), kept, count, target.stat().st_size, before.st_size, notes=_durations(file))

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        return write_file(self.settings, batches, schema, mode, task, keys)


def _columns(rows: duckdb.DuckDBPyRelation, file: Path) -> tuple[Column, ...]:
    """The columns as they are here, each with the type its file gives it (the unit of a duration is in that alone)."""
    given = [str(kind) for kind in pq.read_schema(file).types]
    return tuple(Column(name, str(kind), source_type=type_) for name, kind, type_ in zip(rows.columns, rows.types, given))


def _durations(file: Path) -> tuple[Msg, ...]:
    """What to know of columns of durations: Parquet has no type for them but whole numbers."""
    found = [field for field in pq.read_schema(file) if pa.types.is_duration(field.type)]
    return tuple(
        msg("{column} is a duration, kept as a whole number of {unit}.", column=f.name, unit=UNITS[f.type.unit]) for f in found
    )


def _all(
    connection: duckdb.DuckDBPyConnection, file: Path, rows: pa.Table | None = None, whole: frozenset[str] = frozenset()
) -> exp.Select:
    """All rows of a file (or `rows` in their place), with types that every engine has: columns of nulls alone are text.

    `whole` are columns of nanoseconds with a zone that microseconds hold; others of that type are text in UTC, every digit kept.
    """
    source: exp.Expression = parquet([str(file)])
    if rows is not None:
        connection.register("assay_rows", rows)
        source = exp.to_table("assay_rows")
    found = connection.sql(sql(exp.select("*").from_(source.copy())))
    return exp.select(*(_settled(name, str(kind), name in whole) for name, kind in zip(found.columns, found.types))).from_(source)


def _settled(name: str, kind: str, whole: bool) -> exp.Expression:
    settled = ZONED if whole else re.sub(f'"NULL"|{FINE}', "VARCHAR", kind)
    if settled == kind:
        return column(name)
    return exp.alias_(exp.cast(column(name), settled, dialect="duckdb"), name, quoted=True)


def _whole_microseconds(connection: duckdb.DuckDBPyConnection, file: Path) -> frozenset[str]:
    """The columns of nanoseconds with a zone in which no value needs them."""
    found = connection.sql(sql(exp.select("*").from_(parquet([str(file)]))))
    fine = [name for name, kind in zip(found.columns, found.types) if str(kind) == FINE]
    if not fine:
        return frozenset()
    needed = [exp.Max(this=exp.Mod(this=call("epoch_ns", column(name)), expression=exp.Literal.number(1000))) for name in fine]
    least = [exp.Min(this=one.this.copy()) for one in needed]
    answers = connection.execute(sql(exp.select(*needed, *least).from_(parquet([str(file)])))).fetchall()[0]
    pairs = zip(fine, answers[: len(fine)], answers[len(fine) :])
    return frozenset(name for name, most, fewest in pairs if not most and not fewest)


def _too_wide(file: Path) -> list[str]:
    """The columns of decimals of more than 38 digits: DuckDB would read them as doubles."""
    return [field.name for field in pq.read_schema(file) if pa.types.is_decimal256(field.type)]


def _as_text(rows: pa.Table | pa.RecordBatch, names: Sequence[str]) -> pa.Table:
    fields = [pa.field(field.name, pa.string()) if field.name in names else field for field in rows.schema]
    return pa.table(rows.columns, schema=rows.schema).cast(pa.schema(fields))


def _first(file: Path, limit: int) -> pa.Table | None:
    """The first rows with too wide decimals as text; None where there are none and DuckDB may read the file itself."""
    names = _too_wide(file)
    if not names:
        return None
    opened = pq.ParquetFile(file)
    batch = next(opened.iter_batches(max(limit, 1)), None)
    return _as_text(opened.schema_arrow.empty_table() if batch is None else batch, names)


@contextmanager
def _plain_copy(file: Path, beside: Path, task: Task) -> Iterator[Path]:
    """The file, or a copy that is deleted afterwards, in which decimals that are too wide are text."""
    names = _too_wide(file)
    if not names:
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="assay-", dir=beside) as folder:
        copy, opened = Path(folder) / "plain.parquet", pq.ParquetFile(file)
        with pq.ParquetWriter(copy, _as_text(opened.schema_arrow.empty_table(), names).schema) as writer:
            for batch in opened.iter_batches():
                task.at(0.1, msg("Keeping every digit of long numbers"))
                writer.write_table(_as_text(batch, names))
        yield copy


def _footer(file: Path) -> pq.FileMetaData:
    with _plain_errors(file):
        return pq.read_metadata(file)


def _rows_of(file: Path) -> int | None:
    try:
        return _footer(file).num_rows
    except AssayError:
        return None


@contextmanager
def _plain_errors(file: Path) -> Iterator[None]:
    """DuckDB's and Arrow's words about a Parquet file in ours."""
    try:
        yield
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        raise
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None and not out_of_disk(error):
            raise place.unreadable(file, error) from error
        if not file.exists():
            raise place.unreadable(file, FileNotFoundError(2, "No such file or directory")) from error
        raise out_of_disk(error) or _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> DataError:
    return DataError(
        msg("{name} is not a whole Parquet file", name=file.name),
        msg("The reader said: {error}", error=_said(error).replace(str(file), file.name)[:200]),
        msg("It may be cut off or of another kind: fetch it again, or choose the kind that fits."),
    )


def _said(error: Exception) -> str:
    return str(error).split("\n")[0].removeprefix("Invalid Input Error: ").removeprefix("IO Error: ")


def _describe(file: Path) -> Msg:
    footer = _footer(file)
    return plural("{n} row, {columns} columns", "{n} rows, {columns} columns", n=footer.num_rows, columns=footer.num_columns)
