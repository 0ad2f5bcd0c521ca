"""Writing rows: one transaction from the first row to the last, so that a reader sees all of them or the table as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg2
import pyarrow as pa
from psycopg2 import sql as pgsql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from connectors.keys import filled, fitting, twice
from connectors.pg import catalog
from connectors.pg.fit import compare, made_type
from connectors.pg.held import held
from connectors.pg.outgo import types_of
from connectors.pg.parts import NULL
from connectors.pg.place import Place
from connectors.pg.reach import connect, hang_up, interrupter
from connectors.pg.send import PIECE, sending
from connectors.pg.trouble import failed
from connectors.pg.types import PgType
from core.engines.duck import duck
from core.errors import DataError
from core.store.throwaway import throwaway
from core.task import Task
from core.words import msg, plural, say

STAGING = "assay_staging"


@dataclass(frozen=True, slots=True)
class Target:
    """Where the rows go: `into` is what COPY fills, `final` what the person named; they differ while rows are staged.

    `types` are the rows' (DuckDB's), `columns` the table's, `required` those that take no null.
    """

    final: pgsql.Identifier
    into: pgsql.Identifier
    names: pgsql.Composable
    types: dict[str, str]
    columns: dict[str, PgType]
    required: frozenset[str]

    @property
    def staged(self) -> bool:
        return self.into != self.final


def write(
    place: Place,
    path: tuple[str, ...],
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    mode: str,
    task: Task,
    keys: tuple[str, ...] = (),
) -> str:
    """Write all rows to the table at `path` (made when missing). Returns where they are.

    `append` adds them, `replace` puts them in the place of the present ones and keeps the table's definition, indexes and
    grants, `upsert` changes the rows with the same `keys` (no row is deleted, so nothing that refers to one is) and adds the
    others. Each is one transaction: a killed write leaves the table as it was. All but an append go through a temporary table, so
    that readers of the target wait only for the swap, not for the load.
    """
    where = catalog.where(path)
    name = ".".join(where)
    fitting("PostgreSQL", mode, keys, schema)
    with closing(connect(place)) as connection, throwaway("write-") as folder:
        try:
            with task.interruptible(interrupter(connection)):
                rows = _all(place, connection, where, batches, schema, mode, task, folder, keys if mode == "upsert" else ())
        except psycopg2.Error as error:
            task.check()
            raise failed(place, error, name) from error
        except BaseException:
            hang_up(connection)  # the server rolls back
            raise
    return say(plural("{n} row in {table} at {place}", "{n} rows in {table} at {place}", n=rows, table=name, place=_at(place)))


def _at(place: Place) -> str:
    return f"{place.address}/{place.database}"


def _all(
    place: Place,
    connection: Connection,
    where: tuple[str, str],
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    mode: str,
    task: Task,
    folder: Path,
    keys: tuple[str, ...],
) -> int:
    connection.set_session(autocommit=False)
    with duck(task, spill=folder) as local, connection.cursor() as cursor:
        target = _prepare(place, connection, cursor, where, types_of(local, schema), mode, keys)
        rows = 0
        fitting_rows = held(".".join(where), filled(batches, keys), target.columns, target.required)
        form, copies = sending(local, fitting_rows, schema, target.types, target.columns, folder)
        with closing(copies):
            for source, count in copies:
                task.at(rows / (rows + 1_000_000), msg("{n} rows sent to {table}", n=rows, table=where[1]))
                with closing(source):
                    cursor.copy_expert(_copy(target, form), source, PIECE)
                _count(cursor.rowcount, count, where)
                rows += count
        task.at(0.95, msg("Putting the rows in place"))
        if keys:
            _count(_merge(cursor, target, keys), rows, where)
        elif target.staged:
            _swap(cursor, target)
            _count(cursor.rowcount, rows, where)
        connection.commit()
    return rows


def _prepare(
    place: Place,
    connection: Connection,
    cursor: Cursor,
    where: tuple[str, str],
    types: dict[str, str],
    mode: str,
    keys: tuple[str, ...],
) -> Target:
    """Make the table, or compare the rows with the one that is there; make the staging table where rows are to be replaced."""
    final, names = pgsql.Identifier(*where), _names(types)
    fresh = catalog.find(place, connection, where) is None
    if fresh:
        definitions = pgsql.SQL(", ").join(
            pgsql.SQL("{} {}").format(pgsql.Identifier(title), pgsql.SQL(made_type(kind))) for title, kind in types.items()
        )
        unique = pgsql.SQL(", PRIMARY KEY ({})").format(_names(keys)) if keys else pgsql.SQL("")
        cursor.execute(pgsql.SQL("CREATE TABLE {} ({}{})").format(final, definitions, unique))
    live = catalog.columns(place, connection, where)
    if not fresh:
        compare(".".join(where), types, live)
    target = Target(
        final,
        final,
        names,
        types,
        {one.column.name: one.type for one in live},
        frozenset(one.column.name for one in live if not one.column.nullable),
    )
    if mode == "append" or (fresh and not keys):
        return target
    into = pgsql.Identifier("pg_temp", STAGING)
    cursor.execute(
        pgsql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            pgsql.Identifier(STAGING), names, final
        )
    )
    return replace(target, into=into)


def _names(titles: Iterable[str]) -> pgsql.Composable:
    return pgsql.SQL(", ").join(map(pgsql.Identifier, titles))


def _merge(cursor: Cursor, target: Target, keys: tuple[str, ...]) -> int:
    """Change the rows that are there, add the others; how many were touched. Nobody else writes to the table meanwhile."""
    cursor.execute(pgsql.SQL("SELECT 1 FROM {} GROUP BY {} HAVING count(*) > 1 LIMIT 1").format(target.into, _names(keys)))
    if cursor.fetchone():
        raise twice(keys)
    same = pgsql.SQL(" AND ").join(pgsql.SQL("t.{key} = s.{key}").format(key=pgsql.Identifier(key)) for key in keys)
    others = [title for title in target.types if title not in keys]
    parts = {"final": target.final, "into": target.into, "same": same, "columns": target.names}
    cursor.execute(pgsql.SQL("ANALYZE {into}").format(**parts))
    cursor.execute(pgsql.SQL("LOCK TABLE {final} IN SHARE ROW EXCLUSIVE MODE").format(**parts))
    changes = pgsql.SQL(", ").join(pgsql.SQL("{one} = s.{one}").format(one=pgsql.Identifier(title)) for title in others)
    change = "UPDATE {final} AS t SET {changes} FROM {into} AS s WHERE {same}"
    # Without other columns there is nothing to change: the rows that are there are counted instead.
    count = "SELECT 1 FROM {final} AS t, {into} AS s WHERE {same}"
    cursor.execute(pgsql.SQL(change if others else count).format(changes=changes, **parts))
    touched = cursor.rowcount
    add = (
        "INSERT INTO {final} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {into} AS s"
        " WHERE NOT EXISTS (SELECT 1 FROM {final} AS t WHERE {same})"
    )
    cursor.execute(pgsql.SQL(add).format(**parts))
    return touched + cursor.rowcount


def _copy(target: Target, form: str) -> pgsql.Composable:
    options = pgsql.SQL("FORMAT binary") if form == "binary" else pgsql.SQL("FORMAT csv, NULL {}").format(pgsql.Literal(NULL))
    return pgsql.SQL("COPY {} ({}) FROM STDIN WITH ({})").format(target.into, target.names, options)


def _swap(cursor: Cursor, target: Target) -> None:
    cursor.execute(pgsql.SQL("TRUNCATE {}").format(target.final))
    cursor.execute(
        pgsql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}").format(
            target.final, target.names, target.names, target.into
        )
    )


def _count(written: int, sent: int, where: tuple[str, str]) -> None:
    if written != sent:
        raise DataError(
            msg("{table} took {written} of {sent} rows", table=".".join(where), written=written, sent=sent),
            msg("A trigger or a rule of the table keeps rows away."),
            msg("Write to a table without it. Nothing was written."),
        )
