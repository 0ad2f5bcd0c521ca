"""Reading a table: one SELECT, streamed as Arrow into Parquet, every value as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from connectors.arrow import Written, write_parquet
from connectors.ch import catalog
from connectors.ch.place import Place
from connectors.ch.reach import told
from connectors.ch.session import LONG, Session
from connectors.ch.settle import Misfit, settled
from connectors.ch.types import Way, way
from connectors.naming import free_name
from core.engines.duck import duck, fetch, parquet
from core.models.source import Column, Landed, LandedColumn, Refusal
from core.task import Task
from core.words import Msg, msg

PREVIEW_SECONDS = 5.0
FILE = "rows.parquet"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column to read: as it will be named here, its name there, the way its values go, and the cell that refused a better one."""

    column: Column
    source_name: str
    way: Way
    refused: Refusal | None = None

    def next_way(self, refused: Refusal) -> Wanted:
        assert self.way.otherwise is not None  # the last way of every chain takes any value
        return replace(self, way=self.way.otherwise, refused=self.refused or refused)


def schema(place: Place, session: Session, path: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns as they will be named, with the types they will have if every value fits."""
    return tuple(one.column for one in _wanted(catalog.columns(place, session, path)))


def names(place: Place, session: Session, path: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What each column is called there and here."""
    return tuple((one.source_name, one.column.name) for one in _wanted(catalog.columns(place, session, path)))


def preview(place: Place, session: Callable[[], Session], path: tuple[str, ...], limit: int) -> pa.Table:
    """The first rows with their types, within `PREVIEW_SECONDS` or an error."""
    with tempfile.TemporaryDirectory(prefix="assay-preview-") as folder, duck(spill=Path(folder)) as local:
        written, _ = _read(place, session, path, Path(folder), Task(), limit)
        return fetch(local, exp.select("*").from_(parquet([str(written.file)])))


def land(place: Place, session: Callable[[], Session], path: tuple[str, ...], folder: Path, task: Task) -> Landed:
    """All rows as Parquet in `folder`. Raises `DataError`, `ConnectError`, `Cancelled`; leaves nothing behind when it does."""
    written, wanted = _read(place, session, path, folder, task, None)
    there = zip(written.columns, wanted)
    columns = tuple(LandedColumn(replace(one.column, type=here.type), refused=one.refused) for here, one in there)
    engine = msg("As the server at {address} says.", address=place.address)
    embedded = msg("The embedded engine, on the folder {folder}.", folder=place.folder)
    return Landed(
        files=(str(written.file),),
        columns=columns,
        rows=written.rows,
        bytes=written.bytes,
        source_bytes=written.source_bytes,
        reading=(
            ("server", f"ClickHouse {session().version}", embedded if place.embedded else engine),
            ("table", ".".join(path), msg("Read by one query, as the table was when the reading began.")),
        ),
        notes=tuple(_notes(wanted)),
        activity=next((item.activity for item in catalog.tables(place, session(), path[0]) if item.path == path), None),
    )


def _read(
    place: Place, session: Callable[[], Session], path: tuple[str, ...], folder: Path, task: Task, limit: int | None
) -> tuple[Written, tuple[Wanted, ...]]:
    """Read the table, and again from the start with another type for a column whenever one of its values refuses the first."""
    name = ".".join(path)
    wanted = _wanted(catalog.columns(place, session(), path))
    table = catalog.find(place, session(), path)
    progress = _progress(task, path, limit or (table.rows if table else None))
    while True:
        arrow = pa.schema([(one.column.name, one.way.arrow) for one in wanted])
        source = session()  # anew each time: a result that is not read to its end takes the embedded engine with it
        with told(place, name, task), task.interruptible(source.interrupt):
            stream = source.stream(_query(path, wanted, limit), LONG if limit is None else PREVIEW_SECONDS)
            try:
                return write_parquet(_settled(stream, arrow, progress), arrow, folder / FILE), wanted
            except Misfit as misfit:
                wanted = _other_way(wanted, misfit, task)
            finally:
                stream.close()


def _other_way(wanted: tuple[Wanted, ...], misfit: Misfit, task: Task) -> tuple[Wanted, ...]:
    one = wanted[misfit.column]
    task.note(
        msg("{name} is read in another way: {cell} is no {type}", name=one.column.name, cell=misfit.cell, type=one.column.type)
    )
    changed = one.next_way(Refusal(one.column.type, misfit.row + 1, misfit.cell))
    return (*wanted[: misfit.column], changed, *wanted[misfit.column + 1 :])


def _settled(stream: Iterator[pa.RecordBatch], schema: pa.Schema, progress: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
    rows = 0
    progress(0)
    for batch in stream:
        try:
            yield settled(batch, schema)
        except Misfit as misfit:
            misfit.row += rows
            raise
        rows += batch.num_rows
        progress(rows)


def _progress(task: Task, path: tuple[str, ...], estimate: int | None) -> Callable[[int], None]:
    def tell(rows: int) -> None:
        share = min(rows / estimate, 1.0) if estimate else rows / (rows + 1_000_000)
        task.at(0.95 * share, msg("{n} rows of {table} read", n=rows, table=path[-1]))

    return tell


def _query(path: tuple[str, ...], wanted: tuple[Wanted, ...], limit: int | None) -> str:
    """Columns are numbered on their way, so that no name of theirs can clash with an expression over another."""
    table = exp.table_(path[1], path[0], quoted=True)
    values = [
        exp.alias_(one.way.out(exp.column(exp.to_identifier(one.source_name, quoted=True), table="t")), f"c{n}", quoted=True)
        for n, one in enumerate(wanted)
    ]
    query = exp.select(*values).from_(exp.alias_(table, "t", table=True))
    return (query if limit is None else query.limit(limit)).sql(dialect="clickhouse")


def _wanted(live: tuple[catalog.TableColumn, ...]) -> tuple[Wanted, ...]:
    """DuckDB takes `A` and `a` for one name, ClickHouse does not: the second gets a number."""
    seen: set[str] = set()
    return tuple(
        Wanted(replace(one.column, name=free_name(one.column.name, seen)), one.column.name, way(one.column.source_type))
        for one in live
    )


def _notes(columns: tuple[Wanted, ...]) -> Iterator[Msg]:
    for one in columns:
        if one.column.name != one.source_name:
            yield msg(
                "The column {old} is called {new} here: names that differ only in capitals are one name to DuckDB.",
                old=one.source_name,
                new=one.column.name,
            )
        if one.column.source_type.startswith("AggregateFunction"):
            yield msg(
                "{column} holds states of an aggregate function, landed byte for byte: read a view with the -Merge function for values.",
                column=one.column.name,
            )
