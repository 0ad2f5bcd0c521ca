"""ClickHouse as a source: every type, views, names, sizes; on a server and on the embedded engine alike."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from connectors.clickhouse import ClickHouse
from core.models.source import Landed
from core.task import Task
from tests.servers.clickhouse_http import House

pytestmark = pytest.mark.server

# Column, type, a value as ClickHouse SQL, the type here, the value here as DuckDB's text.
HARD = (
    ("u8", "UInt8", "255", "UTINYINT", "255"),
    ("u16", "UInt16", "65535", "USMALLINT", "65535"),
    ("u32", "UInt32", "4294967295", "UINTEGER", "4294967295"),
    ("u64", "UInt64", "18446744073709551615", "UBIGINT", "18446744073709551615"),
    ("u128", "UInt128", "toUInt128('340282366920938463463374607431768211455')", "VARCHAR", "340282366920938463463374607431768211455"),
    ("u128s", "UInt128", "toUInt128('12345678901234567890123456789012345678')", "DECIMAL(38,0)", "12345678901234567890123456789012345678"),
    ("u256", "UInt256", "toUInt256('115792089237316195423570985008687907853269984665640564039457584007913129639935')", "VARCHAR",
     "115792089237316195423570985008687907853269984665640564039457584007913129639935"),
    ("i8", "Int8", "-128", "TINYINT", "-128"),
    ("i64", "Int64", "-9223372036854775808", "BIGINT", "-9223372036854775808"),
    ("i128", "Int128", "toInt128('-170141183460469231731687303715884105728')", "VARCHAR", "-170141183460469231731687303715884105728"),
    ("i256", "Int256", "toInt256('-5')", "DECIMAL(38,0)", "-5"),
    ("d32", "Decimal32(4)", "toDecimal32('-12345.6789', 4)", "DECIMAL(9,4)", "-12345.6789"),
    ("d64", "Decimal(18, 18)", "toDecimal64('0.123456789012345678', 18)", "DECIMAL(18,18)", ".123456789012345678"),
    ("d128", "Decimal(38, 10)", "toDecimal128('1234567890123456789012345678.0123456789', 10)", "DECIMAL(38,10)", "1234567890123456789012345678.0123456789"),
    ("d256", "Decimal(76, 5)", "toDecimal256('12345678901234567890123456789012345678901234567890.12345', 5)", "VARCHAR",
     "12345678901234567890123456789012345678901234567890.12345"),
    ("d256s", "Decimal(76, 2)", "toDecimal256('1.10', 2)", "DECIMAL(38,2)", "1.10"),
    ("d256f", "Decimal(76, 60)", "toDecimal256('0.1', 60)", "VARCHAR", "0.1"),
    ("f32", "Float32", "toFloat32(0.1)", "FLOAT", "0.1"),
    ("nan", "Float64", "nan", "DOUBLE", "nan"),
    ("inf", "Float64", "-inf", "DOUBLE", "-inf"),
    ("bf", "BFloat16", "toBFloat16(1.5)", "FLOAT", "1.5"),
    ("day", "Date", "'2024-02-29'", "DATE", "2024-02-29"),
    ("day32", "Date32", "'1900-01-01'", "DATE", "1900-01-01"),
    ("at", "DateTime('Europe/Moscow')", "'2024-02-29 12:00:00'", "TIMESTAMP WITH TIME ZONE", "2024-02-29 09:00:00+00"),
    ("at0", "DateTime64(0, 'UTC')", "'1925-01-01 00:00:00'", "TIMESTAMP WITH TIME ZONE", "1925-01-01 00:00:00+00"),
    ("at3", "DateTime64(3, 'Asia/Kathmandu')", "'2024-02-29 12:00:00.123'", "TIMESTAMP WITH TIME ZONE", "2024-02-29 06:15:00.123+00"),
    ("at6", "DateTime64(6, 'UTC')", "'2299-12-31 23:59:59.999999'", "TIMESTAMP WITH TIME ZONE", "2299-12-31 23:59:59.999999+00"),
    ("at7", "DateTime64(7, 'UTC')", "'2024-01-01 00:00:00.1234560'", "TIMESTAMP WITH TIME ZONE", "2024-01-01 00:00:00.123456+00"),
    ("at9", "DateTime64(9, 'UTC')", "'2024-01-01 00:00:00.123456789'", "VARCHAR", "2024-01-01 00:00:00.123456789"),
    ("text", "String", "'Привет\\n\\t\\\\ 😀'", "VARCHAR", "Привет\n\t\\ 😀"),
    ("bytes", "String", "unhex('FF00FE')", "BLOB", "\\xFF\\x00\\xFE"),
    ("fixed", "FixedString(3)", "'abc'", "VARCHAR", "abc"),
    ("fixedb", "FixedString(2)", "unhex('FF01')", "BLOB", "\\xFF\\x01"),
    ("u", "UUID", "'dc48cdde-b9d0-4149-86f3-53b6ee0434ee'", "UUID", "dc48cdde-b9d0-4149-86f3-53b6ee0434ee"),
    ("ip4", "IPv4", "'10.0.0.1'", "VARCHAR", "10.0.0.1"),
    ("ip6", "IPv6", "'2001:db8::1'", "VARCHAR", "2001:db8::1"),
    ("e8", "Enum8('a, (b' = 1, 'it''s' = -2)", "'it''s'", "VARCHAR", "it's"),
    ("e16", "Enum16('x' = 1000)", "'x'", "VARCHAR", "x"),
    ("lc", "LowCardinality(Nullable(String))", "'few'", "VARCHAR", "few"),
    ("nu", "Nullable(Int8)", "NULL", "TINYINT", None),
    ("nuu", "Nullable(UUID)", "NULL", "UUID", None),
    ("nud", "Nullable(Decimal(76, 2))", "NULL", "DECIMAL(38,2)", None),
    ("arr", "Array(Nullable(Int32))", "[1, NULL]", "INTEGER[]", "[1, NULL]"),
    ("arrs", "Array(Array(String))", "[['a'], []]", "VARCHAR[][]", "[[a], []]"),
    ("arrt", "Array(DateTime('UTC'))", "['2024-01-01 00:00:00']", "TIMESTAMP WITH TIME ZONE[]", "['2024-01-01 00:00:00+00']"),
    ("arre", "Array(LowCardinality(String))", "['x']", "VARCHAR[]", "[x]"),
    ("arrb", "Array(String)", "[unhex('FF')]", "BLOB[]", "['\\\\xFF']"),
    ("arrw", "Array(UInt256)", "[5]", "VARCHAR[]", "[5]"),
    ("tup", "Tuple(UInt8, String)", "(1, 'a')", 'STRUCT("1" UTINYINT, "2" VARCHAR)', "{'1': 1, '2': a}"),
    ("tupn", "Tuple(`a b` IPv4, c Nullable(Date))", "('1.2.3.4', NULL)", 'STRUCT("a b" VARCHAR, c DATE)', "{'a b': 1.2.3.4, 'c': NULL}"),
    ("map", "Map(String, UInt8)", "map('k', 1)", "MAP(VARCHAR, UTINYINT)", "{k=1}"),
    ("mapd", "Map(LowCardinality(String), UInt8)", "map('k', 1, 'k', 2)", 'STRUCT("key" VARCHAR, "value" UTINYINT)[]',
     "[{'key': k, 'value': 1}, {'key': k, 'value': 2}]"),
    ("n.a", "Array(Int8)", "[1, 2]", "TINYINT[]", "[1, 2]"),
    ("js", "JSON", "'{\"a\": 9007199254740993, \"b\": [1, null]}'", "JSON", '{"a":9007199254740993,"b":[1,null]}'),
    ("dyn", "Dynamic", "toUInt64(18446744073709551615)::Dynamic", "VARCHAR", "18446744073709551615"),
    ("var", "Variant(UInt64, String)", "'x'", "VARCHAR", "x"),
    ("varn", "Variant(UInt64, String)", "NULL", "VARCHAR", None),
    ("agg", "AggregateFunction(sum, UInt8)", "(SELECT sumState(toUInt8(7)))", "BLOB", "\\x07\\x00\\x00\\x00\\x00\\x00\\x00\\x00"),
    ("sagg", "SimpleAggregateFunction(max, UInt8)", "7", "UTINYINT", "7"),
    ("yes", "Bool", "true", "BOOLEAN", "true"),
    ("ivl", "IntervalDay", "INTERVAL 3 DAY", "BIGINT", "3"),
    ("tm", "Time", "'25:00:01'::Time", "VARCHAR", "25:00:01"),
    ("tm6", "Time64(6)", "'12:00:00.000001'::Time64(6)", "VARCHAR", "12:00:00.000001"),
    ("pt", "Point", "(1, -2.5)", "STRUCT(x DOUBLE, y DOUBLE)", "{'x': 1.0, 'y': -2.5}"),
    ("ring", "Ring", "[(0, 0), (1, 1)]", "STRUCT(x DOUBLE, y DOUBLE)[]", "[{'x': 0.0, 'y': 0.0}, {'x': 1.0, 'y': 1.0}]"),
    ("poly", "Polygon", "[[(0, 0)]]", "STRUCT(x DOUBLE, y DOUBLE)[][]", "[[{'x': 0.0, 'y': 0.0}]]"),
    ("mpoly", "MultiPolygon", "[[[(0, 0)]]]", "STRUCT(x DOUBLE, y DOUBLE)[][][]", "[[[{'x': 0.0, 'y': 0.0}]]]"),
    ("qb", "QBit(Float32, 2)", "[1, 2]::QBit(Float32, 2)", "VARCHAR", "[1,2]"),
)  # fmt: skip


def make_hard(run) -> None:
    columns = ", ".join(f"`{name}` {kind}" for name, kind, *_ in HARD)
    run(f"CREATE TABLE @hard ({columns}) ENGINE = Memory")
    run(f"INSERT INTO @hard SELECT {', '.join(value for _, _, value, *_ in HARD)}")


def land(settings: dict, path: tuple[str, ...], folder: Path, task: Task | None = None) -> Landed:
    folder.mkdir(parents=True, exist_ok=True)
    with ClickHouse(settings) as source:
        return source.land(path, folder, task or Task())


def texts(landed: Landed) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        names = ", ".join('CAST("' + one.name.replace('"', '""') + '" AS VARCHAR)' for one in landed.schema)
        return connection.execute(f"SELECT {names} FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()  # noqa: S608


def rows(landed: Landed) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)}).fetchall()


def test_every_type_lands_exactly_or_as_text_with_every_digit(house: House, tmp_path: Path):
    make_hard(house.run)
    landed = land(house.settings, (house.name, "hard"), tmp_path / "l")
    (found,) = texts(landed)
    for (name, _, _, kind, value), column, cell in zip(HARD, landed.schema, found, strict=True):
        assert (name, column.type, cell) == (name, kind, value)
    refused = {one.column.name: one.refused for one in landed.columns if one.refused}
    assert set(refused) == {"u128", "u256", "i128", "d256", "at9", "bytes", "fixedb", "arrb", "mapd"}
    assert refused["bytes"].row == 1


def test_the_same_types_land_the_same_from_the_embedded_engine(tmp_path: Path):
    from core.engines.clickhouse import opened_clickhouse

    with opened_clickhouse(tmp_path / "data ?&") as engine:
        engine.command("CREATE DATABASE d")
        make_hard(
            lambda statement: engine.command(statement.replace("@hard", "d.hard").replace("Memory", "MergeTree ORDER BY tuple()"))
        )
    settings = {"engine": "embedded", "folder": str(tmp_path / "data ?&")}
    (found,) = texts(land(settings, ("d", "hard"), tmp_path / "l"))
    assert found == tuple(value for *_, value in HARD)


def test_one_value_far_down_changes_its_column_and_is_shown(house: House, tmp_path: Path):
    house.run("CREATE TABLE @t (s String, n Int8) ENGINE = MergeTree ORDER BY tuple()")
    house.run(
        "INSERT INTO @t SELECT if(number = 150000, unhex('FF'), 'a'), 1 FROM numbers(200000) SETTINGS max_block_size = 200000"
    )
    noted: list = []
    task = Task()
    task.note = noted.append
    landed = land(house.settings, (house.name, "t"), tmp_path / "l", task)
    assert [one.column.type for one in landed.columns] == ["BLOB", "TINYINT"]
    assert landed.columns[0].refused.wanted == "VARCHAR"
    assert landed.rows == 200000
    assert len(noted) == 1
    assert rows(landed).count((b"\xff", 1)) == 1


def test_names_are_whatever_people_call_them(house: House, tmp_path: Path):
    house.run('CREATE TABLE @`№ "t\\`` (`a"b` Int8, `A` Int8, `a` Int8, `x\\\\y` Int8, `it\'s` Int8) ENGINE = Memory')
    house.run('INSERT INTO @`№ "t\\`` VALUES (1, 2, 3, 4, 5)')
    landed = land(house.settings, (house.name, '№ "t`'), tmp_path / "l")
    assert [one.name for one in landed.schema] == ['a"b', "A", "a_2", "x\\y", "it's"]
    assert rows(landed) == [(1, 2, 3, 4, 5)]
    assert landed.notes


def test_browse_shows_tables_views_and_what_stands_for_others_with_their_sizes(house: House, tmp_path: Path):
    house.run("CREATE TABLE @t (a Int64, b ALIAS a + 1, c MATERIALIZED a + 2) ENGINE = MergeTree ORDER BY a COMMENT 'x'")
    house.run("CREATE TABLE @feed (a Int64) ENGINE = MergeTree ORDER BY a")
    house.run("CREATE MATERIALIZED VIEW @mv ENGINE = MergeTree ORDER BY a AS SELECT a FROM @feed")
    house.run("CREATE VIEW @v AS SELECT a FROM @t")
    house.run(f"CREATE TABLE @m (a Int64) ENGINE = Merge('{house.name}', '^t$')")
    house.run("INSERT INTO @t SELECT number FROM numbers(1000)")
    house.run("INSERT INTO @feed SELECT number FROM numbers(5)")
    with ClickHouse(house.settings) as source:
        assert house.name in [one.name for one in source.browse()]
        assert "system" not in [one.name for one in source.browse()]
        items = {one.name: one for one in source.browse((house.name,))}
        assert {name: one.kind for name, one in items.items()} == {
            "t": "table", "feed": "table", "mv": "view", "v": "view", "m": "table",
        }  # fmt: skip
        assert items["t"].rows == 1000
        assert items["t"].bytes > 0
        assert items["v"].rows is None
        assert [one.name for one in source.schema((house.name, "t"))] == ["a", "b", "c"]
    for name, count in (("t", 1000), ("v", 1000), ("mv", 5), ("m", 1000)):
        assert land(house.settings, (house.name, name), tmp_path / name).rows == count
    assert rows(land(house.settings, (house.name, "t"), tmp_path / "again"))[0] == (0, 1, 2)
    with ClickHouse({**house.settings, "database": house.name}) as source:
        assert [one.name for one in source.browse()] == [house.name]


def test_a_large_table_arrives_in_pieces_and_whole(house: House, tmp_path: Path):
    house.run("CREATE TABLE @t (a UInt64, s String) ENGINE = MergeTree ORDER BY a")
    house.run("INSERT INTO @t SELECT number, toString(number) FROM numbers(700000)")
    landed = land(house.settings, (house.name, "t"), tmp_path / "l")
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT count(), sum(a), count(DISTINCT s) FROM read_parquet($f)", {"f": list(landed.files)}
        ).fetchone()
    assert found == (700000, sum(range(700000)), 700000)
    with ClickHouse(house.settings) as source:
        streamed = sum(batch.num_rows for batch in source.read((house.name, "t"), Task()))
        assert streamed == 700000
        assert source.preview((house.name, "t"), 7).num_rows == 7


def test_a_view_without_columns_of_its_own_type_keeps_nulls_of_nested_values(house: House, tmp_path: Path):
    house.run("CREATE VIEW @v AS SELECT [NULL, 'a'] AS x, tuple(NULL, 1) AS y, NULL AS z, map('a', NULL) AS m")
    (found,) = rows(land(house.settings, (house.name, "v"), tmp_path / "l"))
    assert found == ([None, "a"], {"1": None, "2": 1}, None, {"a": None})


def test_a_table_of_arrow_types_is_unchanged_by_a_round_trip(house: House, tmp_path: Path):
    table = pa.table({"a": pa.array([1, None], pa.int16()), "b": pa.array([b"\x00\xff", None], pa.binary())})
    with ClickHouse(house.settings) as target:
        target.write((house.name, "r"), iter(table.to_batches()), table.schema, "replace", Task())
    landed = land(house.settings, (house.name, "r"), tmp_path / "l")
    assert rows(landed) == [(1, b"\x00\xff"), (None, None)]
