"""Reading a table or a query: one SELECT, streamed as Arrow into Parquet, every value as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from connectors.arrow import Written, write_parquet
from connectors.ch.settle import Misfit, settled
from connectors.naming import free_name
from connectors.sp import catalog
from connectors.sp.place import Place
from connectors.sp.session import LONG, Session, sql
from connectors.sp.trouble import Refused, told
from connectors.sp.types import Way, way
from core.engines.duck import duck, fetch, parquet
from core.errors import DataError
from core.models.source import Column, Landed, LandedColumn, Refusal
from core.task import Task
from core.words import Msg, msg

PREVIEW_SECONDS = 60.0
FILE = "rows.parquet"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column to read: as it will be named here, its name there, the way its values go, and the cell that refused a better one."""

    column: Column
    source_name: str
    way: Way
    refused: Refusal | None = None


def schema(place: Place, session: Session, path: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns as they will be named, with the types they will have if every value fits."""
    return tuple(one.column for one in wanted(place, session, path))


def wanted(place: Place, session: Session, path: tuple[str, ...]) -> tuple[Wanted, ...]:
    """The columns of a live table or of the query, numbered on their way so that two of one name stay two."""
    with told(place, _title(place, path)):
        if not place.query:
            with suppress(Refused):  # a session remembers the files that it saw first; what is not there is told below
                session.command(f"REFRESH TABLE {sql(catalog.name(catalog.where(path)))}")
        live = session.schema(catalog.select(place, path)).fields
    if not live:
        raise DataError(
            msg("{name} has no columns", name=_title(place, path)),
            msg("There is nothing in it to read."),
            msg("Choose another table."),
        )
    ways = [way(exp.column(f"c{n}", table="t"), field.dataType) for n, field in enumerate(live)]
    here = catalog.duck_types([one.arrow for one in ways])
    seen: set[str] = set()
    columns = []
    for field, one, kind in zip(live, ways, here, strict=True):
        comment = str(field.metadata.get("comment") or "")
        shown = Column(free_name(field.name, seen), kind, field.nullable, field.dataType.simpleString(), comment)
        columns.append(Wanted(shown, field.name, one))
    return tuple(columns)


def _title(place: Place, path: tuple[str, ...]) -> str:
    return "query" if place.query else ".".join(path)


def preview(place: Place, session: Callable[[], Session], path: tuple[str, ...], limit: int) -> pa.Table:
    """The first rows with their types, within `PREVIEW_SECONDS` or an error."""
    with tempfile.TemporaryDirectory(prefix="assay-preview-") as folder, duck(spill=Path(folder)) as local:
        written, _ = _read(place, session, path, Path(folder), Task(), limit)
        return fetch(local, exp.select("*").from_(parquet([str(written.file)])))


def land(place: Place, session: Callable[[], Session], path: tuple[str, ...], folder: Path, task: Task) -> Landed:
    """All rows as Parquet in `folder`. Raises `DataError`, `ConnectError`, `Cancelled`; leaves nothing behind when it does."""
    written, columns = _read(place, session, path, folder, task, None)
    there = zip(written.columns, columns, strict=True)
    by_query = msg("What the query of the connection gave when it ran.")
    by_table = msg("Read by one query, as the table was when the reading began.")
    return Landed(
        files=(str(written.file),),
        columns=tuple(LandedColumn(replace(one.column, type=here.type), refused=one.refused) for here, one in there),
        rows=written.rows,
        bytes=written.bytes,
        source_bytes=written.source_bytes,
        reading=(
            ("server", f"Spark {session().version}", msg("As the server at {address} says.", address=place.address)),
            ("table", _title(place, path), by_query if place.query else by_table),
        ),
        notes=tuple(_notes(columns)),
    )


def _read(
    place: Place, session: Callable[[], Session], path: tuple[str, ...], folder: Path, task: Task, limit: int | None
) -> tuple[Written, tuple[Wanted, ...]]:
    """Read it, and again from the start with another type for a column whenever one of its values refuses the first."""
    title = _title(place, path)
    columns = wanted(place, session(), path)
    while True:
        arrow = pa.schema([(one.column.name, one.way.arrow) for one in columns])
        source = session()
        with told(place, title, task), task.interruptible(source.interrupt):
            values = [exp.alias_(one.way.value, f"v{n}") for n, one in enumerate(columns)]
            frame = source.shaped(catalog.select(place, path), values, limit)
            stream = source.stream(frame, LONG if limit is None else PREVIEW_SECONDS)
            try:
                return write_parquet(_settled(stream, arrow, title, task), arrow, folder / FILE), columns
            except Misfit as misfit:
                columns = _other_way(columns, misfit, task)
            finally:
                stream.close()  # type: ignore[attr-defined]


def _other_way(columns: tuple[Wanted, ...], misfit: Misfit, task: Task) -> tuple[Wanted, ...]:
    one = columns[misfit.column]
    if one.way.otherwise is None:
        raise DataError(
            msg("{name} holds a value that is not of its type", name=one.column.name),
            msg("Row {row}: {cell}", row=misfit.row + 1, cell=misfit.cell),
            msg("Leave the column out by the field query, or cast it there."),
        ) from misfit
    task.note(
        msg("{name} is read in another way: {cell} is no {type}", name=one.column.name, cell=misfit.cell, type=one.column.type)
    )
    refused = one.refused or Refusal(one.column.type, misfit.row + 1, misfit.cell)
    changed = replace(one, way=one.way.otherwise, refused=refused)
    return (*columns[: misfit.column], changed, *columns[misfit.column + 1 :])


def _settled(stream: Iterator[pa.Table], schema: pa.Schema, title: str, task: Task) -> Iterator[pa.RecordBatch]:
    rows = 0
    task.at(0, msg("{n} rows of {table} read", n=0, table=title))
    for piece in stream:
        for batch in piece.to_batches():
            try:
                yield settled(batch, schema)
            except Misfit as misfit:
                misfit.row += rows
                raise
            rows += batch.num_rows
        task.at(0.95 * rows / (rows + 1_000_000), msg("{n} rows of {table} read", n=rows, table=title))


def _notes(columns: tuple[Wanted, ...]) -> Iterator[Msg]:
    for one in columns:
        if one.column.name != one.source_name:
            yield msg(
                "The column {old} is called {new} here: names that differ only in capitals are one name to DuckDB.",
                old=one.source_name,
                new=one.column.name,
            )
        if one.column.source_type.startswith(("geometry", "geography")):
            yield msg("{column} is landed as its WKB bytes, without the number of its reference system.", column=one.column.name)
