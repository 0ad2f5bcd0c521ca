"""A plain CSV to Parquet in one pass of machine code (`plain.cpp`), where that can prove every cell: the quick way of `tabular`.

Plain is what programs write: UTF-8, quotes doubled, every row as wide as the table, every cell in the spelling its value is written back in.
At the first cell that is anything else the work is given up, nothing is kept, and DuckDB reads the file in the way that knows all the rest.
Both ways give the same rows, which the tests hold them to. One thread reads and proves while another writes.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.files import encoding
from connectors.files.choose import Choice, Rules
from connectors.files.dialect import LONGEST, Dialect
from connectors.files.land import PARQUET, rows_of_group
from connectors.files.readings import DAY, DOUBLE, EXPONENT, FLOAT, MOMENTS, TRUTH, WHOLE, Reading, decimal
from core.models.types import decimal as precision
from core.models.types import family
from core.task import Task
from core.words import msg

VERSION = 1
LIBRARY = Path(sys.prefix, "plain.so")
PAD = 64
PIECE = 2 * LONGEST
"""Bytes of text at most that are read at once; a row fits in it, as the reader of DuckDB takes none that is longer than `LONGEST`."""

DELIMITERS = ",;\t|"
MOST_WORDS, SLOTS = 256, 1024
FEW = 200
"""A column of so many different values at most in its first piece is written by a dictionary."""

GLANCE = 4_096
"""Rows of the first piece in which different numbers are counted; words are in all of it."""

_TEXT, _WORDS, _WHOLE, _DECIMAL, _DAY, _MOMENT, _TRUTH, _REAL = range(8)
_DONE, _UNFINISHED, _NOT_PLAIN, _TOO_MANY_WORDS, _TOO_LITTLE_ROOM = range(5)
_WIDTHS = {
    _WORDS: np.int32,
    _WHOLE: np.int64,
    _DECIMAL: np.int64,
    _DAY: np.int32,
    _MOMENT: np.int64,
    _TRUTH: np.uint8,
    _REAL: np.float64,
}
_NUMBERED = pa.dictionary(pa.int32(), pa.string())


class NotPlain(Exception):
    """Something in the file asks for the other reader."""


class _Column(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_int32),
        ("scale", ctypes.c_int32),
        ("digits", ctypes.c_int32),
        ("sign", ctypes.c_int32),
        ("values", ctypes.c_void_p),
        ("ends", ctypes.c_void_p),
        ("bytes", ctypes.c_void_p),
        ("room", ctypes.c_int64),
        ("valid", ctypes.c_void_p),
        ("nulls", ctypes.c_int64),
        ("words", ctypes.c_int32),
        ("lengths", ctypes.c_int32 * MOST_WORDS),
        ("starts", ctypes.c_void_p * MOST_WORDS),
        ("slots", ctypes.c_int32 * SLOTS),
    )


class _Csv(ctypes.Structure):
    _fields_ = (
        ("delimiter", ctypes.c_int32),
        ("returns", ctypes.c_int32),
        ("columns", ctypes.c_int32),
        ("tokens", ctypes.c_int32),
        ("inside", ctypes.c_int32),
        ("token", ctypes.POINTER(ctypes.c_char_p)),
    )


class _Answer(ctypes.Structure):
    _fields_ = (("rows", ctypes.c_int64), ("bytes", ctypes.c_int64), ("outcome", ctypes.c_int32), ("column", ctypes.c_int32))


@dataclass(slots=True)
class _Kind:
    """How a column is read, and the Arrow type it gives."""

    kind: int
    type: pa.DataType
    scale: int = 0
    digits: int = 0
    sign: int = 0
    few: bool = False
    room: int = 1 << 16


@dataclass(slots=True)
class _Made:
    """The buffers of one column of a piece."""

    valid: np.ndarray
    values: np.ndarray | None = None
    ends: np.ndarray | None = None
    bytes: np.ndarray | None = None


@cache
def _library() -> ctypes.CDLL | None:
    """The machine code that `make setup` builds; None where there is none, or one of another version of it."""
    try:
        library = ctypes.CDLL(str(LIBRARY))
        if library.plain_version() != VERSION:
            return None
    except (OSError, AttributeError):
        return None
    library.plain_rows.argtypes = (
        ctypes.c_void_p,
        ctypes.c_int64,
        ctypes.POINTER(_Csv),
        ctypes.POINTER(_Column),
        ctypes.c_int64,
        ctypes.POINTER(_Answer),
    )
    library.plain_rows.restype = None
    return library


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows a file was found to have, and whether each of them is a line."""

    rows: int
    by_line: bool


def copied(text: Path, dialect: Dialect, choices: Sequence[Choice], rules: Rules, target: Path, task: Task) -> Copied | None:
    """Write the rows of `text` (UTF-8, packed by gzip or not) to `target` as the choices of its columns say; None, and no file, where it

    is not plain.
    """
    kinds = _kinds(dialect, choices, rules) if encoding.packing(text) in ("none", "gzip") else None
    if kinds is None or _library() is None:
        return None
    try:
        with encoding.open_bytes(text) as source:
            found = _Reader(source, dialect, kinds, rules)
            with closing(found.pieces()) as pieces:
                rows = _written(pieces, dialect.columns, kinds, target, task, text.stat().st_size)
            return Copied(rows, found.by_line)
    except NotPlain:
        target.unlink(missing_ok=True)
        return None
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _kinds(dialect: Dialect, choices: Sequence[Choice], rules: Rules) -> list[_Kind] | None:
    """How the columns are read; None where one of them, or the file, is beyond this reader."""
    usual = (
        dialect.quote == '"' and dialect.escape in ('"', "") and dialect.delimiter in DELIMITERS and len(dialect.delimiter) == 1
    )
    known = dialect.nulls is None and not dialect.pad and not rules.typed and dialect.skip == dialect.lines_above
    if not usual or not known or len(dialect.columns) < 2 or any(choice.undecided for choice in choices):
        return None
    kinds = [_kind(choice.reading, dialect.delimiter) for choice in choices]
    return None if None in kinds else kinds


def _kind(reading: Reading | None, delimiter: str) -> _Kind | None:
    if reading is None:
        return _Kind(_TEXT, pa.string())
    if reading in (DOUBLE, EXPONENT, FLOAT):
        return _Kind(_REAL, pa.float64(), scale=int(reading is not DOUBLE))
    simple = {WHOLE: (_WHOLE, pa.int64()), DAY: (_DAY, pa.date32()), TRUTH: (_TRUTH, pa.bool_())}
    if reading in simple:
        return _Kind(*simple[reading])
    if reading in MOMENTS:
        return _Kind(_MOMENT, pa.timestamp("us"), sign=ord(MOMENTS[reading]))
    if family(reading.type) == "decimal":
        digits, scale = precision(reading.type)
        for point in ".,":
            if reading == decimal(scale, digits, point == ",") and scale > 0 and digits <= 18 and point != delimiter:
                return _Kind(_DECIMAL, pa.decimal64(digits, scale), scale, digits, ord(point))
    return None


class _Reader:
    """Pieces of a text as columns, one after the other."""

    def __init__(self, source: BinaryIO, dialect: Dialect, kinds: list[_Kind], rules: Rules) -> None:
        self._source, self._dialect, self._kinds = source, dialect, kinds
        tokens = [token.encode() for token in rules.nulls]
        self._csv = _Csv(ord(dialect.delimiter), 0, len(kinds), len(tokens), 0, (ctypes.c_char_p * len(tokens))(*tokens))
        self._most = rows_of_group(len(kinds))
        self._buffer = np.zeros(PIECE + PAD, np.uint8)
        self._held, self._want, self._ended = 0, 1 << 20, False
        self._first = True

    @property
    def by_line(self) -> bool:
        """Whether no cell so far holds the end of a line."""
        return not self._csv.inside

    def pieces(self) -> Iterator[tuple[list[pa.Array], int]]:
        """The columns of each piece, at most a row group, and how many bytes of the file, packed or not, are read. Raises `NotPlain`."""
        self._above()
        while True:
            self._fill()
            if not self._held:
                return
            arrays, rows, taken = self._piece()
            self._buffer[: self._held - taken] = self._buffer[taken : self._held]
            self._held -= taken
            self._first = False
            # Enough for a row group and a little more, so that little is moved twice.
            self._want = min(PIECE, max(1 << 20, int(taken / rows * self._most * 1.05)))
            yield arrays, getattr(self._source, "fileobj", self._source).tell()

    def _above(self) -> None:
        """Pass over the lines above the first row; the last of them, the header, tells how lines end."""
        line = b""
        for _ in range(self._dialect.skip):
            line = _sound(self._source.readline, LONGEST)
            if not line.endswith(b"\n") or b"\0" in line or b"\r" in line[:-2]:
                raise NotPlain
            try:
                line.decode()
            except UnicodeDecodeError as error:
                raise NotPlain from error
        if not line:
            raise NotPlain
        self._csv.returns = int(line.endswith(b"\r\n"))

    def _fill(self) -> None:
        """Text up to what is wanted; the last line is ended where nothing ends it."""
        while self._held < self._want and not self._ended:
            if more := _sound(self._source.readinto, memoryview(self._buffer)[self._held : self._want]):
                self._held += more
                continue
            self._ended = True
            if self._held and self._buffer[self._held - 1] != ord("\n"):
                end = b"\r\n" if self._csv.returns else b"\n"
                self._buffer[self._held : self._held + len(end)] = np.frombuffer(end, np.uint8)
                self._held += len(end)
        self._buffer[self._held : self._held + PAD] = 0

    def _piece(self) -> tuple[list[pa.Array], int, int]:
        while True:
            columns, made = self._columns()
            answer = _Answer()
            place = self._buffer.ctypes.data
            _library().plain_rows(place, self._held, self._csv, columns, self._most, answer)
            if answer.outcome == _TOO_LITTLE_ROOM:
                self._make_room(made, answer)
                continue
            if answer.outcome == _TOO_MANY_WORDS:
                self._kinds[answer.column].kind = _TEXT
                continue
            if answer.outcome == _UNFINISHED and not answer.rows and not self._ended and self._want < PIECE:
                self._want = min(PIECE, 2 * self._want)
                self._fill()
                continue
            if answer.outcome == _NOT_PLAIN or not answer.rows or (answer.outcome == _UNFINISHED and self._ended):
                raise NotPlain
            arrays = [_array(*one, answer.rows) for one in zip(self._kinds, columns, made)]
            if self._first:
                arrays = [_numbered(*one) for one in zip(self._kinds, arrays, made)]
            return arrays, answer.rows, answer.bytes

    def _make_room(self, made: list[_Made], answer: _Answer) -> None:
        """Room for the texts of a whole piece, as long as those of its first rows; the column that had too little gets twice as much.

        None needs more than the text itself: a first cell of a megabyte says nothing of a hundred thousand others.
        """
        self._kinds[answer.column].room *= 2
        for kind, one in zip(self._kinds, made):
            if kind.kind == _TEXT and answer.rows:
                kind.room = max(kind.room, int(one.ends[answer.rows]) * self._most // answer.rows)
            kind.room = min(kind.room, self._held)

    def _columns(self) -> tuple[ctypes.Array, list[_Made]]:
        # A row takes a byte for each column at least.
        rows = min(self._most, self._held // len(self._kinds) + 1)
        columns, made = (_Column * len(self._kinds))(), []
        for column, kind in zip(columns, self._kinds):
            column.kind, column.scale, column.digits, column.sign = kind.kind, kind.scale, kind.digits, kind.sign
            one = _Made(np.ones(rows, np.uint8))
            column.valid = one.valid.ctypes.data
            if kind.kind == _TEXT:
                one.ends, one.bytes = np.zeros(rows + 1, np.int32), np.empty(kind.room, np.uint8)
                column.ends, column.bytes, column.room = one.ends.ctypes.data, one.bytes.ctypes.data, kind.room
            else:
                one.values = np.empty(rows, _WIDTHS[kind.kind])
                column.values = one.values.ctypes.data
            made.append(one)
        return columns, made


def _sound(read: Callable[[Any], Any], what: Any) -> Any:
    """What reading gives; an archive that is broken is told by the other reader."""
    try:
        return read(what)
    except encoding.BROKEN as error:
        raise NotPlain from error


def _numbered(kind: _Kind, array: pa.Array, made: _Made) -> pa.Array:
    """Of the first piece: whether its values are few. Texts that are a few words are written by number from here on."""
    if kind.kind != _TEXT:
        kind.few = len(np.unique(made.values[: min(len(array), GLANCE)])) <= _few(len(array))
        return array
    words = array.dictionary_encode()
    if len(words.dictionary) > _few(len(array)):
        return array
    kind.kind, kind.type, kind.few = _WORDS, _NUMBERED, True
    return words


def _few(rows: int) -> int:
    """So many different values are few in so many rows: each comes again and again."""
    return min(FEW, max(1, rows // 4))


def _array(kind: _Kind, column: _Column, made: _Made, rows: int) -> pa.Array:
    valid = pa.py_buffer(np.packbits(made.valid[:rows], bitorder="little")) if column.nulls else None
    if kind.kind == _TEXT:
        texts = pa.StringArray.from_buffers(rows, pa.py_buffer(made.ends), pa.py_buffer(made.bytes), valid, column.nulls)
        return texts.dictionary_encode() if kind.type == _NUMBERED else texts
    values = np.packbits(made.values[:rows], bitorder="little") if kind.kind == _TRUTH else made.values
    if kind.kind != _WORDS:
        return pa.Array.from_buffers(kind.type, rows, [valid, pa.py_buffer(values)], column.nulls)
    numbers = pa.Array.from_buffers(pa.int32(), rows, [valid, pa.py_buffer(values)], column.nulls)
    return pa.DictionaryArray.from_arrays(numbers, _words(column), safe=False)


def _words(column: _Column) -> pa.StringArray:
    """The words by their numbers. Not by `pa.array`, which imports pandas to see whether a list is one of its own."""
    texts = [ctypes.string_at(column.starts[one], column.lengths[one]) for one in range(column.words)]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))


def _written(pieces, names: Sequence[str], kinds: Sequence[_Kind], target: Path, task: Task, size: int) -> int:
    """Write the pieces as row groups, each while the next is read; a wide table has several pieces in a group, as each group costs a reader."""
    step, rows = msg("Reading and checking every cell"), 0
    task.at(0.0, step)
    with ThreadPoolExecutor(1) as beside:
        if (piece := beside.submit(next, pieces, None).result()) is None:
            raise NotPlain
        schema = pa.schema([pa.field(name, kind.type) for name, kind in zip(names, kinds)])
        with pq.ParquetWriter(target, schema, **_form(names, kinds)) as writer:
            waiting: list[pa.RecordBatch] = []
            while piece is not None:
                ahead = beside.submit(next, pieces, None)
                arrays, done = piece
                waiting.append(pa.record_batch(arrays, schema=schema))
                rows += len(arrays[0])
                if sum(map(len, waiting)) >= rows_of_group(len(kinds)):
                    _write(writer, waiting)
                task.at(min(done / max(size, 1), 1.0), step)
                piece = ahead.result()
            _write(writer, waiting)
    return rows


def _write(writer: pq.ParquetWriter, waiting: list[pa.RecordBatch]) -> None:
    """Write what is waiting as one row group: none is left."""
    if waiting:
        table = pa.Table.from_batches(waiting).unify_dictionaries()
        writer.write_table(table, row_group_size=len(table))
        waiting.clear()


def _form(names: Sequence[str], kinds: Sequence[_Kind]) -> dict:
    """A few values by dictionary, other whole numbers (amounts and moments are such too) as differences: smaller, and no slower to write or read."""
    by_number = [name for name, kind in zip(names, kinds) if kind.few]
    steps = [name for name, kind in zip(names, kinds) if not kind.few and kind.kind in (_WHOLE, _DECIMAL, _DAY, _MOMENT)]
    return {
        "compression": PARQUET["COMPRESSION"],
        "use_dictionary": by_number or False,
        "column_encoding": dict.fromkeys(steps, "DELTA_BINARY_PACKED") or None,
        "store_decimal_as_integer": True,
        "store_schema": False,
    }
