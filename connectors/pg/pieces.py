"""Rows on their way from COPY in its binary form into one Parquet file: a piece is unpacked and written while the next one comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from connectors.pg.types import PgType, incoming
from connectors.pg.unpack import Unlike, Way, bare, unpack, ways
from core.engines.duck import column, name, sql

PIECE = 24 * 2**20  # bytes of rows that become one row group, around 100,000 rows of ordinary width; two are held at once
TOLD = 2**19  # bytes after which progress is told


class Pieces:
    """What COPY writes to, a row at a time. `file` holds `rows` rows when it is finished."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        columns: Mapping[str, PgType],
        progress: Callable[[int], None],
        piece: int | None = None,
    ) -> None:
        self._duck, self._progress, self._piece = connection, progress, piece or PIECE
        self.ways: Mapping[str, Way] = ways(columns)
        self._writer: pq.ParquetWriter | None = None
        self._pool = ThreadPoolExecutor(1, "assay-unpack")
        self._working: Future[None] | None = None
        self._held: list[bytes] = []
        self._told = self._here = 0
        self._first = True
        self.file = folder / "part-00000.parquet"
        self.files: list[Path] = []
        self.rows = self.bytes = 0

    def write(self, row: bytes) -> None:
        """Take one row. It is called for every row: what is not needed each time is elsewhere."""
        self._held.append(row)
        self._here += len(row)
        if self._here - self._told > TOLD:
            self._pause()

    def finish(self, count: int) -> None:
        """Write what is left. Raises `Unlike` where the server sent another number of rows than `count`."""
        self._give()
        self._wait()
        if self._writer is None:
            self._write([])
        assert self._writer is not None
        self._writer.close()
        self._writer = None
        self._pool.shutdown()
        if self.rows != count:
            raise Unlike
        self.files = [self.file]

    def close(self) -> None:
        """End, and take back a file that is not finished."""
        self._pool.shutdown()
        if self._writer is not None:
            with suppress(OSError):  # the rest does not fit on the disk either
                self._writer.close()
            self._writer = None
        if not self.files:
            self.file.unlink(missing_ok=True)

    def _pause(self) -> None:
        self._told = self._here
        self._progress(self.rows + len(self._held))
        if self._here >= self._piece:
            self._give()

    def _give(self) -> None:
        """Hand the rows held to the thread that unpacks, once it is through with those before."""
        self._wait()
        held, self._held = self._held, []
        self.bytes += self._here
        self._here = self._told = 0
        if self._first and held:
            self._first, held[0] = False, bare(held[0])
            held = held if held[0] else held[1:]
        if held and not bare(held[-1]):
            held.pop()
        self.rows += len(held)
        if held:
            self._working = self._pool.submit(self._write, held)

    def _wait(self) -> None:
        working, self._working = self._working, None
        if working is not None:
            working.result()

    def _write(self, rows: list[bytes]) -> None:
        arrays = unpack(rows, tuple(self.ways.values()))
        table = self._turned(pa.table(dict(zip(self.ways, arrays, strict=True))))
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.file, table.schema, compression="snappy")
        self._writer.write_table(table, row_group_size=max(len(rows), 1))

    def _turned(self, table: pa.Table) -> pa.Table:
        """The table with the texts made what they stand for."""
        later = {title: way for title, way in self.ways.items() if way.later}
        if not later:
            return table
        values = [exp.alias_(incoming(way.type, column(title)), name(title)) for title, way in later.items()]
        self._duck.register("piece", table.select(list(later)))
        self._duck.execute("SET arrow_lossless_conversion = true")  # UUID and JSON stay so in Arrow
        try:
            turned = self._duck.sql(sql(exp.select(*values).from_(exp.table_("piece")))).to_arrow_table()
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise Unlike(str(error)) from error
        finally:
            self._duck.execute("RESET arrow_lossless_conversion")
            self._duck.unregister("piece")
        for title in later:
            table = table.set_column(table.column_names.index(title), title, turned[title])
        return table
