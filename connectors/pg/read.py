"""Reading a table: one COPY in a read-only snapshot, streamed into Parquet, every value as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import psycopg2
import pyarrow as pa
from psycopg2 import sql as pgsql
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import connection as Connection
from sqlglot import exp

from connectors.naming import free_name
from connectors.pg import catalog
from connectors.pg.parts import NULL, Misfit, Parts
from connectors.pg.pieces import Pieces
from connectors.pg.place import Place
from connectors.pg.reach import connect, hang_up, interrupter
from connectors.pg.settle import infinite, settle
from connectors.pg.trouble import failed
from connectors.pg.types import PgType, outgoing
from connectors.pg.unpack import Unlike
from core.engines.duck import duck, fetch, parquet
from core.errors import DataError
from core.models.source import Activity, Column, Landed, LandedColumn, Refusal
from core.store.throwaway import throwaway
from core.task import Task
from core.words import Msg, msg

PREVIEW_SECONDS = 5
_TEXT = PgType("text")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A column to read: as it will be named and typed here, its name and type there, and the cell that made it text."""

    column: Column
    source_name: str
    type: PgType
    refused: Refusal | None = None

    def as_text(self, refused: Refusal) -> Wanted:
        return replace(self, type=_TEXT, column=replace(self.column, type="VARCHAR"), refused=refused)


def schema(place: Place, connection: Connection, path: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns as they will be named and typed here."""
    return tuple(wanted.column for wanted in _wanted(catalog.columns(place, connection, path)))


def names(place: Place, connection: Connection, path: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What each column is called there and here."""
    return tuple((one.source_name, one.column.name) for one in _wanted(catalog.columns(place, connection, path)))


def preview(place: Place, path: tuple[str, ...], limit: int) -> pa.Table:
    """The first rows with their types, within `PREVIEW_SECONDS` or an error."""
    with throwaway("preview-") as folder, duck(spill=folder) as local:
        reading = _read(place, path, folder, local, Task(), limit)
        return fetch(local, exp.select("*").from_(parquet([str(file) for file in reading.parts.files])))


def land(place: Place, path: tuple[str, ...], folder: Path, task: Task) -> Landed:
    """All rows as Parquet in `folder`. Raises `DataError`, `ConnectError`, `Cancelled`; leaves nothing behind when it does."""
    try:
        with duck(task, spill=folder) as local:
            reading = _read(place, path, folder, local, task, None)
            task.at(0.95, msg("Checking what was read"))
            return _landed(place, path, reading, local)
    except OSError as error:
        raise _no_room(error) from error
    except duckdb.IOException as error:
        raise _no_room(error) from error


@dataclass(frozen=True, slots=True)
class _Reading:
    columns: tuple[Wanted, ...]
    parts: Parts | Pieces
    version: str
    activity: Activity | None


def _read(
    place: Place, path: tuple[str, ...], folder: Path, local: duckdb.DuckDBPyConnection, task: Task, limit: int | None
) -> _Reading:
    """Copy the table in the binary form; again as CSV where that does not carry a value, and again with a column as text whenever one
    of its cells refuses its type."""
    as_text: dict[str, Refusal] = {}
    binary = True
    while True:
        with closing(connect(place)) as connection:
            with _told_apart(place, connection, path, task):
                wanted = _wanted(catalog.columns(place, connection, path))
                known = (catalog.find(place, connection, path) or (0, None))[1]
                activity = None if limit else _activity(place, connection, path)
            wanted = tuple(w.as_text(as_text[w.column.name]) if w.column.name in as_text else w for w in wanted)
            estimate = limit or known
            types = {w.column.name: w.type for w in wanted}
            parts = (Pieces if binary else Parts)(local, folder, types, _progress(task, path, estimate))
            try:
                with _told_apart(place, connection, path, task):
                    _copy(connection, path, wanted, parts, limit)
            except Unlike:
                binary = False
            except Misfit as misfit:
                as_text |= misfit.cells
                for name, cell in misfit.cells.items():
                    task.note(msg("{name} stays text: {cell} is no {type}", name=name, cell=cell.cell, type=cell.wanted))
            except BaseException:
                _remove(parts)
                raise
            else:
                return _Reading(wanted, parts, _version(connection), activity)
            _remove(parts)


def _remove(parts: Parts | Pieces) -> None:
    parts.close()
    for file in parts.files:
        file.unlink(missing_ok=True)


def _progress(task: Task, path: tuple[str, ...], estimate: int | None) -> Callable[[int], None]:
    def tell(rows: int) -> None:
        share = min(rows / estimate, 1.0) if estimate else rows / (rows + 1_000_000)
        task.at(0.95 * share, msg("{n} rows of {table} read", n=rows, table=path[-1]))

    return tell


@contextmanager
def _told_apart(place: Place, connection: Connection, path: tuple[str, ...], task: Task) -> Iterator[None]:
    """A driver's error as one of ours; `Cancelled` where it comes from the person's wish to stop."""
    try:
        with task.interruptible(interrupter(connection)):
            yield
    except psycopg2.Error as error:
        task.check()
        raise failed(place, error, ".".join(path)) from error
    except BaseException:
        hang_up(connection)  # the rest of the rows is of no use; closing politely would wait for it
        task.check()
        raise


def _copy(
    connection: Connection, path: tuple[str, ...], wanted: tuple[Wanted, ...], parts: Parts | Pieces, limit: int | None
) -> None:
    connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True, autocommit=False)
    with connection.cursor() as cursor:
        if limit is not None:
            cursor.execute("SET LOCAL statement_timeout = %s", (PREVIEW_SECONDS * 1000,))
        if isinstance(parts, Pieces):
            values = [parts.ways[one.column.name].selected(one.source_name) for one in wanted]
            cursor.copy_expert(_statement(path, values, limit, pgsql.SQL("FORMAT binary")), parts)
        else:
            values = [pgsql.SQL(outgoing(one.type)).format(pgsql.Identifier(one.source_name)) for one in wanted]
            form = pgsql.SQL("FORMAT csv, FORCE_QUOTE *, NULL {}").format(pgsql.Literal(NULL))
            cursor.copy_expert(_statement(path, values, limit, form), parts)
        count = cursor.rowcount
    connection.rollback()
    parts.finish(count)


def _statement(
    path: tuple[str, ...], values: Sequence[pgsql.Composable], limit: int | None, form: pgsql.Composable
) -> pgsql.Composable:
    query = pgsql.SQL("SELECT {} FROM {}").format(pgsql.SQL(", ").join(values), pgsql.Identifier(*path))
    if limit is not None:
        query += pgsql.SQL(" LIMIT {}").format(pgsql.Literal(limit))
    return pgsql.SQL("COPY ({}) TO STDOUT WITH ({})").format(query, form)


def _wanted(live: tuple[catalog.TableColumn, ...]) -> tuple[Wanted, ...]:
    seen: set[str] = set()
    return tuple(Wanted(replace(one.column, name=free_name(one.column.name, seen)), one.column.name, one.type) for one in live)


def _activity(place: Place, connection: Connection, path: tuple[str, ...]) -> Activity | None:
    return next((item.activity for item in catalog.tables(place, connection, *catalog.where(path))), None)


def _version(connection: Connection) -> str:
    return connection.get_parameter_status("server_version") or ""


def _landed(place: Place, path: tuple[str, ...], reading: _Reading, local: duckdb.DuckDBPyConnection) -> Landed:
    files = tuple(str(file) for file in reading.parts.files)
    later = tuple(w.column.name for w in reading.columns if w.type.settles_later)
    settled = settle(local, reading.parts.files, tuple(w.column.name for w in reading.columns), later)
    columns = tuple(_landed_column(wanted, settled.get(wanted.column.name)) for wanted in reading.columns)
    return Landed(
        files=files,
        columns=columns,
        rows=reading.parts.rows,
        bytes=sum(file.stat().st_size for file in reading.parts.files),
        source_bytes=reading.parts.bytes,
        reading=(
            ("server", f"PostgreSQL {reading.version}", msg("As the server at {address} says.", address=place.address)),
            ("table", ".".join(path), msg("Read in one snapshot, as the table was when the reading began.")),
        ),
        notes=(*_renamed(reading.columns), *infinite(local, files, tuple(one.column for one in columns))),
        activity=reading.activity,
    )


def _landed_column(wanted: Wanted, settled: tuple[str, Refusal | None] | None) -> LandedColumn:
    if settled is None:
        return LandedColumn(wanted.column, refused=wanted.refused)
    kind, refused = settled
    return LandedColumn(replace(wanted.column, type=kind), refused=refused)


def _renamed(columns: tuple[Wanted, ...]) -> Iterator[Msg]:
    for one in columns:
        if one.column.name != one.source_name:
            yield msg(
                "The column {old} is called {new} here: names that differ only in capitals are one name to DuckDB.",
                old=one.source_name,
                new=one.column.name,
            )


def _no_room(error: Exception) -> DataError:
    text = str(getattr(error, "strerror", None) or error).splitlines()[0]
    return DataError(
        msg("The rows could not be written into the workspace"),
        msg("The system said: {text}", text=text[:300]),
        msg("Free some disk space, or move the workspace with ASSAY_HOME, and start again."),
    )


__all__ = ["land", "preview", "schema"]
