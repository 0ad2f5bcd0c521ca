"""JSON: an array of objects, one object, a list inside one object, or one object a line (NDJSON)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from connectors.files import members, numbers, objects, place, strict
from connectors.files.ahead import Certain
from connectors.files.choose import Rules
from connectors.files.parts import NESTED, NestedFiles, Rows
from connectors.files.readings import SHORTEST, Reading
from connectors.files.write import write_file
from core.engines.duck import duck, fetch
from core.models.source import Check, Column, Field
from core.models.types import family, is_number
from core.task import Task
from core.words import Msg, msg

SUFFIXES = (".json", ".ndjson", ".jsonl")
FIRST = 2048
LARGE, SAMPLE = 16 << 20, 8192
"""Bytes from which on a file lands by the shape of its first objects while all are looked at, and how many those are."""


class Json(NestedFiles):
    """JSON, a table a file, or one for each list inside the object that a file is. Nested parts stay nested (STRUCT, LIST); text stays

    text where it looks like a number, and becomes a date or a UUID only where every value reads back as it was.
    """

    kind: ClassVar[str] = "json"
    group = "files"
    label: ClassVar[Msg] = msg("JSON")
    about: ClassVar[Msg] = msg("Arrays of objects, single objects, or one object a line: .json, .ndjson")
    fields: ClassVar[tuple[Field, ...]] = (
        place.PATH,
        Field(
            "record",
            msg("List of rows"),
            help=msg("The key of a list inside one object; a full stop for the object itself. Found by itself when left empty."),
            example="rows",
        ),
        NESTED,
    )
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "files", "inside", "parts", "weighed"})
    suffixes = SUFFIXES

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, _describe)

    def inside(self, file: Path) -> tuple[str, ...]:
        said = str(self.settings.get("record") or "")
        return (said,) if said else members.lists(file)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        found = self.preview(path, FIRST)
        with duck() as connection:
            rows = connection.from_arrow(found)
            return tuple(Column(name, str(kind)) for name, kind in zip(rows.columns, rows.types))

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        file = place.file_named(self._files, path[:1])
        if self._choice() != "json" or self._list(file, path[1] if len(path) > 1 else ""):
            return super().preview(path, limit)
        with objects.plain_errors(file), duck() as connection:
            try:
                return _first(connection, file, limit)
            except duckdb.Error as error:
                if not objects.is_too_large(error):
                    raise
                with objects.large_objects(connection):
                    return _first(connection, file, limit)

    def rows(self, connection, file: Path, table: str, aside: Path, task: Task, most: int | None) -> Rows:
        task.at(0.0, msg("Looking at every object of {name}", name=file.name))
        form, wanted = objects.form_of(file), self._list(file, table)
        reading: tuple[tuple[str, str, Msg], ...] = (("form", form, msg("by the first sign of the file")),)
        notes: tuple[Msg, ...] = ()
        source = file
        if wanted:
            source, beside = objects.list_of(file, wanted, aside, task, most)
            form = "array"
            reading = (("record", wanted, self._why(table)),)
            notes = (msg("Beside the list, and not in this table: {names}.", names=", ".join(beside[:20])),) if beside else ()
        flat = self._choice() == "json"

        def rows(found: objects.Shape, certain: Certain[Rows] | None = None) -> Rows:
            return Rows(found.rows, found.types, lambda typed: rules_of(found, typed), reading, notes, certain)

        def exact(connection: duckdb.DuckDBPyConnection, task: Task) -> Rows:
            return rows(_of_any_size(connection, lambda: exact_shape(connection, source, form, aside, task, flat)))

        if most is not None:
            return rows(_of_any_size(connection, lambda: _glance(connection, source, form, most, flat)))
        likely = _likely(connection, source, form, flat) if self._choice() != "tables" else None
        return rows(likely, Certain(connection, task, exact)) if likely else exact(connection, task)

    @contextmanager
    def said(self, file: Path) -> Iterator[None]:
        with objects.plain_errors(file):
            yield

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        return write_file(self.settings, batches, schema, mode, task, keys)

    def _list(self, file: Path, table: str) -> str:
        """The list that is the table; an empty text where the objects of the file are the rows."""
        if table == members.WHOLE:
            return ""
        if table:
            return table
        said = str(self.settings.get("record") or "")
        if said:
            return "" if said == members.WHOLE else said
        return next(iter(members.lists(file)), "")

    def _why(self, table: str) -> Msg:
        if table and not self.settings.get("record"):
            return msg("one of the lists of objects inside the object")
        return msg("as you said") if self.settings.get("record") else msg("the list of objects inside the only object")


def _first(connection, file: Path, limit: int) -> pa.Table:
    rows = objects.shape(connection, file, objects.form_of(file), FIRST).rows
    return fetch(connection, exp.select("*").from_(rows).limit(limit))


def _glance(connection, file: Path, form: str, most: int, flat: bool) -> objects.Shape:
    found = objects.shape(connection, file, form, most, readable=flat)
    return objects.Shape(exp.select("*").from_(found.rows).limit(most).subquery("t"), found.types, found.numbers)


def _likely(connection: duckdb.DuckDBPyConnection, file: Path, form: str, flat: bool) -> objects.Shape | None:
    """The shape by the head of a large file; None for a small one, and where the head cannot be read in the usual way."""
    if file.stat().st_size < LARGE:
        return None
    try:
        return objects.shape(connection, file, form, SAMPLE, readable=flat)
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        raise
    except duckdb.Error:
        return None  # the pass over all objects says what it is


def _of_any_size(connection: duckdb.DuckDBPyConnection, look: Callable[[], objects.Shape]) -> objects.Shape:
    """What a look at objects gives, again with room for large ones where there are such."""
    try:
        return look()
    except duckdb.Error as error:
        if not objects.is_too_large(error):
            raise
        with objects.large_objects(connection):
            return look()


def exact_shape(
    connection: duckdb.DuckDBPyConnection, file: Path, form: str, aside: Path, task: Task, flat: bool = True, loose: bool = False
) -> objects.Shape:
    """The shape by all objects, of a copy where a number needs quotes to arrive whole. What is no JSON is looked for beside it.

    `loose` lets NaN and Infinity pass: for what was never a file of JSON.
    """
    with ThreadPoolExecutor(1) as beside:
        strictly = beside.submit(strict.scan, file, task)
        found = objects.shape(connection, file, form, objects.EVERY, readable=flat)
        scanned = strictly.result()
    if scanned.loose is not None and not loose:
        raise objects.no_json(file, scanned.loose)
    inside = any(mark in kind for kind in found.types.values() for mark in ("DOUBLE", "JSON"))
    if (not inside and not found.numbers) or not (scanned.inexact_mixed if inside else scanned.inexact):
        return found
    copy = numbers.quoted(connection, objects.raw(file, form), inside, aside, task)
    if copy is None:
        return found
    whole = {one for one, kind in found.types.items() if kind in ("BIGINT", "UBIGINT")}
    return objects.shape(connection, copy, "objects", objects.EVERY, found.numbers | whole, readable=flat)


def rules_of(found: objects.Shape, given: Mapping[str, str] | None = None) -> Rules:
    """Text may be a date, a time or a UUID, never a number: what JSON calls a string is one. Nothing stands for null but null."""
    # DuckDB spells a type in its own way; the profile and the DDL read that spelling.
    typed = {one: kind for one, kind in found.types.items() if kind != "VARCHAR"} if given is None else given
    spelled = {one: str(DuckDBPyType(kind)) for one, kind in typed.items()}

    def may(name: str, reading: Reading) -> bool:
        return is_number(reading.type) == (name in found.numbers) and family(reading.type) != "boolean"

    return Rules((), spelled, may, dict.fromkeys(found.numbers, SHORTEST))


def _describe(file: Path) -> Msg:
    if found := members.lists(file):
        return msg("an object with lists of objects: {names}", names=", ".join(found))
    return msg("an array of objects") if objects.form_of(file) == "array" else msg("objects one after another")
