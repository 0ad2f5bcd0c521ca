"""Rows in the binary form of COPY as Arrow, whole columns at a time: the way back of `binary`.

The place of a value depends on the lengths of all before it in its row, so the columns are taken one after the other, each for all rows at
once. What does not have a known binary form comes as its text and is turned by DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from psycopg2 import sql as pgsql

from connectors.pg.binary import DAYS, HEADER, MICROSECONDS, NEGATIVE, TRAILER
from connectors.pg.types import PgType, outgoing

_PADDING = bytes(16)  # so that a look at 12 bytes of the last value does not end behind the memory
_INLINE = 12  # bytes of a text that Arrow's string view holds itself
# The years 1 to 9999, which is what Python and most readers of Arrow can say, in days and microseconds from 2000.
_FIRST_DAY, _LAST_DAY = -730_119, 2_921_939
_DAY = 86_400_000_000
_POWERS = np.array([10**n for n in range(19)], dtype=np.int64)


class Unlike(Exception):
    """Something that this way does not carry (infinity, NaN, a date before the year 1, bytes that are no text)."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of some rows: `data` holds all bytes, `at` where each value begins, `size` its bytes, `valid` whether there is one."""

    data: np.ndarray
    at: np.ndarray
    size: np.ndarray
    valid: np.ndarray

    def fixed(self, kind: str, offset: int = 0) -> np.ndarray:
        """What lies at `offset` of each value, 0 for nulls; the numpy type says in which order its bytes are."""
        return _look(self.data, kind, np.where(self.valid, self.at + offset, 0))

    def bitmap(self) -> pa.Buffer | None:
        return None if self.valid.all() else pa.py_buffer(np.packbits(self.valid, bitorder="little"))

    def sized(self, width: int) -> None:
        """Raise `Unlike` where a value has another width."""
        _hold(self.size[self.valid] == width)


Take = Callable[[Cells], pa.Array]


@dataclass(frozen=True, slots=True)
class Way:
    """How a column comes: `take` makes it Arrow; `later` says that it is a text which DuckDB still has to turn."""

    type: PgType
    take: Take
    text: bool = False
    later: bool = False

    def selected(self, name: str) -> pgsql.Composable:
        """What the server is asked for. `format` is PostgreSQL's own output of any type, and gives an empty text for null."""
        value = pgsql.SQL(outgoing(self.type)).format(pgsql.Identifier(name))
        if not self.text or self.type.array:
            return value
        # IS NOT NULL would be wrong for a row whose fields are all null.
        return pgsql.SQL("CASE WHEN {0} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', {0}) END").format(value)


def ways(columns: Mapping[str, PgType]) -> dict[str, Way]:
    return {title: _way(pg) for title, pg in columns.items()}


def unpack(rows: Sequence[bytes], columns: Sequence[Way]) -> list[pa.Array]:
    """The columns of rows as COPY sends them (without header and trailer). Raises `Unlike`."""
    data = np.frombuffer(b"".join((*rows, _PADDING)), dtype=np.uint8)
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    ends = np.cumsum(lengths)
    at = ends - lengths
    try:
        _hold(_look(data, ">i2", at) == len(columns))
        at = at + 2
        found = []
        for way in columns:
            size = _look(data, ">i4", at).astype(np.int64)
            valid = size >= 0
            found.append(way.take(Cells(data, at + 4, size, valid)))
            at = at + 4 + np.where(valid, size, 0)
        _hold(at == ends)
    except (IndexError, pa.ArrowInvalid) as error:
        raise Unlike(str(error)) from error
    return found


def bare(row: bytes) -> bytes:
    """A row without the header before the first and the trailer behind the last; nothing where that is all."""
    row = row.removeprefix(HEADER)
    return b"" if row == TRAILER else row


def _look(data: np.ndarray, kind: str, at: np.ndarray) -> np.ndarray:
    width = np.dtype(kind).itemsize
    return np.ndarray((len(data) - width + 1,), dtype=kind, buffer=data, strides=(1,))[at]


def _hold(true: np.ndarray) -> None:
    if not true.all():
        raise Unlike


def _way(pg: PgType) -> Way:
    if not pg.array and pg.name in _TAKEN:
        return Way(pg, _TAKEN[pg.name])
    if not pg.array and pg.name == "numeric" and pg.scalar.startswith("DECIMAL"):
        precision, scale = (int(part) for part in pg.scalar[8:-1].split(","))
        if precision <= 18:
            return Way(pg, partial(_decimal, precision, scale))
    return Way(pg, _string, text=True, later=pg.duck != "VARCHAR")


def _plain(sent: str, kind: pa.DataType, cells: Cells) -> pa.Array:
    cells.sized(np.dtype(sent).itemsize)
    values = cells.fixed(sent)
    return _array(kind, cells, values.astype(values.dtype.newbyteorder("=")))


def _array(kind: pa.DataType, cells: Cells, values: np.ndarray) -> pa.Array:
    return pa.Array.from_buffers(kind, len(cells.at), [cells.bitmap(), pa.py_buffer(np.ascontiguousarray(values))])


def _boolean(cells: Cells) -> pa.Array:
    cells.sized(1)
    return _array(pa.uint8(), cells, cells.fixed("u1")).cast(pa.bool_())


def _date(cells: Cells) -> pa.Array:
    cells.sized(4)
    days = cells.fixed(">i4").astype(np.int32)
    _hold(((days >= _FIRST_DAY) & (days <= _LAST_DAY)) | ~cells.valid)
    return _array(pa.date32(), cells, days + np.int32(DAYS))


def _timestamp(kind: pa.DataType, cells: Cells) -> pa.Array:
    cells.sized(8)
    ticks = cells.fixed(">i8").astype(np.int64)
    _hold(((ticks >= _FIRST_DAY * _DAY) & (ticks < (_LAST_DAY + 1) * _DAY)) | ~cells.valid)
    return _array(kind, cells, ticks + MICROSECONDS)


def _time(cells: Cells) -> pa.Array:
    cells.sized(8)
    ticks = cells.fixed(">i8").astype(np.int64)
    _hold((ticks < _DAY) | ~cells.valid)  # 24:00 would be read as 00:00
    return _array(pa.time64("us"), cells, ticks)


def _uuid(cells: Cells) -> pa.Array:
    cells.sized(16)
    return pa.ExtensionArray.from_storage(pa.uuid(), _array(pa.binary(16), cells, cells.fixed("V16")))


def _decimal(precision: int, scale: int, cells: Cells) -> pa.Array:
    """A numeric of at most 18 digits: how many digits of base 10,000, the weight of the first, the sign, the scale, the digits."""
    count, weight, sign = (cells.fixed(">i2", offset).astype(np.int64) for offset in (0, 2, 4))
    _hold((sign == 0) | (sign == NEGATIVE) | ~cells.valid)  # NaN and the infinities have signs of their own
    count = np.where(cells.valid, count, 0)
    _hold((cells.size == 8 + 2 * count) | ~cells.valid)
    value = np.zeros(len(count), dtype=np.int64)
    for n in range(int(count.max(initial=0))):
        there = n < count
        digit = _look(cells.data, ">i2", np.where(there, cells.at + 8 + 2 * n, 0)).astype(np.int64)
        power = np.where(there, 4 * (weight - n) + scale, 0)
        _hold((power > -4) & (power < 19))
        value += np.where(there, digit * _POWERS[np.maximum(power, 0)] // _POWERS[np.maximum(-power, 0)], 0)
    value = np.where(sign == NEGATIVE, -value, value)
    halves = np.empty((len(value), 2), dtype=np.int64)
    halves[:, 0], halves[:, 1] = value, np.where(value < 0, -1, 0)
    return _array(pa.decimal128(precision, scale), cells, halves)


def _bytes(cells: Cells) -> pa.Array:
    """As Arrow's views: of up to 12 bytes the value itself, of longer ones the first four and where the rest lies."""
    size = np.where(cells.valid, cells.size, 0)
    views = np.zeros(len(size), dtype=[("size", "<i4"), ("inline", "u1", (_INLINE,))])
    views["size"] = size
    inline = cells.fixed(f"V{_INLINE}").view(np.uint8).reshape(-1, _INLINE).copy()
    inline[np.arange(_INLINE) >= size[:, None]] = 0
    long = size > _INLINE
    inline[long, 4:8] = 0  # the number of the buffer
    inline[long, 8:] = cells.at[long].astype("<i4").view(np.uint8).reshape(-1, 4)
    views["inline"] = inline
    buffers = [cells.bitmap(), pa.py_buffer(views), pa.py_buffer(cells.data)]
    return pa.Array.from_buffers(pa.binary_view(), len(size), buffers).cast(pa.binary())


def _string(cells: Cells) -> pa.Array:
    return _bytes(cells).cast(pa.string())  # which looks whether it is UTF-8


def _json(cells: Cells) -> pa.Array:
    return pa.ExtensionArray.from_storage(pa.json_(), _string(cells))


def _jsonb(cells: Cells) -> pa.Array:
    _hold((cells.fixed("u1") == 1) | ~cells.valid)  # the only version there is
    return _json(Cells(cells.data, cells.at + 1, cells.size - 1, cells.valid))


_TAKEN: dict[str, Take] = {
    "bool": _boolean,
    "int2": partial(_plain, ">i2", pa.int16()),
    "int4": partial(_plain, ">i4", pa.int32()),
    "int8": partial(_plain, ">i8", pa.int64()),
    "oid": partial(_plain, ">u4", pa.uint32()),
    "float4": partial(_plain, ">f4", pa.float32()),
    "float8": partial(_plain, ">f8", pa.float64()),
    "date": _date,
    "timestamp": partial(_timestamp, pa.timestamp("us")),
    "timestamptz": partial(_timestamp, pa.timestamp("us", "UTC")),
    "time": _time,
    "uuid": _uuid,
    "bytea": _bytes,
    "json": _json,
    "jsonb": _jsonb,
    **dict.fromkeys(("text", "varchar", "bpchar"), _string),
}
