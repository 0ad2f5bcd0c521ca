"""CSV and other delimited text files."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
from sqlglot import exp

from connectors.base import Connector, Look
from connectors.files import encoding, place, tabular
from connectors.files.dialect import LONGEST, LOOK, one_long_line, sections, sniff
from connectors.files.head import weighed
from connectors.files.land import on_disk
from connectors.files.reader import NotUtf8, Uneven, plain_errors, rows
from connectors.files.tabular import Seen
from connectors.files.write import write_file
from core.engines.duck import duck, fetch
from core.models.source import Check, Column, Field, Item, Landed
from core.store.throwaway import throwaway
from core.task import Task
from core.words import Msg, msg, plural

SUFFIXES = (".csv", ".tsv", ".txt")
FIELDS = (
    Field("encoding", msg("Encoding"), "choice", default="auto", choices=("auto", *encoding.ENCODINGS)),
    Field(
        "delimiter",
        msg("Delimiter"),
        default="auto",
        example='auto ; tab || \\x01 ", "',
        help=msg("One to four signs, or a word such as tab; in double quotes where spaces count."),
    ),
    Field("quote", msg("Quotes"), "choice", default="auto", choices=("auto", '"', "'", "none")),
    Field("escape", msg("Quotes inside cells"), "choice", default="auto", choices=("auto", "doubled", "backslash"), advanced=True),
    Field("header", msg("First row is a header"), "choice", default="auto", choices=("auto", "yes", "no")),
    Field("header_rows", msg("Rows of the header"), example="2", help=msg("How many rows hold the names; empty to have it found.")),
    Field("header_join", msg("Sign between names"), "choice", default=" / ", choices=(" / ", "_", "."), help=msg("Joins the names of a header of several rows."), advanced=True),
    Field("skip", msg("Lines above the table"), example="3", help=msg("They are passed over; empty to have it found.")),
    Field("footer", msg("Lines below the table"), example="1", help=msg("They are passed over; 0 for none, empty to have it found."), advanced=True),
    Field("comment", msg("Sign of comments"), default="auto", example="#", help=msg("Lines that begin with it are no rows; none for no such lines."), advanced=True),
    Field("tables", msg("Tables in the file"), "choice", default="auto", choices=("auto", "one"), advanced=True),
    Field("short_rows", msg("Rows with too few cells"), "choice", default="set aside", choices=("set aside", "fill with nulls")),
    Field("zero_bytes", msg("Lines with zero bytes"), "choice", default="set aside", choices=("set aside", "drop"), advanced=True),
    Field("nulls", msg("Texts for null"), default="auto", example="NA, NULL, -", help=msg("Parted by commas. They are null in columns of text too; none for empty cells only.")),
    Field("dates", msg("Order of day and month"), "choice", default="auto", choices=("auto", "day first", "month first")),
    Field("numbers", msg("Decimal mark"), "choice", default="auto", choices=("auto", "decimal comma", "decimal point")),
    Field(
        "types",
        msg("Types of columns"),
        example="code=text; amount=DECIMAL(18,2); day=day first",
        help=msg("column=type, parted by semicolons. A type that would lose a cell is refused with the cell."),
    ),
)  # fmt: skip


class Csv(Connector):
    """Delimited text. A path is (file,), or (file, table) where a file holds several. All that is found can be said instead."""

    kind: ClassVar[str] = "csv"
    group = "files"
    label: ClassVar[Msg] = msg("CSV")
    about: ClassVar[Msg] = msg("Delimited text: .csv, .tsv, .txt, also gzip")
    fields: ClassVar[tuple[Field, ...]] = (place.PATH, *FIELDS)
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "files", "inside", "weighed"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, self._describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        """The files, or the tables of one that holds several, by its head (see `connectors.files.sections`)."""
        if not path:
            return place.items(self._files)
        file = place.file_named(self._files, path[:1])
        found = encoding.detect(file, str(self.settings.get("encoding") or ""))
        text, whole = _head_text(file, found.name)
        return tuple(Item((file.name, one.name), "table") for one in sections(file, text, whole, self.settings))

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        return tuple(Column(name, "VARCHAR") for name in self._look(path).dialect.columns)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        return self._first(self._look(path), limit)

    def look(self, path: tuple[str, ...], limit: int = 100) -> Look:
        look = self._look(path)
        rules = tabular.rules_of(look.dialect, self.settings, self.kept_text)
        return weighed(self._first(look, limit), look.reading, rules)

    def _first(self, look: Seen, limit: int) -> pa.Table:
        # A page of rows is in the head that was looked at; ten thousand need more of the file.
        text, whole = _head_text(look.file, look.encoding.name, LOOK * max(1, limit // 500))
        # A line cut at the end of the head would read as a short row.
        text = text if whole else text[: max(text.rfind("\n"), 0) + 1]
        with throwaway("preview-") as folder, duck() as connection:
            head = folder / "head.csv"
            head.write_text(text, encoding="utf-8", newline="")
            shown = Seen(head, encoding.Encoding("utf-8", look.encoding.evidence), look.dialect, look.tables)
            if "\x00" in text:
                shown = shown.with_plan(zeros="drop" if self.settings.get("zero_bytes") == "drop" else "aside")
            for attempt in (shown, shown.with_plan(even=True)):
                try:
                    with tabular.prepared(attempt, self.settings, folder, Task()) as (ready, _, _), plain_errors(look.file):
                        return fetch(connection, exp.select("*").limit(limit).from_(rows(ready, look.dialect)))
                except (Uneven, NotUtf8) as error:
                    failed = error
            raise tabular.cannot_be_mended(look.file) from failed

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        look = self._look(path)
        before = look.file.stat()
        try:
            with on_disk(look.file):
                return tabular.land(look, self.settings, folder, task, self.kept_text)
        finally:
            place.same_file(before, look.file)

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        return write_file(self.settings, batches, schema, mode, task, keys)

    def _look(self, path: tuple[str, ...]) -> Seen:
        """What the head of a file tells."""
        file, table = place.file_named(self._files, path[:1]), path[1] if len(path) > 1 else ""
        found = encoding.detect(file, str(self.settings.get("encoding") or ""))
        text, whole = _head_text(file, found.name)
        dialect = sniff(file, text.replace("\x00", ""), whole, self.settings, table)
        return Seen(file, found, dialect, () if table else dialect.tables)

    def _describe(self, file: Path) -> Msg:
        self._files = (file,)
        look = self._look(())
        return plural(
            "{n} column, {encoding}, delimiter {delimiter}",
            "{n} columns, {encoding}, delimiter {delimiter}",
            n=len(look.dialect.columns),
            encoding=look.encoding.name,
            delimiter=look.dialect.reading[0][1],
        )


def _head_text(file: Path, name: str, count: int = LOOK) -> tuple[str, bool]:
    """The text of the head and whether it is the whole file; the head grows until a line below the first ends in it."""
    while True:
        head = encoding.head_of(file, count)
        whole = len(head) < count
        text = codecs.getincrementaldecoder(name)("replace").decode(head, final=whole)
        ends = text.count("\n") or text.count("\r")
        if whole or ends > 1 or (ends and count >= LONGEST):
            return text, whole
        if count >= LONGEST:
            raise one_long_line(file)
        count *= 8
