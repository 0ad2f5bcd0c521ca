"""JSON: an array of objects, one object, or one object a line (NDJSON)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from connectors.base import Connector, Look
from connectors.files import numbers, objects, place
from connectors.files.choose import Rules
from connectors.files.head import kept_as_text, weighed
from connectors.files.land import land_text, on_disk
from connectors.files.readings import SHORTEST, Reading
from connectors.files.write import write_file
from core.engines.duck import duck, fetch, rows_in
from core.models.source import Check, Column, Field, Item, Landed
from core.models.types import family, is_number
from core.task import Task
from core.words import Msg, msg

SUFFIXES = (".json", ".ndjson", ".jsonl")
FIRST = 2048


class Json(Connector):
    """JSON, one table a file. Nested parts stay nested (STRUCT, LIST); text stays text where it looks like a number, and becomes a date

    or a UUID only where every value reads back as it was.
    """

    kind: ClassVar[str] = "json"
    group = "files"
    label: ClassVar[Msg] = msg("JSON")
    about: ClassVar[Msg] = msg("Arrays of objects, single objects, or one object a line: .json, .ndjson")
    fields: ClassVar[tuple[Field, ...]] = (place.PATH,)
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "files", "weighed"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, _describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        return place.items(self._files)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        file = place.file_named(self._files, path)
        with objects.plain_errors(file), duck() as connection:
            found = objects.shape(connection, file, objects.form_of(file), FIRST)
        return tuple(Column(one, "DOUBLE" if one in found.numbers else kind) for one, kind in found.types.items())

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        file = place.file_named(self._files, path)
        with objects.plain_errors(file), duck() as connection:
            rows = objects.shape(connection, file, objects.form_of(file), FIRST).rows
            return fetch(connection, exp.select("*").from_(rows).limit(limit))

    def look(self, path: tuple[str, ...], limit: int = 100) -> Look:
        file = place.file_named(self._files, path)
        form = objects.form_of(file)
        with objects.plain_errors(file), duck() as connection:
            found = objects.shape(connection, file, form, FIRST)
            rows = fetch(connection, exp.select("*").from_(found.rows).limit(limit))
        return weighed(rows, _reading(form), kept_as_text(self.kept_text, _rules(found)))

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        file, target = place.file_named(self._files, path), folder / "part-0.parquet"
        before, form = file.stat(), objects.form_of(file)
        with on_disk(file):
            aside = Path(tempfile.mkdtemp(prefix="assay-", dir=folder.parent))
        try:
            with on_disk(file), objects.plain_errors(file), duck(task, spill=aside) as connection:
                task.at(0.0, msg("Looking at every object of {name}", name=file.name))
                found = _exact_shape(connection, file, form, aside, task)
                rules = kept_as_text(self.kept_text, _rules(found))
                columns = land_text(connection, found.rows, list(found.types), target, task, rules)
                count = rows_in(connection, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            place.same_file(before, file)
        notes = () if count else (msg("There is no object in it."),)
        return Landed((str(target),), columns, count, target.stat().st_size, before.st_size, _reading(form), notes=notes)

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        return write_file(self.settings, batches, schema, mode, task, keys)


def _reading(form: str) -> tuple[tuple[str, str, Msg], ...]:
    return (("form", form, msg("by the first sign of the file")),)


def _exact_shape(connection: duckdb.DuckDBPyConnection, file: Path, form: str, aside: Path, task: Task) -> objects.Shape:
    """The shape by all objects, of a copy where a number needs quotes to arrive whole."""
    found = objects.shape(connection, file, form, objects.EVERY)
    inside = any(mark in kind for kind in found.types.values() for mark in ("DOUBLE", "JSON"))
    if not inside and not found.numbers:
        return found
    copy = numbers.quoted(connection, objects.raw(file, form), inside, aside, task)
    if copy is None:
        return found
    whole = {one for one, kind in found.types.items() if kind in ("BIGINT", "UBIGINT")}
    return objects.shape(connection, copy, "objects", objects.EVERY, found.numbers | whole)


def _rules(found: objects.Shape) -> Rules:
    """Text may be a date, a time or a UUID, never a number: what JSON calls a string is one. Nothing stands for null but null."""
    # DuckDB spells a type in its own way; the profile and the DDL read that spelling.
    typed = {one: str(DuckDBPyType(kind)) for one, kind in found.types.items() if kind != "VARCHAR"}

    def may(name: str, reading: Reading) -> bool:
        return is_number(reading.type) == (name in found.numbers) and family(reading.type) != "boolean"

    return Rules((), typed, may, dict.fromkeys(found.numbers, SHORTEST))


def _describe(file: Path) -> Msg:
    return msg("an array of objects") if objects.form_of(file) == "array" else msg("objects one after another")
