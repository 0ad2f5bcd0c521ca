"""XML: the element that repeats is the row; its attributes and children are the columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa

from connectors.files import place
from connectors.files.choose import Rules
from connectors.files.land import out_of_disk
from connectors.files.parts import NESTED, NestedFiles, Rows
from connectors.markup import pieces
from connectors.markup.found import records
from connectors.markup.rows import Shredder
from connectors.markup.shape import ROW
from core.errors import DataError
from core.models.source import Check, Column, Field
from core.task import Task
from core.words import Msg, msg, plural

SUFFIXES = (".xml",)


class Xml(NestedFiles):
    """XML, a table for each element that repeats. Parts below a child, and children that repeat, are nested (STRUCT, LIST).

    Entities, external files and DTDs are never read: a file that needs them is refused.
    """

    kind: ClassVar[str] = "xml"
    group = "files"
    label: ClassVar[Msg] = msg("XML")
    about: ClassVar[Msg] = msg("The element that repeats is the row: .xml")
    fields: ClassVar[tuple[Field, ...]] = (
        place.PATH,
        Field("record", msg("Element of a row"), help=msg("Found by itself when left empty.")),
        NESTED,
    )
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "browse", "files", "inside", "parts", "weighed"})
    suffixes = SUFFIXES

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, self._describe)

    def inside(self, file: Path) -> tuple[str, ...]:
        said = str(self.settings.get("record") or "")
        return (said,) if said else records(file)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        found = self._head(path, 50)
        return tuple(Column(name, "VARCHAR") for name in found.column_names)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        if self._choice() != "json":
            return super().preview(path, limit)
        return self._head(path, limit)

    def rows(self, connection, file: Path, table: str, aside: Path, task: Task, most: int | None) -> Rows:
        record, why = self._record(file, table)
        total = max(file.stat().st_size, 1)

        def seen(count: int) -> None:
            task.at(min(0.7 * count / total, 0.7), msg("Reading {name}: every element is checked", name=file.name))

        written, shredder = pieces.write(file, record, aside, seen, most)
        if not written.groups or not shredder.shape.nodes[ROW].fields:
            raise _no_rows(file, record)
        rows, types = pieces.as_one(connection, written, shredder)
        return Rows(rows, types, _rules, (("record", record, why),), _notes(shredder))

    @contextmanager
    def said(self, file: Path) -> Iterator[None]:
        """DuckDB reads only what this module wrote: where it fails, the disk is full."""
        try:
            yield
        except duckdb.IOException as error:
            raise out_of_disk(error) or place.unreadable(file, OSError(None, str(error).split("\n")[0][:200])) from error

    def _record(self, file: Path, table: str) -> tuple[str, Msg]:
        if table:
            return table, msg("one of the elements that repeat")
        if said := str(self.settings.get("record") or ""):
            return said, msg("as you said")
        return records(file)[0], msg("the element that repeats most")

    def _head(self, path: tuple[str, ...], limit: int) -> pa.Table:
        """The first rows, all text as it is."""
        file = place.file_named(self._files, path[:1])
        found, shredder = pieces.head(file, self._record(file, path[1] if len(path) > 1 else "")[0], limit)
        if not found:
            return pa.table({})
        # Of pieces with different types only the last has all parts.
        whole = pa.concat_tables([one for one in found if one.schema == found[-1].schema]).slice(0, limit)
        row = shredder.shape.nodes[ROW]
        places = [str(list(row.fields).index(part)) for part, _ in row.ordered()]
        return whole.select(places).rename_columns([shown for _, shown in row.ordered()])

    def _describe(self, file: Path) -> Msg:
        record, _ = self._record(file, "")
        with Xml({"path": str(file), "record": record}) as one:
            width = len(one._head((file.name,), 1).column_names)
        return plural("rows are <{record}> with {n} part", "rows are <{record}> with {n} parts", n=width, record=record)


def _rules(typed: Mapping[str, str]) -> Rules:
    return Rules(typed=typed)


def _notes(shredder: Shredder) -> tuple[Msg, ...]:
    kept = ["/".join(shredder.shape.path(node.number)) for node in shredder.shape.nodes if node.kept]
    if not kept:
        return ()
    return (
        plural(
            "{n} part is kept as XML, because it nests without end or its names are data: {names}",
            "{n} parts are kept as XML, because they nest without end or their names are data: {names}",
            n=len(kept),
            names=", ".join(kept[:5]),
        ),
    )


def _no_rows(file: Path, record: str) -> DataError:
    return DataError(
        msg("{name} has no element {record} with anything in it", name=file.name, record=record),
        msg("Not one row was found."),
        msg("Name the element of a row in the settings of the file."),
    )
