"""Rows that do not fit a table of a real PostgreSQL: every clash in one error, each with what to do, and nothing written."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from connectors.postgres import Postgres
from core.errors import DataError
from core.task import Task
from tests.servers.postgres import Database
from tests.servers.tools import batches, without_password, write

pytestmark = pytest.mark.server


def refused(database: Database, rows: pa.Table, mode: str = "append") -> str:
    with pytest.raises(DataError) as caught:
        write(database, ("public", "t"), rows, mode)
    return without_password(caught.value)


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_every_clash_of_types_is_told_with_what_to_do(database: Database, mode: str):
    database.run(
        "CREATE TABLE t (id int, sum numeric(5,2), must int NOT NULL, g int GENERATED ALWAYS AS (1) STORED, day date, f real)"
    )
    rows = pa.table(
        {
            "id": pa.array([1], pa.int64()),
            "sum": pa.array([Decimal(1)], pa.decimal128(20, 3)),
            "extra": [1],
            "g": [1],
            "day": ["2024-01-01"],
            "f": [1.5],
        }
    )
    said = refused(database, rows, mode)
    for part in (
        "7 columns do not fit",
        "id is BIGINT here and integer there: cast it to INTEGER before the sink, or make it bigint there",
        "sum is DECIMAL(20,3) here and numeric(5,2) there",
        "extra is not in the table: drop it before the sink, or add it there as bigint",
        "g is computed by PostgreSQL and cannot be written: drop it before the sink",
        "day is VARCHAR here and date there",
        "f is DOUBLE here and real there",
        "must must have a value and gets none: add it before the sink, or give it a default there",
    ):
        assert part in said
    assert database.run("SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_values_that_would_be_refused_or_changed_are_told_column_by_column(database: Database, mode: str):
    database.run(
        "CREATE TABLE t (a int NOT NULL, b text NOT NULL, s timestamp(0), v varchar(3), c char(3)); INSERT INTO t VALUES (7, '')"
    )
    rows = pa.table(
        {
            "a": pa.array([1, None], pa.int32()),
            "b": [None, "x"],
            "s": pa.array([datetime(2024, 1, 1), datetime(2024, 1, 1, 0, 0, 0, 5)], pa.timestamp("us")),
            "v": ["abc", "ab  "],
            "c": ["ёёёё", None],
        }
    )
    said = refused(database, rows, mode)
    for part in (
        "The values of 5 columns do not fit public.t",
        "a holds 1 null",
        "b holds 1 null",
        "s holds 2024",
        "“ab  ”",
        "“ёёёё”",
    ):
        assert part in said
    assert database.run("SELECT a FROM t") == [(7,)]


def test_values_that_a_narrower_column_keeps_whole_are_written(database: Database):
    database.run("CREATE TABLE t (s timestamp(0), v varchar(3), n numeric(20,5))")
    rows = pa.table({"s": pa.array([datetime(2024, 1, 1)], pa.timestamp("us")), "v": ["ёёё"], "n": pa.array([5], pa.int32())})
    write(database, ("public", "t"), rows, "append")
    assert database.run("SELECT s::text, v, n::text FROM t") == [("2024-01-01 00:00:00", "ёёё", "5.00000")]


@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
def test_a_column_that_counts_itself_takes_what_is_written(database: Database, mode: str):
    database.run("CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text DEFAULT 'new', n bigint)")
    rows = pa.table({"id": pa.array([5, 6], pa.int64()), "n": pa.array([1, None], pa.int64())})
    with Postgres(database.settings) as target:
        target.write(("public", "t"), batches(rows), rows.schema, mode, Task(), ("id",) if mode == "upsert" else ())
    assert database.run("SELECT id, note, n FROM t ORDER BY id") == [(5, "new", 1), (6, "new", None)]


@pytest.mark.parametrize("mode", ["replace", "upsert"])
def test_the_same_write_twice_changes_nothing_more(database: Database, mode: str):
    rows = pa.table({"id": pa.array([5, 6], pa.int64()), "t": ["a", None]})
    for _ in range(2):
        with Postgres(database.settings) as target:
            target.write(("public", "t"), batches(rows), rows.schema, mode, Task(), ("id",) if mode == "upsert" else ())
        assert database.run("SELECT id, t FROM t ORDER BY id") == [(5, "a"), (6, None)]
