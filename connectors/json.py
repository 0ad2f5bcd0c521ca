"""JSON: an array of objects, one object, or one object a line (NDJSON)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from connectors.base import Connector
from connectors.files import encoding, place
from connectors.files.land import copy_to, out_of_disk
from connectors.files.write import write_file
from core.engines.duck import duck, fetch, sql
from core.errors import DataError
from core.models.source import Check, Column, Field, Item, Landed, LandedColumn
from core.task import Task
from core.words import Msg, msg

SUFFIXES = (".json", ".ndjson", ".jsonl")
LOOK = 4 << 20
OBJECT = 32_000_000


class Json(Connector):
    """JSON, one table a file. Nested parts stay nested (STRUCT, LIST); text stays text, also where it looks like a number or a date."""

    kind: ClassVar[str] = "json"
    label: ClassVar[Msg] = msg("JSON")
    about: ClassVar[Msg] = msg("Arrays of objects, single objects, or one object a line: .json, .ndjson")
    fields: ClassVar[tuple[Field, ...]] = (place.PATH,)
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "files"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, _describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        return place.items(self._files)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        file = place.file_named(self._files, path)
        with duck() as connection:
            return _columns(connection, _rows(file, _form(file), sample=2048), file)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        file = place.file_named(self._files, path)
        form = _form(file)
        with duck() as connection:
            try:
                return fetch(connection, exp.select("*").from_(_rows(file, form, sample=2048)).limit(limit))
            except (duckdb.InvalidInputException, duckdb.IOException) as error:
                raise _not_json(file, error) from error

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        file, target = place.file_named(self._files, path), folder / "part-0.parquet"
        before, form = file.stat(), _form(file)
        try:
            with duck(task, spill=folder.parent) as connection:
                task.at(0.0, msg("Looking at every object of {name}", name=file.name))
                # sample_size = -1: the types are those that hold for every object, not only for the first ones.
                rows = _rows(file, form, sample=-1)
                columns = _columns(connection, rows, file)
                copy_to(connection, exp.select("*").from_(rows), target, task, msg("Reading {name}", name=file.name))
                count = connection.execute("SELECT count(*) FROM read_parquet($file)", {"file": str(target)}).fetchall()[0][0]
        except (duckdb.InvalidInputException, duckdb.IOException) as error:
            place.same_file(before, file)
            raise (out_of_disk(error) or _not_json(file, error)) from error
        place.same_file(before, file)
        reading = (("form", form, msg("by the first sign of the file")),)
        return Landed((str(target),), tuple(map(LandedColumn, columns)), count, target.stat().st_size, before.st_size, reading)

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task) -> str:
        return write_file(Path(str(self.settings["path"])).expanduser(), batches, schema, mode, task)


def _form(file: Path) -> str:
    """`array`, or `objects` one after another (NDJSON, or a single object). Raises `DataError` for what is neither."""
    head = encoding.head_of(file, LOOK)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:4096]:
        raise _no_json(file, msg("It is not UTF-8 text; JSON between systems is UTF-8 (RFC 8259)."))
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"[":
        return "array"
    if first == b"{":
        return "objects"
    raise _no_json(file, msg("It begins with neither an object nor an array of objects."))


def _rows(file: Path, form: str, sample: int) -> exp.Expression:
    """`read_json(…)`. Dates and codes in text are left as text: what JSON calls a string is one."""
    line_wise = form == "objects" and _one_a_line(file)
    options: dict[str, exp.Expression] = {
        "format": exp.Literal.string("array" if form == "array" else "newline_delimited" if line_wise else "unstructured"),
        "sample_size": exp.Literal.number(sample) if sample > 0 else exp.Neg(this=exp.Literal.number(-sample)),
        "maximum_object_size": exp.Literal.number(OBJECT),
        "dateformat": exp.Literal.string("%Y-%m-%d"),
        "timestampformat": exp.Literal.string("%Y-%m-%dT%H:%M:%SZ"),
        "convert_strings_to_integers": exp.false(),
        "map_inference_threshold": exp.Neg(this=exp.Literal.number(1)),
    }
    arguments = [exp.EQ(this=exp.to_identifier(key), expression=setting) for key, setting in options.items()]
    return exp.Anonymous(this="read_json", expressions=[exp.Literal.string(str(file)), *arguments])


def _one_a_line(file: Path) -> bool:
    """Whether the first line of the file is a whole object: then it is one object a line."""
    line = encoding.head_of(file, LOOK).lstrip().split(b"\n", 1)[0].strip()
    return line.startswith(b"{") and line.endswith(b"}") and line.count(b"{") == line.count(b"}")


def _columns(connection: duckdb.DuckDBPyConnection, rows: exp.Expression, file: Path) -> tuple[Column, ...]:
    try:
        found = connection.sql(sql(exp.select("*").from_(rows)))
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        raise _not_json(file, error) from error
    return tuple(Column(name, str(kind)) for name, kind in zip(found.columns, found.types))


def _not_json(file: Path, error: Exception) -> DataError:
    """DuckDB's words about malformed JSON, without its file names and advice."""
    text = re.sub(r'"?[^"\s]*' + re.escape(file.name) + r'"?', file.name, str(error).split("\n")[0])
    return _no_json(file, msg("The reader said: {error}", error=text.split(" Try ")[0][:300]))


def _no_json(file: Path, why: Msg) -> DataError:
    return DataError(
        msg("{name} is not valid JSON", name=file.name),
        why,
        msg("Check how it was made; a JSON file holds an array of objects, or one object a line."),
    )


def _describe(file: Path) -> Msg:
    form = _form(file)
    return msg("an array of objects") if form == "array" else msg("objects one after another")
