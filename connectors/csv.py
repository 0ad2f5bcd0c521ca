"""CSV and other delimited text files."""

from __future__ import annotations

import codecs
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from connectors.base import Connector
from connectors.files import encoding, place
from connectors.files.dialect import LONGEST, LOOK, Dialect, one_long_line, sniff
from connectors.files.land import land_text, out_of_disk
from connectors.files.write import write_file
from core.engines.duck import duck, fetch
from core.errors import DataError
from core.models.source import Check, Column, Field, Item, Landed, Reject
from core.task import Task
from core.words import Msg, msg, plural

SUFFIXES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class _Look:
    """What the head of a file tells."""

    file: Path
    encoding: encoding.Encoding
    dialect: Dialect

    @property
    def reading(self) -> tuple[tuple[str, str, Msg], ...]:
        return (("encoding", self.encoding.name.removesuffix("-sig"), self.encoding.evidence), *self.dialect.reading)


class Csv(Connector):
    """Delimited text, one table a file. The encoding, the delimiter and the header are found, shown, and can be said instead."""

    kind: ClassVar[str] = "csv"
    label: ClassVar[Msg] = msg("CSV")
    about: ClassVar[Msg] = msg("Delimited text: .csv, .tsv, .txt, also gzip")
    fields: ClassVar[tuple[Field, ...]] = (
        place.PATH,
        Field("encoding", msg("Encoding"), "choice", default="auto", choices=("auto", *encoding.ENCODINGS)),
        Field("delimiter", msg("Delimiter"), "choice", default="auto", choices=("auto", ",", ";", "tab", "|")),
        Field("header", msg("First row is a header"), "choice", default="auto", choices=("auto", "yes", "no")),
    )
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "files"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, self._describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        return place.items(self._files)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        return tuple(Column(name, "VARCHAR") for name in self._look(path).dialect.columns)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        look = self._look(path)
        with tempfile.TemporaryDirectory(prefix="assay-") as folder, duck() as connection, _plain_errors(look.file):
            head = Path(folder) / "head.csv"
            text = _head_text(look.file, look.encoding.name)[0]
            # A line cut at the end of the head would read as a short row.
            head.write_text(text[: max(text.rfind("\n"), 0) + 1] if len(text) >= LOOK else text, encoding="utf-8", newline="")
            return fetch(connection, exp.select("*").from_(_rows(head, look.dialect)).limit(limit))

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        look = self._look(path)
        before = look.file.stat()
        try:
            return self._land(look, folder, task)
        except _NotUtf8:
            # The head was ASCII or valid; a byte further down is not. What the whole file is in, its bytes tell.
            found = (
                encoding.Encoding("cp1251", msg("a byte further down is not UTF-8"))
                if look.encoding.name == "utf-8"
                else look.encoding
            )
            return self._land(_Look(look.file, found, look.dialect), folder, task)
        finally:
            place.same_file(before, look.file)

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task) -> str:
        return write_file(Path(str(self.settings["path"])).expanduser(), batches, schema, mode, task)

    def _land(self, look: _Look, folder: Path, task: Task) -> Landed:
        target = folder / "part-0.parquet"
        with _as_utf8(look, folder, task) as text, duck(task, spill=folder.parent) as connection, _plain_errors(look.file):
            columns = land_text(connection, _rows(text, look.dialect, rejects=True), look.dialect.columns, target, task)
            rejected, rejects, file = _rejects(connection, folder)
            rows = connection.execute("SELECT count(*) FROM read_parquet($file)", {"file": str(target)}).fetchall()[0][0]
        notes = () if rows else (msg("There is a header and no row below it."),)
        size = look.file.stat().st_size
        return Landed((str(target),), columns, rows, target.stat().st_size, size, look.reading, rejected, rejects, file, notes)

    def _look(self, path: tuple[str, ...]) -> _Look:
        file = place.file_named(self._files, path)
        found = encoding.detect(file, str(self.settings.get("encoding") or ""))
        text, whole = _head_text(file, found.name)
        return _Look(file, found, sniff(file, text, whole, self.settings))

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


def _head_text(file: Path, name: str) -> tuple[str, bool]:
    """The text of the head and whether it is the whole file; the head grows until a line ends in it."""
    count = LOOK
    while True:
        head = encoding.head_of(file, count)
        whole = len(head) < count
        text = codecs.getincrementaldecoder(name)("replace").decode(head, final=whole)
        if whole or "\n" in text or "\r" in text:
            return text.replace("\x00", ""), whole
        if count >= LONGEST:
            raise one_long_line(file)
        count *= 8


class _NotUtf8(Exception):
    """A byte further down is not UTF-8."""


@contextmanager
def _plain_errors(file: Path) -> Iterator[None]:
    """DuckDB's words about a CSV in ours."""
    try:
        yield
    except duckdb.IOException as error:
        raise (out_of_disk(error) or place.unreadable(file, OSError(str(error).split("\n")[0][:200]))) from error
    except duckdb.InvalidInputException as error:
        text = str(error)
        if "unicode" in text.lower() or "utf-8" in text.lower() or "INVALID ENCODING" in text:
            raise _NotUtf8 from error
        raise DataError(
            msg("{name} cannot be read as CSV", name=file.name),
            msg("The reader said: {error}", error=text.split("\n")[0][:300]),
            msg("Set the delimiter, the encoding or the header by hand, or mend the file."),
        ) from error


@contextmanager
def _as_utf8(look: _Look, folder: Path, task: Task) -> Iterator[Path]:
    """The file as UTF-8 text that DuckDB reads: itself, or a copy that is deleted afterwards."""
    if look.encoding.name in ("utf-8", "utf-8-sig") and look.file.suffix.lower() != ".zst":
        yield look.file
        return
    aside = Path(tempfile.mkdtemp(prefix="assay-", dir=folder.parent))
    try:
        yield encoding.to_utf8(look.file, look.encoding.name, aside, task)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _rows(file: Path, dialect: Dialect, rejects: bool = True) -> exp.Expression:
    """`read_csv(…)` with everything said and nothing guessed, all cells as text."""
    columns = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.Literal.string(name), expression=exp.Literal.string("VARCHAR")) for name in dialect.columns
        ]
    )
    options: dict[str, exp.Expression] = {
        "auto_detect": exp.false(),
        "columns": columns,
        "delim": exp.Literal.string(dialect.delimiter),
        "quote": exp.Literal.string(dialect.quote),
        "escape": exp.Literal.string(dialect.escape),
        "header": exp.true() if dialect.header else exp.false(),
        "store_rejects": exp.true(),
        "max_line_size": exp.Literal.number(LONGEST),
        "allow_quoted_nulls": exp.false(),
    }
    packed = file.name.lower().endswith(".gz")
    options["compression"] = exp.Literal.string("gzip" if packed else "none")
    arguments = [exp.EQ(this=exp.to_identifier(key), expression=setting) for key, setting in options.items()]
    return exp.Anonymous(this="read_csv", expressions=[exp.Literal.string(str(file)), *arguments])


def _rejects(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[int, tuple[Reject, ...], str]:
    """Rows that could not be placed: how many, the first of them, and a file with all."""
    found = "SELECT DISTINCT line, csv_line, error_message FROM reject_errors ORDER BY line"
    count = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchall()[0][0]
    if not count:
        return 0, (), ""
    file = folder / "rejects.csv"
    connection.sql(found).write_csv(str(file), header=True)
    first = connection.execute(found + " LIMIT 50").fetchall()
    rejects = tuple(Reject(int(line), (text or "")[:500], msg("{reason}", reason=reason)) for line, text, reason in first)
    return count, rejects, str(file)
