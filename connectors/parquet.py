"""Parquet files: types are kept as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.base import Connector
from connectors.files import place
from connectors.files.land import copy_to, out_of_disk
from connectors.files.write import write_file
from core.engines.duck import duck, fetch, parquet, sql
from core.errors import DataError
from core.models.source import Check, Column, Field, Item, Landed, LandedColumn
from core.task import Task
from core.words import Msg, msg, plural

SUFFIXES = (".parquet", ".pq")


class Parquet(Connector):
    """Parquet, one table a file."""

    kind: ClassVar[str] = "parquet"
    label: ClassVar[Msg] = msg("Parquet")
    about: ClassVar[Msg] = msg("Columnar files with types: .parquet")
    fields: ClassVar[tuple[Field, ...]] = (place.PATH,)
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "files"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, _describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        return tuple(Item((file.name,), "file", rows=_footer(file).num_rows, bytes=file.stat().st_size) for file in self._files)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        file = place.file_named(self._files, path)
        with duck() as connection:
            return _columns(connection, file)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        file = place.file_named(self._files, path)
        _footer(file)
        with duck() as connection:
            return fetch(connection, exp.select("*").from_(parquet([str(file)])).limit(limit))

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        file, target = place.file_named(self._files, path), folder / "part-0.parquet"
        before, rows = file.stat(), _footer(file).num_rows
        try:
            with duck(task, spill=folder.parent) as connection:
                columns = _columns(connection, file)
                copy_to(
                    connection, exp.select("*").from_(parquet([str(file)])), target, task, msg("Copying {name}", name=file.name)
                )
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            place.same_file(before, file)
            raise (out_of_disk(error) or _damaged(file, error)) from error
        place.same_file(before, file)
        return Landed((str(target),), tuple(map(LandedColumn, columns)), rows, target.stat().st_size, before.st_size)

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task) -> str:
        return write_file(self.settings, batches, schema, mode, task)


def _columns(connection: duckdb.DuckDBPyConnection, file: Path) -> tuple[Column, ...]:
    described = connection.sql(sql(exp.select("*").from_(parquet([str(file)]))))
    return tuple(Column(name, str(kind)) for name, kind in zip(described.columns, described.types))


def _footer(file: Path) -> pq.FileMetaData:
    try:
        return pq.read_metadata(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> DataError:
    return DataError(
        msg("{name} is not a whole Parquet file", name=file.name),
        msg("The reader said: {error}", error=str(error).split("\n")[0][:200]),
        msg("It may be cut off or of another kind: fetch it again, or choose the kind that fits."),
    )


def _describe(file: Path) -> Msg:
    footer = _footer(file)
    return plural("{n} row, {columns} columns", "{n} rows, {columns} columns", n=footer.num_rows, columns=footer.num_columns)
