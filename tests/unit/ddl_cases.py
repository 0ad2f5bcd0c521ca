"""What the tests of DDL share: tables of DuckDB as designs, and the proof of them on an engine that runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb

from core.ddl import look
from core.ddl.dialects.base import Dialect, Rendered
from core.ddl.verify import compare
from core.ddl.verify.engine import Engine
from core.ddl.verify.prove import prove
from core.ddl.verify.sample import Drawn
from core.engines.duck import column, sql
from core.engines.duck import name as as_name
from core.models.design import ColumnDesign, Proof, TableDesign
from core.models.profile import ColumnProfile, Key, Profile, TableProfile
from core.models.types import family
from core.task import Task

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@contextmanager
def local() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        compare.prepare(connection)
        yield connection


def designed(connection: duckdb.DuckDBPyConnection, table: str, name: str = "") -> TableDesign:
    """The design of a table as it lies in DuckDB, with types that Parquet does not have; no keys and no indexes."""
    described = connection.execute(f'DESCRIBE "{table}"').fetchall()
    return TableDesign(name or table, tuple(_column(connection, table, line[0], line[1]) for line in described))


def _column(connection: duckdb.DuckDBPyConnection, table: str, name: str, kind: str) -> ColumnDesign:
    value = sql(column(name))
    whole = connection.table(sql(as_name(table)))
    rows, filled = whole.aggregate(f"count(*), count({value})").fetchall()[0]
    low, high = None, None
    if family(kind) in ("integer", "date", "timestamp", "time"):
        low, high = whole.aggregate(f"min({value})::VARCHAR, max({value})::VARCHAR").fetchall()[0]
    keep = "value"
    if family(kind) in ("json", "nested"):
        texts = whole.filter(f"{value} IS NOT NULL").project(f"to_json({value})::VARCHAR").fetchall()
        keep = max((look.kept(text) for (text,) in texts), key=("value", "text", "raw").index, default="value")
    return ColumnDesign(name, kind, rows > filled or not rows, "", low, high, None, None, rows, None, keep)


def drawn(connection: duckdb.DuckDBPyConnection, table: str) -> Drawn:
    described = connection.execute(f'DESCRIBE "{table}"').fetchall()
    ((rows,),) = connection.table(sql(as_name(table))).aggregate("count(*)").fetchall()
    return Drawn(table, rows, {line[0]: line[1] for line in described})


def proven(
    engine: Engine, dialect: Dialect, connection: duckdb.DuckDBPyConnection, designs: Sequence[tuple[TableDesign, str]]
) -> tuple[tuple[Rendered, ...], Proof]:
    """The proof of designs over tables of DuckDB (design, table)."""
    rendered = dialect.render([design for design, _ in designs])
    rows = {design.name: drawn(connection, table) for design, table in designs}
    return rendered, prove(engine, rendered, rows, connection, Task())


def column_profile(
    name: str, kind: str = "VARCHAR", rows: int = 100_000, nulls: int = 0, distinct: int = 50, **more
) -> ColumnProfile:
    return ColumnProfile(name, kind, rows, nulls, distinct, True, **more)


def table_profile(
    *columns: ColumnProfile, name: str = "t", key: Sequence[str] = (), time: str = "", keys: Sequence[Sequence[str]] = ()
) -> TableProfile:
    found = tuple(Key(tuple(one)) for one in ([key, *keys] if key else keys))
    return TableProfile(name, columns[0].rows if columns else 0, 0, 0, columns, found, tuple(key), 0, time)


def profile_of(*tables: TableProfile, foreign_keys=()) -> Profile:
    return Profile(tables, tuple(foreign_keys), NOW, 0.0)
