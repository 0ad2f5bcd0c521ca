"""Rows as Parquet pieces, and all pieces as one table: a piece is as narrow as what had been seen when it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from connectors.markup import beside
from connectors.markup.checked import buffers
from connectors.markup.rows import Shredder
from connectors.markup.shape import MANY, ROW, Unruly
from core.engines.duck import call, column, literal, sql
from core.errors import Cancelled, DataError
from core.words import msg

TEXT = DuckDBPyType("VARCHAR")
GROUP = 8 << 20
"""Bytes of Arrow in a row group: DuckDB holds several at once, each in each thread, and of 32 MB they took 400 MB more."""


class Pieces:
    """The rows of a file in a folder: `groups` are files that share a schema, in their order. They are written in a thread beside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.groups: list[list[Path]] = []
        self.rows = 0
        self._writer: pq.ParquetWriter | None = None
        self._schema: pa.Schema | None = None
        self._held: list[pa.Table] = []
        self._beside = ThreadPoolExecutor(1)
        self._written: Future | None = None

    def add(self, table: pa.Table) -> None:
        if self._held and table.schema != self._held[0].schema:
            self._hand_over()
        self._held.append(table)
        self.rows += table.num_rows
        if sum(one.nbytes for one in self._held) >= GROUP:
            self._hand_over()

    def _hand_over(self) -> None:
        """Let what is held be written, once what was handed over before is."""
        if self._written is not None:
            self._written.result()
        self._written = self._beside.submit(self._write, pa.concat_tables(self._held)) if self._held else None
        self._held = []

    def _write(self, table: pa.Table) -> None:
        if self._writer is None or table.schema != self._schema:
            self._end()
            file = self.folder / f"{len(self.groups):06}.parquet"
            self._writer = pq.ParquetWriter(
                file, table.schema, compression="snappy", use_dictionary=False, write_statistics=False
            )
            self._schema = table.schema
            self.groups.append([file])
        self._writer.write_table(table)

    def _end(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> Pieces:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._hand_over()
                self._hand_over()
        finally:
            self._beside.shutdown()
            self._end()
            # DuckDB needs the memory next; Arrow would keep it.
            self._held = []
            pa.default_memory_pool().release_unused()


def write(file: Path, record: str, folder: Path, seen: Callable[[int], None], most: int | None = None) -> tuple[Pieces, Shredder]:
    """All rows (or the first `most`) in pieces; names that are data are found on the way, and what holds them is kept as XML.

    A large file is checked beside. Where anything is wrong with it, it is read again with the check ahead, which says what.
    """
    checked = beside.check(file) if most is None else None
    if checked is not None:
        with checked:
            try:
                made = _write(file, record, folder, seen, None, aside=True)
                if checked.passed(lambda: seen(file.stat().st_size)):
                    return made
            except (Cancelled, OSError, MemoryError):
                raise
            except Exception:  # what is not well-formed may bring the taking apart down anywhere
                pass
        for one in folder.glob("*.parquet"):
            one.unlink()
    return _write(file, record, folder, seen, most)


def _write(file: Path, record: str, folder: Path, seen, most: int | None, aside: bool = False) -> tuple[Pieces, Shredder]:
    def work(shredder: Shredder) -> Pieces:
        with Pieces(folder) as pieces:
            for table in tables(file, shredder, seen, beside=aside):
                pieces.add(table if most is None else table.slice(0, most - pieces.rows))
                if most is not None and pieces.rows >= most:
                    break
        return pieces

    return _tamed(file, record, work)


def head(file: Path, record: str, limit: int) -> tuple[list[pa.Table], Shredder]:
    """The first rows: at least `limit` of them where there are as many."""

    def work(shredder: Shredder) -> list[pa.Table]:
        found: list[pa.Table] = []
        for table in tables(file, shredder, lambda count: None):
            found.append(table)
            if sum(one.num_rows for one in found) >= limit:
                break
        return found

    return _tamed(file, record, work)


Made = TypeVar("Made")


def _tamed(file: Path, record: str, work: Callable[[Shredder], Made]) -> tuple[Made, Shredder]:
    """Do the work, from the start again with a part kept as XML where its names are data. Raises `DataError` where those are of columns."""
    kept: frozenset[tuple[str, ...]] = frozenset()
    while True:
        shredder = Shredder(file, record, kept)
        try:
            return work(shredder), shredder
        except Unruly as error:
            if error.path in kept or not error.path:
                raise DataError(
                    msg("{name} has too many kinds of elements", name=file.name),
                    msg("More than {n} names were met: they look like data, not like columns.", n=MANY),
                    msg("Name another element as the row in the settings of the file."),
                ) from error
            kept |= {error.path}


def tables(file: Path, shredder: Shredder, seen: Callable[[int], None], *, beside: bool = False) -> Iterator[pa.Table]:
    for buffer in buffers(file, seen, beside=beside):
        table = shredder.feed(buffer)
        if table is not None:
            yield table


def as_one(connection: duckdb.DuckDBPyConnection, pieces: Pieces, shredder: Shredder) -> tuple[exp.Expression, dict[str, str]]:
    """All pieces as a FROM with the columns of the row, and their types."""
    row = shredder.shape.nodes[ROW]
    places = {part: place for place, part in enumerate(row.fields)}
    order = [places[part] for part, _ in row.ordered()]
    names = [shown for _, shown in row.ordered()]
    last = _types(connection, pieces.groups[-1])
    selects = []
    for group in pieces.groups:
        have = _types(connection, group)
        selects.append(
            exp.select(
                *(
                    exp.alias_(_lifted(column(str(place)), have.get(str(place)), last[str(place)]), name, quoted=True)
                    for place, name in zip(order, names)
                )
            ).from_(_read(group))
        )
    query = selects[0]
    for one in selects[1:]:
        query = exp.Union(this=query, expression=one, distinct=False)
    return query.subquery("t"), {name: str(last[str(place)]) for place, name in zip(order, names)}


def _read(files: list[Path]) -> exp.Expression:
    return exp.Anonymous(this="read_parquet", expressions=[exp.array(*map(literal, files))])


def _types(connection, files: list[Path]) -> dict[str, DuckDBPyType]:
    found = connection.sql(sql(exp.select("*").from_(_read(files))))
    return dict(zip(found.columns, found.types))


def _lifted(value: exp.Expression, have: DuckDBPyType | None, wanted: DuckDBPyType) -> exp.Expression:
    """A value as the wider type of the last piece: a text among objects, one among many."""
    if have is None:
        return exp.cast(exp.null(), str(wanted))
    if have == wanted:
        return value
    if wanted.id == "list":
        inner = wanted.children[0][1]
        if have.id == "list":
            each = exp.Lambda(this=_lifted(exp.column("e"), have.children[0][1], inner), expressions=[exp.to_identifier("e")])
            return call("list_transform", value, each)
        return _unless_null(value, exp.array(_lifted(value.copy(), have, inner)))
    parts = {}
    given = dict(have.children) if have.id == "struct" else {}
    for name, kind in wanted.children:
        if have.id == "struct":
            parts[name] = _lifted(call("struct_extract", value.copy(), exp.Literal.string(name)), given.get(name), kind)
        elif name == "#text":
            parts[name] = exp.Nullif(this=value.copy(), expression=exp.Literal.string(""))
        else:
            parts[name] = exp.cast(exp.null(), str(kind))
    packed = exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.Literal.string(name), expression=one) for name, one in parts.items()]
    )
    return _unless_null(value, packed)


def _unless_null(value: exp.Expression, made: exp.Expression) -> exp.Expression:
    return exp.Case().when(exp.Is(this=value.copy(), expression=exp.null()), exp.null()).else_(made)
