"""What is in a database: schemas, tables with the server's own estimates of rows and size, columns."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection

from connectors.pg.place import Place
from connectors.pg.reach import hang_up
from connectors.pg.trouble import failed
from connectors.pg.types import PgType
from core.errors import ConfigError, DataError
from core.models.source import Activity, Column, Item
from core.words import msg

PATIENCE = 30.0  # seconds that a question to the catalogue may take, on a server with many tables too

_SCHEMAS = """
SELECT nspname FROM pg_catalog.pg_namespace
WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' AND pg_catalog.has_schema_privilege(oid, 'USAGE')
  AND (%(only)s = '' OR nspname = %(only)s)
ORDER BY nspname
"""

# A partitioned table has no rows of its own: it counts those of its partitions, which are not listed beside it.
# reltuples is what VACUUM or ANALYZE last saw; -1 (0 before version 14) means never.
_TABLES = """
WITH RECURSIVE part(root, member) AS (
  SELECT c.oid, c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND CASE WHEN %(table)s = '' THEN NOT c.relispartition ELSE c.relname = %(table)s END
  UNION ALL
  SELECT part.root, i.inhrelid FROM part JOIN pg_catalog.pg_inherits i ON i.inhparent = part.member
  JOIN pg_catalog.pg_class k ON k.oid = i.inhrelid AND k.relispartition
)
SELECT c.relname, c.relkind,
  CASE WHEN c.relkind IN ('r', 'm', 'p')
    AND pg_catalog.bool_and(m.reltuples > 0 OR (m.reltuples = 0 AND m.relpages = 0
        AND pg_catalog.pg_relation_size(m.oid) = 0)) FILTER (WHERE m.relkind <> 'p')
    THEN pg_catalog.sum(m.reltuples) FILTER (WHERE m.relkind <> 'p') END,
  CASE WHEN c.relkind IN ('r', 'm', 'p') THEN pg_catalog.sum(pg_catalog.pg_total_relation_size(m.oid)) END,
  pg_catalog.sum(s.n_tup_ins), pg_catalog.sum(s.n_tup_upd), pg_catalog.sum(s.n_tup_del),
  (SELECT d.stats_reset FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()),
  pg_catalog.max(GREATEST(s.last_analyze, s.last_autoanalyze)), pg_catalog.sum(s.seq_scan), pg_catalog.sum(s.idx_scan)
FROM part JOIN pg_catalog.pg_class c ON c.oid = part.root JOIN pg_catalog.pg_class m ON m.oid = part.member
LEFT JOIN pg_catalog.pg_stat_user_tables s ON s.relid = m.oid AND m.relkind IN ('r', 'm')
GROUP BY c.oid, c.relname, c.relkind ORDER BY c.relname
"""

# A domain is read as the type under it, however many domains lie in between.
_COLUMNS = """
WITH RECURSIVE base(attnum, typ, modifier) AS (
  SELECT a.attnum, a.atttypid, a.atttypmod FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT base.attnum, t.typbasetype, t.typtypmod FROM base JOIN pg_catalog.pg_type t ON t.oid = base.typ
  WHERE t.typtype = 'd'
)
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
  pg_catalog.col_description(a.attrelid, a.attnum), COALESCE(e.typname, t.typname), base.modifier, e.oid IS NOT NULL,
  a.atthasdef OR a.attidentity <> '', to_jsonb(a) ->> 'attgenerated'
FROM base JOIN pg_catalog.pg_type t ON t.oid = base.typ AND t.typtype <> 'd'
JOIN pg_catalog.pg_attribute a ON a.attrelid = %(table)s AND a.attnum = base.attnum
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' AND t.typname NOT IN ('int2vector', 'oidvector')
ORDER BY a.attnum
"""

_FIND = """
SELECT c.oid, c.reltuples FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a live table: as Assay sees it, its type there, and whether PostgreSQL fills it in by itself."""

    column: Column
    type: PgType
    has_default: bool = False
    generated: bool = False


def rows_of(place: Place, connection: Connection, query: str, name: str, **params: Any) -> list[tuple]:
    """The rows of a catalogue query. Raises an `AssayError`."""
    # The driver waits for ever on a server that accepts and does not answer; no question to the catalogue takes that long.
    patience = threading.Timer(PATIENCE, hang_up, (connection,))
    patience.daemon = True
    patience.start()
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, params)
            return cursor.fetchall()
    except psycopg2.Error as error:
        raise failed(place, error, name) from error
    finally:
        patience.cancel()


def schemas(place: Place, connection: Connection) -> tuple[Item, ...]:
    """The schemas the user may use, without PostgreSQL's own."""
    found = rows_of(place, connection, _SCHEMAS, place.database, only=place.schema)
    return tuple(Item((name,), "schema") for (name,) in found)


def tables(place: Place, connection: Connection, schema: str, table: str = "") -> tuple[Item, ...]:
    """Tables and views of a schema (or the one named `table`), with PostgreSQL's estimate of the rows, the bytes on its disk, indexes
    included, and its counts of changes."""
    found = rows_of(place, connection, _TABLES, schema, schema=schema, table=table)
    return tuple(
        Item(
            (schema, name),
            "view" if kind in ("v", "m") else "table",
            None if rows is None else int(rows),
            rows_exact=False,
            bytes=None if size is None else int(size),
            activity=_activity(*changes),
        )
        for name, kind, rows, size, *changes in found
    )


def _activity(
    inserted: int | None,
    updated: int | None,
    deleted: int | None,
    since: datetime | None,
    analyzed: datetime | None,
    scans: int | None,
    lookups: int | None,
) -> Activity | None:
    """What pg_stat_user_tables counts; nothing for views and foreign tables, which it does not know. A table without an index has no lookups."""
    if inserted is None or updated is None or deleted is None:
        return None
    return Activity(int(inserted), int(updated), int(deleted), since, analyzed, int(scans or 0), int(lookups or 0))


def where(path: tuple[str, ...]) -> tuple[str, str]:
    """Schema and table of a path. Raises `ConfigError` for one that names no table."""
    if len(path) != 2 or not all(path):
        raise ConfigError(
            msg("{path} does not name a table", path=".".join(path) or "—"),
            msg("A table of PostgreSQL is named by its schema and its name."),
            msg("Write it as schema.table, for example public.orders."),
        )
    return path[0], path[1]


def find(place: Place, connection: Connection, path: tuple[str, ...]) -> tuple[int, int | None] | None:
    """The table's oid and estimated rows, None where there is no such table (or the user may not see its schema)."""
    schema, table = where(path)
    found = rows_of(place, connection, _FIND, table, schema=schema, table=table)
    return (found[0][0], int(found[0][1]) if found[0][1] > 0 else None) if found else None


def columns(place: Place, connection: Connection, path: tuple[str, ...]) -> tuple[TableColumn, ...]:
    """The columns of a live table in its order. Raises `DataError` where there is no such table, or it has no columns."""
    schema, table = where(path)
    found = find(place, connection, path)
    if found is None:
        raise failed(place, psycopg2.errors.UndefinedTable(), f"{schema}.{table}")
    rows = rows_of(place, connection, _COLUMNS, table, table=found[0])
    if not rows:
        raise DataError(
            msg("{name} has no columns", name=f"{schema}.{table}"),
            msg("PostgreSQL allows a table without any; there is nothing in it to read."),
            msg("Choose another table."),
        )
    return tuple(_column(row) for row in rows)


def _column(row: tuple) -> TableColumn:
    name, source_type, not_null, comment, typname, modifier, array, has_default, generated = row
    kind = PgType(typname, modifier, array)
    shown = Column(name, kind.duck, not not_null, source_type, comment or "")
    return TableColumn(shown, kind, has_default, bool(generated))
