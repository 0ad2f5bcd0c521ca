"""CSV and other delimited text files."""

from __future__ import annotations

import codecs
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from connectors.base import Connector, Look
from connectors.files import encoding, lines, place, reader, rejects
from connectors.files.dialect import LONGEST, LOOK, Dialect, one_long_line, sniff
from connectors.files.head import kept_as_text, weighed
from connectors.files.land import land_text, on_disk
from connectors.files.reader import NotUtf8, Uneven, plain_errors, rows
from connectors.files.write import write_file
from core.engines.duck import duck, fetch, rows_in
from core.errors import DataError
from core.models.source import Check, Column, Field, Item, Landed
from core.store.throwaway import throwaway
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
    group = "files"
    label: ClassVar[Msg] = msg("CSV")
    about: ClassVar[Msg] = msg("Delimited text: .csv, .tsv, .txt, also gzip")
    fields: ClassVar[tuple[Field, ...]] = (
        place.PATH,
        Field("encoding", msg("Encoding"), "choice", default="auto", choices=("auto", *encoding.ENCODINGS)),
        Field("delimiter", msg("Delimiter"), "choice", default="auto", choices=("auto", ",", ";", "tab", "|")),
        Field("quote", msg("Quotes"), "choice", default="auto", choices=("auto", '"', "'", "none")),
        Field("header", msg("First row is a header"), "choice", default="auto", choices=("auto", "yes", "no")),
    )
    capabilities: ClassVar[frozenset[str]] = frozenset({"read", "write", "browse", "files", "weighed"})

    def open(self) -> None:
        self._files = place.files_of(self.settings, SUFFIXES)

    def check(self) -> tuple[Check, ...]:
        return place.checks(self.settings, SUFFIXES, self._describe)

    def browse(self, path: tuple[str, ...] = ()) -> tuple[Item, ...]:
        return place.items(self._files)

    def schema(self, path: tuple[str, ...]) -> tuple[Column, ...]:
        return tuple(Column(name, "VARCHAR") for name in self._look(path).dialect.columns)

    def preview(self, path: tuple[str, ...], limit: int = 100) -> pa.Table:
        return self._first(self._look(path), limit)

    def look(self, path: tuple[str, ...], limit: int = 100) -> Look:
        look = self._look(path)
        return weighed(self._first(look, limit), look.reading, kept_as_text(self.kept_text))

    def _first(self, look: _Look, limit: int) -> pa.Table:
        # A page of rows is in the head that was looked at; ten thousand need more of the file.
        text, whole = _head_text(look.file, look.encoding.name, LOOK * max(1, limit // 500))
        # A line cut at the end of the head would read as a short row.
        text = text if whole else text[: max(text.rfind("\n"), 0) + 1]
        with throwaway("preview-") as folder, duck() as connection:
            head = folder / "head.csv"
            head.write_text(text, encoding="utf-8", newline="")
            query = exp.select("*").limit(limit)
            try:
                with plain_errors(look.file):
                    return fetch(connection, query.from_(rows(head, look.dialect)))
            except Uneven:
                head = lines.even(head, look.dialect.delimiter, look.dialect.quote, folder, Task())
                with _mended(look.file), plain_errors(look.file):
                    return fetch(connection, query.from_(rows(head, look.dialect)))

    def land(self, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
        look = self._look(path)
        before = look.file.stat()
        try:
            with _mended(look.file), on_disk(look.file):
                return self._try(look, folder, task)
        finally:
            place.same_file(before, look.file)

    def write(self, path, batches: Iterator[pa.RecordBatch], schema: pa.Schema, mode: str, task: Task, keys=()) -> str:
        return write_file(self.settings, batches, schema, mode, task, keys)

    def _try(self, look: _Look, folder: Path, task: Task, even: bool = False) -> Landed:
        """Land, and once more where the whole file shows what its head did not: another encoding, line ends of several kinds."""
        try:
            return self._land(look, folder, task, even)
        except NotUtf8:
            found = encoding.detect_whole(look.file, task)
            if found.name == look.encoding.name:
                raise
            return self._try(_Look(look.file, found, look.dialect), folder, task, even)
        except Uneven:
            if even:
                raise
            return self._try(look, folder, task, even=True)

    def _land(self, look: _Look, folder: Path, task: Task, even: bool) -> Landed:
        target, dialect = folder / "part-0.parquet", look.dialect
        with (
            _as_utf8(look, folder, task, even) as text,
            lines.counted(text) as total,
            duck(task, spill=folder.parent) as connection,
            plain_errors(look.file),
        ):
            columns = land_text(connection, rows(text, dialect), dialect.columns, target, task, kept_as_text(self.kept_text))
            self._mind_encoding(connection, look, task)
            if not even and reader.has_open_quotes(connection) and lines.mixed(text):
                raise Uneven
            ended = total()
            aside = rejects.rejected(connection, text, ended.end, folder, len(dialect.columns))
            count = rows_in(connection, target)
            known = count + aside.lines + dialect.lines_above
            if reader.all_placed(look.file, text, connection, target, columns, ended, known):
                columns = rejects.with_lines(columns, aside.taken, dialect.lines_above)
        if aside.rows and not count:
            raise reader.none_fits(look.file, len(dialect.columns), aside.first[0])
        notes = () if count else (msg("There is a header and no row below it."),)
        size = look.file.stat().st_size
        written = target.stat().st_size
        return Landed((str(target),), columns, count, written, size, look.reading, aside.rows, aside.first, aside.file, notes)

    def _mind_encoding(self, connection: duckdb.DuckDBPyConnection, look: _Look, task: Task) -> None:
        """Raises `NotUtf8` where lines were refused for their bytes and the whole file speaks for another encoding."""
        if self.settings.get("encoding", "auto") not in ("", "auto") or look.encoding.name not in ("utf-8", "utf-8-sig"):
            return
        refused = "SELECT count(*) FROM reject_errors WHERE error_type = 'INVALID ENCODING'"
        if connection.execute(refused).fetchall()[0][0] and encoding.detect_whole(look.file, task).name != "utf-8":
            raise NotUtf8

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


def _head_text(file: Path, name: str, count: int = LOOK) -> tuple[str, bool]:
    """The text of the head and whether it is the whole file; the head grows until a line below the first ends in it."""
    while True:
        head = encoding.head_of(file, count)
        whole = len(head) < count
        text = codecs.getincrementaldecoder(name)("replace").decode(head, final=whole)
        ends = text.count("\n") or text.count("\r")
        if whole or ends > 1 or (ends and count >= LONGEST):
            return text.replace("\x00", ""), whole
        if count >= LONGEST:
            raise one_long_line(file)
        count *= 8


@contextmanager
def _mended(file: Path) -> Iterator[None]:
    """What two attempts could not mend is an error after all."""
    try:
        yield
    except (NotUtf8, Uneven) as error:
        raise DataError(
            msg("{name} cannot be read as CSV", name=file.name),
            msg("Its encoding or its line ends change in the middle."),
            msg("Set the delimiter, the quotes, the encoding or the header by hand, or mend the file."),
        ) from error


@contextmanager
def _as_utf8(look: _Look, folder: Path, task: Task, even: bool) -> Iterator[Path]:
    """The file as UTF-8 text that DuckDB reads: itself, or a copy that is deleted afterwards."""
    with ExitStack() as stack:
        aside = Path(tempfile.mkdtemp(prefix="assay-", dir=folder.parent))
        stack.callback(shutil.rmtree, aside, ignore_errors=True)
        text = look.file
        if look.encoding.name not in ("utf-8", "utf-8-sig"):
            text = encoding.to_utf8(text, look.encoding.name, aside, task)
        if even:
            text = lines.even(text, look.dialect.delimiter, look.dialect.quote, aside, task)
        yield text
