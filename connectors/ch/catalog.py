"""What is on a ClickHouse: databases, tables with the server's own counts, columns."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.arrow import columns_of
from connectors.ch.place import Place
from connectors.ch.reach import told
from connectors.ch.session import Refused, Session
from connectors.ch.trouble import failed
from connectors.ch.types import ChType, parse, way
from core.engines.duck import duck
from core.errors import ConfigError, DataError
from core.models.source import Activity, Column, Item
from core.words import msg

_DATABASES = """
SELECT name FROM system.databases
WHERE name NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema', '_temporary_and_external_tables')
  AND ({only:String} = '' OR name = {only:String})
ORDER BY name
"""
# What a materialised view holds lies in a table `.inner…` or in the one it names: the view itself stands for the first.
_TABLES = """
SELECT name, engine, total_rows, total_bytes, p.changed AS changed, m.rewrites AS rewrites FROM system.tables
LEFT JOIN (
  SELECT table, toDateTime64(max(modification_time), 3, 'UTC') AS changed FROM system.parts
  WHERE database = {database:String} AND active AND rows > 0 GROUP BY table
) AS p ON p.table = name
LEFT JOIN (
  SELECT table, count() AS rewrites FROM system.mutations
  WHERE database = {database:String} AND match(command, '^[(]?(UPDATE|DELETE)') GROUP BY table
) AS m ON m.table = name
WHERE database = {database:String} AND NOT is_temporary AND NOT startsWith(name, '.inner')
ORDER BY name
"""
_TABLE = """
SELECT engine, total_rows, (SELECT engine FROM system.databases WHERE name = {database:String}) AS home,
  sorting_key, dependencies_table AS readers
FROM system.tables WHERE database = {database:String} AND name = {table:String}
"""
_COLUMNS = """
SELECT name, type, comment, default_kind FROM system.columns
WHERE database = {database:String} AND table = {table:String} AND default_kind <> 'EPHEMERAL' ORDER BY position
"""
_VIEWS = ("View", "MaterializedView", "LiveView", "WindowView")


@dataclass(frozen=True, slots=True)
class Table:
    """A live table: its engine and that of its database, its rows where the engine counts them, the views fed by its inserts."""

    engine: str
    home: str
    rows: int | None
    sorting_key: str
    readers: tuple[str, ...]

    @property
    def merges(self) -> bool:
        return self.engine.endswith("MergeTree")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a live table: as Assay sees it, its type there, and whether ClickHouse fills it in by itself."""

    column: Column
    type: ChType
    computed: bool = False


def databases(place: Place, session: Session) -> tuple[Item, ...]:
    """The databases that the user may see, without ClickHouse's own."""
    with told(place, place.address):
        found = session.rows(_DATABASES, {"only": place.database})
    return tuple(Item((row["name"],), "schema") for row in found)


def tables(place: Place, session: Session, database: str) -> tuple[Item, ...]:
    """Tables and views of a database with what ClickHouse knows of their size.

    The count is not exact where rows were deleted lightly: they are masked, and counted until their part is merged. Views, and
    tables that stand for others (Distributed, Merge), have no size of their own.
    """
    with told(place, database):
        found = session.rows(_TABLES, {"database": database})
    return tuple(
        Item(
            (database, row["name"]),
            "view" if row["engine"] in _VIEWS else "table",
            row["total_rows"],
            rows_exact=not row["engine"].endswith("MergeTree"),
            bytes=row["total_bytes"] or None,
            activity=_activity(row),
        )
        for row in found
    )


def _activity(row: dict[str, Any]) -> Activity | None:
    """When rows of a table of parts were written last (its merges count as that too), and the statements that changed rows already there."""
    if not row["engine"].endswith("MergeTree"):
        return None
    changed = row["changed"] if row["total_rows"] else None
    return Activity(rewrites=int(row["rewrites"]), changed=changed)


def where(path: tuple[str, ...]) -> tuple[str, str]:
    """Database and table of a path. Raises `ConfigError` for one that names no table."""
    if len(path) != 2 or not all(path):
        raise ConfigError(
            msg("{path} does not name a table", path=".".join(path) or "—"),
            msg("A table of ClickHouse is named by its database and its name."),
            msg("Write it as database.table, for example default.orders."),
        )
    return path[0], path[1]


def find(place: Place, session: Session, path: tuple[str, ...]) -> Table | None:
    """The live table, None where there is no such one (or the user may not see it)."""
    database, table = where(path)
    with told(place, f"{database}.{table}"):
        found = session.rows(_TABLE, {"database": database, "table": table})
    if not found:
        return None
    row = found[0]
    return Table(row["engine"], row["home"] or "", row["total_rows"], row["sorting_key"] or "", tuple(row["readers"] or ()))


def columns(place: Place, session: Session, path: tuple[str, ...]) -> tuple[TableColumn, ...]:
    """The columns of a live table in its order, computed ones too. Raises `DataError` where there is no such table."""
    database, table = where(path)
    name = f"{database}.{table}"
    with told(place, name):
        found = session.rows(_COLUMNS, {"database": database, "table": table})
    if not found and find(place, session, path) is None:
        raise failed(place, Refused(60, ""), name)
    if not found:
        raise DataError(
            msg("{name} has no columns", name=name),
            msg("There is nothing in it to read."),
            msg("Choose another table."),
        )
    here = duck_types([way(row["type"]).arrow for row in found])
    return tuple(_column(row, type_here) for row, type_here in zip(found, here))


def _column(row: dict, type_here: str) -> TableColumn:
    kind = parse(row["type"])
    shown = Column(row["name"], type_here, kind.nullable, " ".join(row["type"].split()), row["comment"] or "")
    return TableColumn(shown, kind, row["default_kind"] in ("MATERIALIZED", "ALIAS"))


def duck_types(types: Sequence[pa.DataType]) -> tuple[str, ...]:
    """The DuckDB types of a Parquet file with columns of these Arrow types."""
    with tempfile.TemporaryDirectory(prefix="assay-types-") as folder, duck() as local:
        file = Path(folder, "types.parquet")
        pq.write_table(pa.schema([(f"c{n}", kind) for n, kind in enumerate(types)]).empty_table(), file)
        return tuple(one.type for one in columns_of(local, file))
