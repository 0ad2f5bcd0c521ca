"""Excel workbooks: every sheet is a table.

Read by calamine, which is ten times as fast as openpyxl but makes nothing of errors of formulas (`#N/A`): a workbook that holds one is
read by openpyxl, so that no cell is lost.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine
from openpyxl.utils.exceptions import InvalidFileException
from sqlglot import exp

from connectors.base import Connector, Look
from connectors.files import place
from connectors.files.dialect import unique
from connectors.files.land import copy_to, on_disk
from core.engines.duck import column, duck, fetch, parquet, rows_in
from core.errors import ConnectError, DataError
from core.models.source import Check, Column, Field, Item, Landed, LandedColumn, Refusal
from core.task import Task
from core.words import Msg, msg, plural

SUFFIXES = (".xlsx", ".xlsm")
HEAD = 50  # rows that show where the table begins
NEARLY = 0.6  # the share of the widest row that the first row of the table fills
BATCH = 20_000
LARGEST = 8 * 2**30  # bytes a workbook may unpack to; Excel's own limit of cells stays far below
GLANCE = 4 * 2**20  # bytes of a sheet in which a preview looks for errors of formulas
WHOLE = 2**53  # up to here a double is one whole number
DRAWN = b"<!DOCTYPE"

Cell = Any
Row = tuple[Cell, ...]


@dataclass(slots=True)
class _Seen:
    """What was met in a column: kinds of cells with the first row (from 1) and text of each."""

    kinds: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, kind: str, row: int, text: str) -> None:
        if kind not in self.kinds:
            self.kinds[kind] = (row, text)

    @property
    def type(self) -> str:
        """The DuckDB type that holds every cell as it is."""
        kinds = frozenset(self.kinds)
        return next((type_ for known, type_ in _TYPES if kinds and kinds <= known), "VARCHAR")

    @property
    def refused(self) -> Refusal | None:
        """The first text in a column of something else: often an error of a formula."""
        others = frozenset(self.kinds) - {"text"}
        if "text" not in self.kinds or not others:
            return None
        wanted = next((type_ for known, type_ in _TYPES if others <= known), "")
        row, cell = self.kinds["text"]
        return Refusal(wanted, row, cell) if wanted else None


_TYPES = (
    (frozenset({"whole"}), "BIGINT"),
    (frozenset({"whole", "fraction"}), "DOUBLE"),
    (frozenset({"yes"}), "BOOLEAN"),
    (frozenset({"day"}), "DATE"),
    (frozenset({"day", "moment"}), "TIMESTAMP"),
    (frozenset({"time"}), "TIME"),
)


@dataclass(frozen=True, slots=True)
class _Start:
    """Where the table begins in its sheet: rows above it, whether its first row names the columns, the names, and why."""

    above: int
    header: bool
    names: tuple[str, ...]
    why: Msg


class Excel(Connector):
    """A path is (file, sheet)."""

    kind: ClassVar[str] = "excel"
    group = "files"
    label: ClassVar[Msg] = msg("Excel")
    about: ClassVar[Msg] = msg("Workbooks, a table a sheet: .xlsx, .xlsm")
    fields: ClassVar[tuple[Field, ...]] = (
        place.PATH,
        Field("header", msg("First row is a header"), "choice", default="auto", choices=("auto", "yes", "no")),
    )
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "browse", "files", "inside"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, _describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """The workbooks, or the sheets of one."""
        if not path:
            return tuple(Item(item.path, "folder", bytes=item.bytes) for item in place.items(self._files))
        file = place.file_named(self._files, path[:1])
        return tuple(Item((file.name, name), "table") for name in sheets(file))

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        found = self.preview(path, HEAD)
        with duck() as connection:
            rows = connection.from_arrow(found)
            return tuple(Column(name, str(kind)) for name, kind in zip(rows.columns, rows.types))

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        return self.look(path, limit).rows

    def look(self, path: tuple[str, ...], limit: int = 100) -> Look:
        with (
            self._rows(path, GLANCE) as (start, rows),
            tempfile.TemporaryDirectory(prefix="assay-") as folder,
            duck() as connection,
        ):
            file = Path(folder) / "head.parquet"
            seen, _, _ = _spool(islice(rows, max(limit, 1)), start, file, Task())
            shown = fetch(connection, _typed(file, start.names, seen).limit(limit))
        return Look(shown, _columns(start, seen), _reading(start), sure=False)

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        file, target = place.file_named(self._files, path[:1]), folder / "part-0.parquet"
        before = file.stat()
        try:
            with (
                on_disk(file),
                tempfile.TemporaryDirectory(prefix="assay-", dir=folder.parent) as aside,
                self._rows(path) as (start, rows),
                duck(task, spill=folder.parent) as connection,
            ):
                spool = Path(aside) / "cells.parquet"
                seen, count, blank = _spool(rows, start, spool, task.part(0.0, 0.8))
                copy_to(
                    connection, _typed(spool, start.names, seen), target, task.part(0.8, 1.0), msg("Putting the types in place")
                )
                assert rows_in(connection, target) == count
        finally:
            place.same_file(before, file)
        notes = [msg("There is a header and no row below it.")] if not count else []
        if blank:
            notes.append(
                plural("{n} blank row between the rows was left out.", "{n} blank rows between the rows were left out.", n=blank)
            )
        size = target.stat().st_size
        return Landed((str(target),), _columns(start, seen), count, size, before.st_size, _reading(start), notes=tuple(notes))

    @contextmanager
    def _rows(self, path: tuple[str, ...], glance: int | None = None) -> Iterator[tuple[_Start, Iterator[Row]]]:
        """Where the table of a sheet begins, and its rows from there; `glance` is how much is searched for errors of formulas."""
        file = place.file_named(self._files, path[:1])
        with plain_errors(file), _cells(file, path, glance) as (name, rows):
            head = list(islice(rows, HEAD))
            start = _start(file, name, head, str(self.settings.get("header") or "auto"))
            yield start, islice(chain(head, rows), start.above + start.header, None)


def _columns(start: _Start, seen: list[_Seen]) -> tuple[LandedColumn, ...]:
    return tuple(LandedColumn(Column(name, one.type), "", one.refused) for name, one in zip(start.names, seen))


def _reading(start: _Start) -> tuple[tuple[str, str, Msg], ...]:
    header = ("header", "yes" if start.header else "no", start.why)
    if not start.above:
        return (header,)
    return (header, ("skipped", str(start.above), msg("the rows above the table fill fewer cells than its columns")))


@contextmanager
def _cells(file: Path, path: tuple[str, ...], glance: int | None) -> Iterator[tuple[str, Iterator[Row]]]:
    """The sheet that a path means, and its rows by whoever reads all of it."""
    _sound(place.readable(file))
    if _has_errors(file, glance):
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            name = _sheet_of(file, path, [sheet.title for sheet in book.worksheets])
            yield name, book[name].iter_rows(values_only=True)
        finally:
            book.close()
        return
    with calamine.load_workbook(str(file)) as fast:
        name = _sheet_of(file, path, _names(fast))
        yield name, map(_row, fast.get_sheet_by_name(name).iter_rows())


def _row(cells: list[Cell]) -> Row:
    """A row as openpyxl gives it: nothing where a cell is empty, whole numbers where Excel shows no fraction."""
    return tuple(
        None if cell == "" else int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) < WHOLE else cell
        for cell in cells
    )


def _has_errors(file: Path, glance: int | None) -> bool:
    """Whether a cell of a sheet is the error of a formula (its type is `e`), in the first `glance` bytes of each or in all."""
    with zipfile.ZipFile(file) as packed:
        for part in packed.infolist():
            if "worksheets/" in part.filename:
                with packed.open(part) as opened:
                    tail, left = b"", glance if glance is not None else part.file_size
                    while left > 0 and (piece := opened.read(min(2**20, left))):
                        if any(mark in tail + piece for mark in (b't="e"', b"t='e'")):
                            return True
                        tail, left = piece[-8:], left - len(piece)
    return False


def sheets(file: Path) -> tuple[str, ...]:
    """The sheets of a workbook that hold something."""
    with plain_errors(file):
        _sound(place.readable(file))
        with zipfile.ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist())
        with calamine.load_workbook(str(file)) as book:
            names = _names(book)
            # A sheet is read whole to see that it is empty: of large workbooks all are shown.
            return tuple(name for name in names if size > GLANCE or book.get_sheet_by_name(name).height)


def _names(book: Any) -> list[str]:
    return [sheet.name for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]


def _sheet_of(file: Path, path: tuple[str, ...], names: list[str]) -> str:
    if len(path) > 1 and path[1] in names:
        return path[1]
    found = sheets(file) if len(path) < 2 else ()
    if len(found) != 1:
        raise ConnectError(
            msg("There is no sheet {name} in {file}", name=path[1] if len(path) > 1 else "—", file=file.name),
            msg("It has {names}.", names=", ".join(names)),
            msg("Browse the workbook and pick a sheet."),
        )
    return found[0]


def _start(file: Path, sheet: str, head: list[Row], said: str) -> _Start:
    """Raises `DataError` for a sheet with nothing in it."""
    filled = [sum(cell is not None for cell in row) for row in head]
    if not any(filled):
        raise DataError(
            msg("The sheet {name} of {file} is empty", name=sheet, file=file.name),
            msg("No cell in its first {n} rows holds anything.", n=HEAD),
            msg("Pick another sheet."),
        )
    above = next(place for place, count in enumerate(filled) if count >= NEARLY * max(filled))
    first = head[above]
    width = max(len(row) - next(n for n, cell in enumerate((*reversed(row), 0)) if cell is not None) for row in head)
    texts = [cell for cell in first if cell is not None]
    if said in ("yes", "no"):
        header, why = said == "yes", msg("as you said")
    elif all(isinstance(cell, str) for cell in texts):
        header, why = True, msg("the first row reads like names")
    else:
        header, why = False, msg("the first row holds values")
    names = [_text(first[n]).strip() if header and n < len(first) and first[n] is not None else "" for n in range(width)]
    return _Start(above, header, unique([name or f"column_{n}" for n, name in enumerate(names, 1)]), why)


def _spool(rows: Iterator[Row], start: _Start, file: Path, task: Task) -> tuple[list[_Seen], int, int]:
    """Write the cells as text under numbered columns; what was met in each, the rows, and blank rows among them."""
    width = len(start.names)
    seen = [_Seen() for _ in range(width)]
    schema = pa.schema([(str(number), pa.string()) for number in range(width)])
    count = blank = waiting = 0
    with pq.ParquetWriter(file, schema, compression="snappy") as writer:
        while chunk := list(islice(rows, BATCH)):
            held: list[list[str | None]] = [[] for _ in range(width)]
            for row in chunk:
                if all(cell is None for cell in row):
                    waiting += 1  # blank rows at the end are no rows
                    continue
                blank, waiting, count = blank + waiting, 0, count + 1
                for number in range(width):
                    cell = row[number] if number < len(row) else None
                    text = None if cell is None else _text(cell)
                    held[number].append(text)
                    if text is not None:
                        seen[number].add(_kind(cell), count, text)
            writer.write_batch(pa.record_batch([pa.array(cells, pa.string()) for cells in held], schema=schema))
            task.at(min(0.99, count / (count + 200_000)), msg("{n} rows read", n=count))
    return seen, count, blank


def _kind(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes"
    if isinstance(cell, int):
        return "whole" if -(2**63) <= cell < 2**63 else "text"
    if isinstance(cell, float):
        return "fraction"
    if isinstance(cell, dt.datetime):
        return "moment" if cell.time() != dt.time() else "day"
    if isinstance(cell, dt.date):
        return "day"
    return "time" if isinstance(cell, dt.time) else "text"


def _text(cell: Cell) -> str:
    """A cell as text that DuckDB reads back as the same value."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)


def _typed(file: Path, names: tuple[str, ...], seen: list[_Seen]) -> exp.Select:
    selected = [
        exp.alias_(exp.cast(column(str(number)), one.type, dialect="duckdb"), name, quoted=True)
        for number, (name, one) in enumerate(zip(names, seen))
    ]
    return exp.select(*selected).from_(parquet([file]))


def _sound(file: Path) -> None:
    """Refuse what would unpack to gigabytes, or make text of entities."""
    with zipfile.ZipFile(file) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST:
            raise _damaged(file, "it unpacks to more than a workbook can hold")
        for part in packed.infolist():
            if part.filename.endswith((".xml", ".rels")):
                with packed.open(part) as opened:
                    if DRAWN in opened.read(4096).upper():
                        raise _damaged(file, "a part of it declares a document type")


@contextmanager
def plain_errors(file: Path) -> Iterator[None]:
    """What the readers and their parts say of a workbook, in our words."""
    try:
        yield
    except (
        calamine.CalamineError,
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        TypeError,
        SyntaxError,
        EOFError,
    ) as error:
        raise _damaged(file, type(error).__name__) from error


def _damaged(file: Path, said: str) -> DataError:
    return DataError(
        msg("{name} is not a whole Excel workbook", name=file.name),
        msg("The reader said: {error}", error=said),
        msg(
            "Open it in Excel or LibreOffice and save it as .xlsx without a password; it may be cut off or of an older kind (.xls)."
        ),
    )


def _describe(file: Path) -> Msg:
    found = sheets(file)
    return plural("{n} sheet: {names}", "{n} sheets: {names}", n=len(found), names=", ".join(found[:6]))
