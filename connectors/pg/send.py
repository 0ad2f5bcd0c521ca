"""Batches on their way to COPY: in its binary form where every column has one, else as CSV; the next made while one is sent."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeVar

import duckdb
import pyarrow as pa

from connectors.pg.binary import encode, encoders
from connectors.pg.outgo import write_csv
from connectors.pg.types import PgType

ROWS = 100_000  # rows of one COPY; a batch that is larger is cut
BYTES = 64 * 2**20  # and bytes of it, so that long values do not add up
PIECE = 2**20  # bytes handed to the driver at once
Item = TypeVar("Item")
Copies = Generator[tuple[BinaryIO, int], None, None]


def sending(
    local: duckdb.DuckDBPyConnection,
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    types: Mapping[str, str],
    columns: Mapping[str, PgType],
    folder: Path,
) -> tuple[str, Copies]:
    """The form (`binary` or `csv`), and what each COPY reads with the number of its rows. `types` are DuckDB's."""
    how = encoders(schema, columns)
    if how is not None:
        return "binary", _ahead((_Stream(encode(batch, how)), batch.num_rows) for batch in _cut(batches))
    arrays = frozenset(title for title, kind in columns.items() if kind.array)
    return "csv", _ahead(_files(local, _cut(batches), types, arrays, folder))


def _files(
    local: duckdb.DuckDBPyConnection,
    batches: Iterator[pa.RecordBatch],
    types: Mapping[str, str],
    arrays: frozenset[str],
    folder: Path,
) -> Iterator[tuple[BinaryIO, int]]:
    """The batches as CSV, with their rows. Three files take turns: one is sent, one waits, one is written."""
    for number, batch in enumerate(batches):
        file = folder / f"sending-{number % 3}.csv"
        write_csv(local, batch, types, arrays, file)
        yield file.open("rb"), batch.num_rows


class _Stream(io.RawIOBase):
    """Pieces of memory read one after the other."""

    def __init__(self, pieces: list[bytes | pa.Buffer]) -> None:
        self._pieces = [memoryview(piece) for piece in pieces if len(memoryview(piece))]

    def read(self, size: int = -1, /) -> bytes:
        if not self._pieces:
            return b""
        first = self._pieces[0]
        if size < 0 or len(first) <= size:
            self._pieces.pop(0)
            return first.tobytes()
        self._pieces[0] = first[size:]
        return first[:size].tobytes()


def _ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The items, each made in a thread while the one before is used: the server and this side work at the same time."""
    with ThreadPoolExecutor(1, "assay-ahead") as pool:
        following = pool.submit(next, items, None)
        while (item := following.result()) is not None:
            following = pool.submit(next, items, None)
            yield item


def _cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, ROWS):
            yield from _halved(batch.slice(start, ROWS))


def _halved(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if batch.num_rows < 2 or batch.nbytes <= BYTES:
        yield batch
        return
    middle = batch.num_rows // 2
    yield from _halved(batch.slice(0, middle))
    yield from _halved(batch.slice(middle))
