"""Landed tables for the tests of the profile: rows written as Parquet, described the way a connector describes them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from core.models.profile import ColumnProfile, Profile, TableProfile
from core.models.source import Column, Landed, LandedColumn
from core.profile import profile
from core.task import Task

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def land(folder: Path, name: str, rows: pa.Table | str, *, files: int = 1) -> Landed:
    """Land an Arrow table, or the result of a DuckDB query, in `files` files."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    if isinstance(rows, pa.Table):
        connection.register("given", rows)
        connection.execute("CREATE TABLE data AS SELECT * FROM given")
    else:
        connection.execute("CREATE TABLE data AS " + rows)
    (count,) = connection.execute("SELECT count(*) FROM data").fetchall()[0]
    paths = []
    for part in range(files):
        paths.append(folder / f"{name}-{part}.parquet")
        share = "COPY (SELECT * FROM data WHERE rowid % $files = $part) TO $path (FORMAT parquet)"
        connection.execute(share, {"files": files, "part": part, "path": str(paths[-1])})
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet($path)", {"path": str(paths[0])}).fetchall()
    columns = tuple(LandedColumn(Column(line[0], line[1])) for line in described)
    size = sum(path.stat().st_size for path in paths)
    return Landed(tuple(map(str, paths)), columns, count, size, size)


def profiled(tables: dict[str, Landed], task: Task | None = None) -> Profile:
    return profile(tables, task or Task(), now=NOW)


def table_of(folder: Path, rows: pa.Table | str, *, files: int = 1) -> TableProfile:
    """The profile of one table."""
    return profiled({"data": land(folder, "data", rows, files=files)}).table("data")


def column_of(folder: Path, rows: pa.Table | str, name: str = "x") -> ColumnProfile:
    """The profile of one column."""
    return table_of(folder, rows).column(name)
