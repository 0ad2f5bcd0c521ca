"""Parquet: the types are kept, and what DuckDB would change is kept as text."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.parquet import Parquet
from core.errors import ConfigError, DataError
from core.models.source import Landed
from core.task import Task
from core.words import say


def land(folder: Path, table: pa.Table) -> Landed:
    file = folder / "rows.parquet"
    pq.write_table(table, file)
    (folder / "work" / "l").mkdir(parents=True)
    with Parquet({"path": str(file)}) as source:
        assert [column.name for column in source.schema((file.name,))] == table.column_names
        assert source.preview((file.name,), 1).num_rows == min(1, table.num_rows)
        landed = source.land((file.name,), folder / "work" / "l", Task())
    assert [entry.name for entry in (folder / "work").iterdir()] == ["l"]
    return landed


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        (pa.array([2**64 - 1, None], pa.uint64()), "UBIGINT"),
        (pa.array([255, None], pa.uint8()), "UTINYINT"),
        (pa.array([D(10**37), None], pa.decimal128(38, 0)), "DECIMAL(38,0)"),
        (pa.array([1.5, None], pa.float32()), "FLOAT"),
        (pa.array([1, None], pa.timestamp("ns")), "TIMESTAMP_NS"),
        (pa.array([1, None], pa.timestamp("ms")), "TIMESTAMP"),
        (pa.array([1, None], pa.timestamp("us", "Europe/Moscow")), "TIMESTAMP WITH TIME ZONE"),
        (pa.array([1_000, None], pa.timestamp("ns", "Europe/Moscow")), "TIMESTAMP WITH TIME ZONE"),
        (pa.array([time(1, 2, 3, 4), None], pa.time64("us")), "TIME"),
        (pa.array([b"\xff\x00", None], pa.binary()), "BLOB"),
        (pa.array(["a", None]).dictionary_encode(), "VARCHAR"),
        (pa.array(["a", None], pa.large_string()), "VARCHAR"),
        (pa.array([[1, None], None]), "BIGINT[]"),
        (pa.array([{"a": [1], "b": {"c": "x"}}, None]), "STRUCT(a BIGINT[], b STRUCT(c VARCHAR))"),
        (pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int32())), "MAP(VARCHAR, INTEGER)"),
        (pa.nulls(2), "VARCHAR"),
        (pa.array([{"a": None}, None], pa.struct([("a", pa.null())])), "STRUCT(a VARCHAR)"),
    ],
    ids=str,
)
def test_each_type_is_kept_with_its_values(values: pa.Array, type_name: str, tmp_path: Path):
    landed = land(tmp_path, pa.table({"v": values}))
    assert (landed.rows, landed.schema[0].type) == (2, type_name)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        given, got = (
            connection.sql("SELECT v FROM read_parquet($f)", params={"f": str(file)}).fetchall()
            for file in (tmp_path / "rows.parquet", landed.files[0])
        )
        (described,) = connection.execute("DESCRIBE SELECT * FROM read_parquet($f)", {"f": landed.files[0]}).fetchall()
    assert given == got
    assert described[1] == type_name


def test_decimals_wider_than_duckdb_knows_stay_exact_as_text(tmp_path: Path):
    number = D("12345678901234567890123456789012345678901234567.89")
    landed = land(tmp_path, pa.table({"wide": pa.array([number, None] * 5, pa.decimal256(50, 2)), "n": list(range(10))}))
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet($f)", {"f": landed.files[0]}).fetchall()
    assert found[:2] == [(str(number), 0), (None, 1)]
    assert [column.type for column in landed.schema] == ["VARCHAR", "BIGINT"]
    assert landed.rows == 10


def test_nanoseconds_with_a_zone_stay_as_text_where_a_type_would_cut_them(tmp_path: Path):
    landed = land(tmp_path, pa.table({"at": pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns", "UTC"))}))
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet($f)", {"f": landed.files[0]}).fetchall()
    assert [column.type for column in landed.schema] == ["VARCHAR"]
    assert found == [("2023-11-14 22:13:20.123456789+00",), (None,)]


def test_a_file_without_rows_has_its_columns(tmp_path: Path):
    landed = land(tmp_path, pa.table({"a": pa.array([], pa.int32()), "w": pa.array([], pa.decimal256(40, 1))}))
    assert (landed.rows, [column.type for column in landed.schema]) == (0, ["INTEGER", "VARCHAR"])


def batches(table: pa.Table):
    return iter(table.to_batches())


def test_rows_with_other_columns_are_not_appended(tmp_path: Path):
    file = tmp_path / "out.parquet"
    pq.write_table(pa.table({"a": [1]}), file)
    before = file.read_bytes()
    for table in (pa.table({"b": [1]}), pa.table({"a": ["x"]})):
        with pytest.raises(DataError):
            Parquet({"path": str(file)}).write((), batches(table), table.schema, "append", Task())
    file.write_bytes(b"no Parquet")
    with pytest.raises(DataError):
        Parquet({"path": str(file)}).write((), batches(table), table.schema, "append", Task())
    assert file.read_bytes() == b"no Parquet" != before
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.parquet"]


@pytest.mark.parametrize("path", ["", "out.doc", "taken/out.parquet", "folder.parquet"])
def test_a_place_that_cannot_be_written_to_is_refused(path: str, tmp_path: Path):
    (tmp_path / "taken").write_text("a file where a folder should be")
    (tmp_path / "folder.parquet").mkdir()
    table = pa.table({"a": [1]})
    with pytest.raises(ConfigError) as caught:
        Parquet({"path": path and str(tmp_path / path)}).write((), batches(table), table.schema, "replace", Task())
    assert all(caught.value.lines())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder.parquet", "taken"]


def test_folders_on_the_way_are_made(tmp_path: Path):
    table = pa.table({"d": [timedelta(1)]})
    file = tmp_path / "new" / "deep" / "out.parquet"
    assert Parquet({"path": str(file)}).write((), batches(table), table.schema, "append", Task()) == str(file)
    assert pq.read_table(file) == table


def test_a_duration_tells_its_unit(tmp_path: Path):
    landed = land(tmp_path, pa.table({"took": pa.array([1_500_000, None], pa.duration("us"))}))
    assert [say(note) for note in landed.notes] == ["took is a duration, kept as a whole number of microseconds."]
