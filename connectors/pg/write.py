"""Writing rows: one transaction from the first row to the last, so that a reader sees all of them or the table as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb
import psycopg2
import pyarrow as pa
from psycopg2 import sql as pgsql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from connectors.keys import filled, fitting, twice
from connectors.pg import catalog
from connectors.pg.fit import compare, made_type
from connectors.pg.outgo import types_of, write_csv
from connectors.pg.place import Place
from connectors.pg.reach import connect, hang_up, interrupter
from connectors.pg.trouble import failed
from core.engines.duck import duck
from core.errors import DataError
from core.store.throwaway import throwaway
from core.task import Task
from core.words import msg, plural, say

ROWS = 100_000  # rows of one COPY; a batch that is larger is cut
PIECE = 2**20  # bytes of a file handed to the driver at once
STAGING = "assay_staging"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the rows go: `into` is what COPY fills, `final` what the person named; they differ while rows are staged."""

    final: pgsql.Identifier
    into: pgsql.Identifier
    columns: pgsql.Composable
    types: dict[str, str]
    arrays: frozenset[str]

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
        with closing(_ahead(_files(local, _cut(filled(batches, keys)), target, folder))) as files:
            for file, count in files:
                task.at(rows / (rows + 1_000_000), msg("{n} rows sent to {table}", n=rows, table=where[1]))
                with file.open("rb") as source:
                    cursor.copy_expert(_copy(target), source, PIECE)
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


def _files(
    local: duckdb.DuckDBPyConnection, batches: Iterator[pa.RecordBatch], target: Target, folder: Path
) -> Iterator[tuple[Path, int]]:
    """The batches as CSV, with their rows. Three files take turns: one is sent, one waits, one is written."""
    for number, batch in enumerate(batches):
        file = folder / f"sending-{number % 3}.csv"
        write_csv(local, batch, target.types, target.arrays, file)
        yield file, batch.num_rows


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each made in a thread while the one before is used: the server and this side work at the same time."""
    with ThreadPoolExecutor(1, "assay-ahead") as pool:
        following = pool.submit(next, items, None)
        while (item := following.result()) is not None:
            following = pool.submit(next, items, None)
            yield item


def _cut(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, ROWS):
            yield batch.slice(start, ROWS)


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
    final = pgsql.Identifier(*where)
    columns = _names(types)
    if catalog.find(place, connection, where) is None:
        made = {title: made_type(kind) for title, kind in types.items()}
        definitions = pgsql.SQL(", ").join(
            pgsql.SQL("{} {}").format(pgsql.Identifier(title), pgsql.SQL(kind)) for title, kind in made.items()
        )
        unique = pgsql.SQL(", PRIMARY KEY ({})").format(_names(keys)) if keys else pgsql.SQL("")
        cursor.execute(pgsql.SQL("CREATE TABLE {} ({}{})").format(final, definitions, unique))
        arrays = frozenset(title for title, kind in made.items() if kind.endswith("[]"))
        if not keys:
            return Target(final, final, columns, types, arrays)
    else:
        live = catalog.columns(place, connection, where)
        compare(".".join(where), types, live)
        arrays = frozenset(one.column.name for one in live if one.type.array)
    if mode == "append":
        return Target(final, final, columns, types, arrays)
    into = pgsql.Identifier("pg_temp", STAGING)
    cursor.execute(
        pgsql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            pgsql.Identifier(STAGING), columns, final
        )
    )
    return Target(final, into, columns, types, arrays)


def _names(titles: Iterable[str]) -> pgsql.Composable:
    return pgsql.SQL(", ").join(map(pgsql.Identifier, titles))


def _merge(cursor: Cursor, target: Target, keys: tuple[str, ...]) -> int:
    """Change the rows that are there, add the others; how many were touched. Nobody else writes to the table meanwhile."""
    cursor.execute(pgsql.SQL("SELECT 1 FROM {} GROUP BY {} HAVING count(*) > 1 LIMIT 1").format(target.into, _names(keys)))
    if cursor.fetchone():
        raise twice(keys)
    same = pgsql.SQL(" AND ").join(pgsql.SQL("t.{key} = s.{key}").format(key=pgsql.Identifier(key)) for key in keys)
    others = [title for title in target.types if title not in keys]
    parts = {"final": target.final, "into": target.into, "same": same, "columns": target.columns}
    cursor.execute(pgsql.SQL("ANALYZE {into}").format(**parts))
    cursor.execute(pgsql.SQL("LOCK TABLE {final} IN SHARE ROW EXCLUSIVE MODE").format(**parts))
    changes = pgsql.SQL(", ").join(pgsql.SQL("{one} = s.{one}").format(one=pgsql.Identifier(title)) for title in others)
    change = "UPDATE {final} AS t SET {changes} FROM {into} AS s WHERE {same}"
    # Without other columns there is nothing to change: the rows that are there are counted instead.
    count = "SELECT 1 FROM {final} AS t, {into} AS s WHERE {same}"
    cursor.execute(pgsql.SQL(change if others else count).format(changes=changes, **parts))
    touched = cursor.rowcount
    add = "INSERT INTO {final} ({columns}) SELECT {columns} FROM {into} AS s WHERE NOT EXISTS (SELECT 1 FROM {final} AS t WHERE {same})"
    cursor.execute(pgsql.SQL(add).format(**parts))
    return touched + cursor.rowcount


def _copy(target: Target) -> pgsql.Composable:
    return pgsql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv, NULL {})").format(
        target.into, target.columns, pgsql.Literal(r"\N")
    )


def _swap(cursor: Cursor, target: Target) -> None:
    cursor.execute(pgsql.SQL("TRUNCATE {}").format(target.final))
    cursor.execute(
        pgsql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target.final, target.columns, target.columns, target.into)
    )


def _count(written: int, sent: int, where: tuple[str, str]) -> None:
    if written != sent:
        raise DataError(
            msg("{table} took {written} of {sent} rows", table=".".join(where), written=written, sent=sent),
            msg("A trigger or a rule of the table keeps rows away."),
            msg("Write to a table without it. Nothing was written."),
        )
