"""ClickHouse as a target: three ways to write, each in one step; what does not fit is refused before a row is seen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from connectors.clickhouse import ClickHouse
from core.errors import AssayError, Cancelled, ConfigError, DataError, UnsupportedError
from core.task import Task
from tests.servers.clickhouse_http import House
from tests.servers.tools import Stoppable

pytestmark = pytest.mark.server

ROWS = pa.table({"k": pa.array([1, 2, 3], pa.int64()), "t": ["a", None, "c"]})
ROOT = Path(__file__).resolve().parents[2]


class Folder:
    """The embedded engine as the tests of a server see it."""

    def __init__(self, folder: Path) -> None:
        self.settings = {"engine": "embedded", "folder": str(folder)}
        self.name = "shop"
        self.run("CREATE DATABASE IF NOT EXISTS shop")

    def run(self, statement: str) -> list[dict]:
        from core.engines.clickhouse import opened_clickhouse

        with opened_clickhouse(Path(self.settings["folder"])) as engine:
            return engine.query(statement.replace("@", "shop.")).to_pylist()


@pytest.fixture(params=["server", "embedded"])
def shop(request: pytest.FixtureRequest, tmp_path: Path):
    return request.getfixturevalue("house") if request.param == "server" else Folder(tmp_path / "data")


def write(shop, table: pa.Table, mode: str, keys: tuple[str, ...] = (), name: str = "t", task: Task | None = None) -> str:
    with ClickHouse(shop.settings) as target:
        return target.write((shop.name, name), iter(table.to_batches(max_chunksize=2)), table.schema, mode, task or Task(), keys)


def rows(shop, name: str = "t", columns: str = "*") -> list[tuple]:
    return [tuple(row.values()) for row in shop.run(f"SELECT {columns} FROM @{name} ORDER BY ALL")]  # noqa: S608


def names(shop) -> list[str]:
    found = shop.run(f"SELECT name FROM system.tables WHERE database = '{shop.name}' ORDER BY name")  # noqa: S608
    return [row["name"] for row in found]


def test_three_ways_to_write_do_what_they_say_and_leave_nothing_beside(shop):
    said = write(shop, ROWS, "append", ("k",))
    assert "3 rows" in said
    write(shop, pa.table({"k": [3, 4], "t": ["C", "D"]}), "upsert", ("k",))
    assert rows(shop) == [(1, "a"), (2, None), (3, "C"), (4, "D")]
    write(shop, pa.table({"k": [3, 4], "t": ["C", "D"]}), "upsert", ("k",))
    assert rows(shop) == [(1, "a"), (2, None), (3, "C"), (4, "D")]
    write(shop, pa.table({"k": [1], "t": ["z"]}), "append")
    assert rows(shop) == [(1, "a"), (1, "z"), (2, None), (3, "C"), (4, "D")]
    write(shop, ROWS, "replace")
    write(shop, ROWS, "replace")
    assert rows(shop) == [(1, "a"), (2, None), (3, "c")]
    assert names(shop) == ["t"]
    (made,) = shop.run("SELECT engine, sorting_key FROM system.tables WHERE name = 't' AND database = '" + shop.name + "'")  # noqa: S608
    assert made == {"engine": "MergeTree", "sorting_key": "k"}


def test_no_rows_at_all_are_written_too(shop):
    for mode in ("append", "replace", "upsert"):
        write(shop, ROWS, "append", ("k",), mode)
        write(shop, ROWS.slice(0, 0), mode, ("k",), mode)
        assert len(rows(shop, mode)) == (0 if mode == "replace" else 3)


def test_partitions_keys_and_definition_of_the_table_stay(house: House):
    house.run(
        "CREATE TABLE @t (k Int64, t LowCardinality(Nullable(String)) CODEC(ZSTD(3)), d String DEFAULT 'x', m Int64 MATERIALIZED k * 2,"
        " INDEX i t TYPE bloom_filter, PROJECTION p (SELECT t ORDER BY t)) ENGINE = MergeTree PARTITION BY k % 2 ORDER BY k"
        " SETTINGS lightweight_mutation_projection_mode = 'rebuild'"
    )
    before = house.run(f"SHOW CREATE TABLE {house.name}.t")
    for mode in ("append", "replace", "upsert"):
        write(house, ROWS, mode, ("k",))
        assert rows(house, columns="k, t, d, m") == [(1, "a", "x", 2), (2, None, "x", 4), (3, "c", "x", 6)]
    assert house.run(f"SHOW CREATE TABLE {house.name}.t") == before
    write(house, ROWS, "append", ("k",))
    assert len(rows(house)) == 6


def test_columns_that_do_not_fit_are_all_named_before_anything_is_written(house: House):
    house.run(
        "CREATE TABLE @t (a Int8, b Nullable(Decimal(5, 2)), c DateTime64(6, 'Asia/Tokyo'), d Int64 ALIAS a, e String) ENGINE = MergeTree"
        " ORDER BY a"
    )
    table = pa.table(
        {
            "a": [1000],
            "b": pa.array([Decimal("1.001")], pa.decimal128(5, 3)),
            "c": pa.array([datetime(2024, 1, 1)], pa.timestamp("us")),
            "d": [1],
            "f": [1],
        }
    )

    def never() -> Iterator[pa.RecordBatch]:
        raise AssertionError("a row was asked for")
        yield

    with ClickHouse(house.settings) as target, pytest.raises(DataError) as caught:
        target.write((house.name, "t"), never(), table.schema, "append", Task())
    said = " ".join(caught.value.lines())
    for part in (
        "5 columns",
        "a is BIGINT here and Int8 there",
        "b is",
        "c is TIMESTAMP",
        "d is computed",
        "f is not in the table",
    ):
        assert part in said
    assert names(house) == ["t"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("Int64", pa.array([1, None], pa.int64())),
        ("DateTime('UTC')", pa.array([datetime(1960, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC"))),
        ("DateTime('UTC')", pa.array([datetime(2024, 1, 1, 0, 0, 0, 1, UTC)], pa.timestamp("us", "UTC"))),
        ("DateTime('UTC')", pa.array([datetime(2106, 2, 8, tzinfo=UTC)], pa.timestamp("us", "UTC"))),
        ("DateTime64(3, 'UTC')", pa.array([datetime(2024, 1, 1, 0, 0, 0, 1, UTC)], pa.timestamp("us", "UTC"))),
        ("DateTime64(9, 'UTC')", pa.array([datetime(2263, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC"))),
        ("Date", pa.array([date(1969, 12, 31)])),
        ("Date", pa.array([date(2149, 6, 7)])),
        ("Array(DateTime('UTC'))", pa.array([[datetime(1960, 1, 1, tzinfo=UTC)]], pa.list_(pa.timestamp("us", "UTC")))),
        ("Array(Int64)", pa.array([[1, None]], pa.list_(pa.int64()))),
        ("Enum8('a' = 1)", pa.array(["b"])),
        ("UUID", pa.array(["no uuid"])),
        ("FixedString(1)", pa.array(["ab"])),
    ],
)
def test_a_value_that_would_be_changed_in_silence_is_refused(house: House, kind: str, values: pa.Array):
    house.run(f"CREATE TABLE @t (v {kind}) ENGINE = MergeTree ORDER BY tuple()")
    with pytest.raises(DataError):
        write(house, pa.table({"v": values}), "append")
    assert rows(house) == []
    assert names(house) == ["t"]


def test_what_fits_arrives_as_it_was(house: House):
    house.run(
        "CREATE TABLE @t (u Nullable(UUID), i IPv4, e Enum8('a' = 1), s String, f FixedString(2), w Int256, d Decimal(76, 3), j JSON,"
        " at DateTime64(6, 'Asia/Tokyo'), naive DateTime64(6, 'UTC'), a Array(Nullable(Int64)), x Float64, t String) ENGINE = MergeTree"
        " ORDER BY tuple()"
    )
    table = pa.table(
        {
            "u": ["dc48cdde-b9d0-4149-86f3-53b6ee0434ee"], "i": ["10.0.0.1"], "e": ["a"], "s": [12], "f": ["ab"], "w": [5],
            "d": pa.array([Decimal(10**37)], pa.decimal128(38, 0)), "j": ['{"a": 1}'],
            "at": pa.array([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
            "naive": pa.array([datetime(2024, 1, 1)], pa.timestamp("us")), "a": [[1, None]], "x": pa.array([7], pa.int32()),
            "t": pa.array([timedelta(days=1)], pa.duration("us")),
        }
    )  # fmt: skip
    write(house, table, "append")
    (found,) = house.run(
        "SELECT toString(u) AS u, toString(i) AS i, toString(e) AS e, s, toString(f) AS f, toString(w) AS w, toString(d) AS d,"
        " toString(j) AS j, toString(at) AS at, toString(naive) AS naive, toString(a) AS a, x, t FROM @t"
    )
    assert found == {
        "u": "dc48cdde-b9d0-4149-86f3-53b6ee0434ee", "i": "10.0.0.1", "e": "a", "s": "12", "f": "ab", "w": "5", "d": str(10**37),
        "j": '{"a":1}', "at": "2024-01-01 09:00:00.000000", "naive": "2024-01-01 00:00:00.000000", "a": "[1,NULL]", "x": 7.0,
        "t": "24:00:00",
    }  # fmt: skip


def test_every_arrow_type_makes_a_column_that_holds_it(shop):
    table = pa.table(
        {
            "i": pa.array([255], pa.uint8()), "h": pa.array([1.5], pa.float16()), "b": pa.array([b"\xff"], pa.large_binary()),
            "dic": pa.array(["x"]).dictionary_encode(), "no": pa.nulls(1), "l": [[1, 2]], "s": [{"a": None, "b": 'q"'}],
            "tm": pa.array([1], pa.time64("us")), "d": pa.array([Decimal("1.10")], pa.decimal128(5, 2)),
            "ns": pa.array([1], pa.timestamp("ns", "UTC")), "u": pa.array([bytes(range(16))], pa.uuid()),
            "view": pa.array(["v"], pa.string_view()),
        }
    )  # fmt: skip
    write(shop, table, "replace")
    (found,) = shop.run(
        "SELECT * EXCEPT b, hex(b) AS bytes, toTypeName(i) AS ti, toTypeName(d) AS td, toString(u) AS us, toTypeName(u) AS tu FROM @t"
    )
    assert (found["i"], found["h"], found["dic"], found["no"], found["l"]) == (255, 1.5, "x", None, "[1,2]")
    assert found["s"] == '{"a":null,"b":"q\\""}'
    assert (found["tm"], found["d"], found["ns"].nanosecond) == ("00:00:00.000001", Decimal("1.10"), 1)
    assert found["bytes"] == "FF"
    assert (found["ti"], found["td"], found["tu"]) == ("Nullable(UInt8)", "Nullable(Decimal(5, 2))", "Nullable(UUID)")
    assert found["us"] == "00010203-0405-0607-0809-0a0b0c0d0e0f"


def test_keys_without_a_value_or_twice_are_refused(shop):
    write(shop, ROWS, "replace", ("k",))
    for bad in (pa.table({"k": [1, None], "t": ["x", "y"]}), pa.table({"k": [7, 7, 8], "t": ["x", "y", "z"]})):
        with pytest.raises(DataError):
            write(shop, bad, "upsert", ("k",))
    for keys in ((), ("nope",)):
        with pytest.raises(ConfigError):
            write(shop, ROWS, "upsert", keys)
    assert rows(shop) == [(1, "a"), (2, None), (3, "c")]
    assert names(shop) == ["t"]


def test_targets_that_cannot_take_rows_in_one_step_are_refused_by_name(house: House):
    house.run("CREATE TABLE @base (k Int64, t Nullable(String)) ENGINE = MergeTree ORDER BY k")
    house.run("CREATE VIEW @v AS SELECT * FROM @base")
    house.run("CREATE TABLE @mem (k Int64, t Nullable(String)) ENGINE = Memory")
    house.run("CREATE TABLE @sum (k Int64, t Nullable(String)) ENGINE = SummingMergeTree ORDER BY k")
    house.run("CREATE TABLE @fed (k Int64, t Nullable(String)) ENGINE = MergeTree ORDER BY k")
    house.run("CREATE MATERIALIZED VIEW @mv ENGINE = MergeTree ORDER BY k AS SELECT k FROM @fed")
    for name, mode, reason in (
        ("v", "append", "View"), ("mem", "append", "Memory"), ("mem", "upsert", "Memory"), ("sum", "upsert", "merges"),
        ("fed", "append", "mv"), ("fed", "replace", "mv"),
    ):  # fmt: skip
        with pytest.raises(UnsupportedError) as caught:
            write(house, ROWS, mode, ("k",), name)
        assert reason in " ".join(caught.value.lines())
    write(house, ROWS, "replace", (), "mem")
    assert len(rows(house, "mem")) == 3


def test_rows_that_a_constraint_keeps_away_take_the_whole_write_back(house: House):
    house.run("CREATE TABLE @t (k Int64, t Nullable(String), CONSTRAINT c CHECK k < 3) ENGINE = MergeTree ORDER BY k")
    with pytest.raises(DataError):
        write(house, ROWS, "append")
    assert rows(house) == []


def test_a_table_of_a_database_that_is_not_there_is_not_made(house: House):
    with ClickHouse(house.settings) as target, pytest.raises(DataError) as caught:
        target.write(("gone", "t"), iter(ROWS.to_batches()), ROWS.schema, "append", Task())
    assert "gone" in caught.value.lines()[0]


def test_names_with_every_kind_of_quote_can_be_written(shop):
    table = pa.table({"a`b": [1], 'c"d': [2], "e\\f": [3], "№ 'x'": [4], "n.m": [5]})
    for mode in ("append", "upsert", "replace"):
        write(shop, table, mode, ("a`b", "e\\f"), "from")
    assert shop.run("SELECT * FROM @`from`") == [dict(zip(table.column_names, range(1, 6)))]


class _Between(Task):
    """Does something when the rows are all sent and are about to be put in place."""

    def __init__(self, act) -> None:
        self.act = act

    def at(self, fraction: float, step) -> None:
        if fraction == 0.95:
            self.act()


def test_a_reader_sees_the_old_rows_until_the_new_ones_are_all_there(house: House):
    write(house, ROWS, "replace", ("k",))
    for mode in ("append", "replace", "upsert"):
        seen: list = []
        write(house, pa.table({"k": [9], "t": ["z"]}), mode, ("k",), task=_Between(lambda seen=seen: seen.append(rows(house))))
        assert len(seen[0]) >= 1
        assert seen[0] != rows(house) or mode == "upsert"


def test_rows_that_somebody_else_writes_during_an_upsert_are_not_lost(house: House, monkeypatch):
    from connectors.ch.stage import Stage

    write(house, ROWS, "replace", ("k",))
    upsert = Stage.upsert

    def meanwhile(self, *args) -> None:
        upsert(self, *args)
        house.run("INSERT INTO @t VALUES (77, 'theirs')")

    monkeypatch.setattr(Stage, "upsert", meanwhile)
    with pytest.raises(DataError) as caught:
        write(house, ROWS, "upsert", ("k",))
    assert "somebody else" in caught.value.lines()[0]
    assert (77, "theirs") in rows(house)
    assert names(house) == ["t"]


_WRITER = """
import sys, json, pyarrow as pa
from connectors.clickhouse import ClickHouse
from core.task import Task
settings, path, mode = json.loads(sys.argv[1])
table = pa.table({"k": pa.array([1], pa.int64()), "t": ["new"]})
def rows():
    for n in range(60):
        yield pa.table({"k": pa.array(range(n * 5000, n * 5000 + 5000), pa.int64()), "t": ["new" * 50] * 5000}).to_batches()[0]
    print("half", flush=True)
    sys.stdin.read()
with ClickHouse(settings) as target:
    target.write(tuple(path), rows(), table.schema, mode, Task(), ("k",))
"""


@pytest.mark.parametrize("mode", ["append", "replace", "upsert"])
def test_a_writer_killed_in_the_middle_leaves_the_target_as_it_was(shop, mode: str):
    import json

    write(shop, ROWS, "replace", ("k",))
    told = json.dumps([shop.settings, [shop.name, "t"], mode])
    process = subprocess.Popen([sys.executable, "-c", _WRITER, told], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"half\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    assert _patient(lambda: rows(shop)) == [(1, "a"), (2, None), (3, "c")]
    write(shop, ROWS, mode, ("k",))
    assert len(rows(shop)) == (6 if mode == "append" else 3)
    if isinstance(shop, Folder):
        assert names(shop) == ["t"]  # on a server what was left waits a day: another may be writing


def _patient(act):
    """The lock of a killed process is there until its child has ended too."""
    until = time.monotonic() + 20
    while True:
        try:
            return act()
        except Exception:
            if time.monotonic() > until:
                raise


def test_a_cancel_leaves_the_target_as_it_was_and_answers_at_once(shop):
    write(shop, ROWS, "replace", ("k",))
    task = Stoppable()

    def endless() -> Iterator[pa.RecordBatch]:
        for n in range(10_000):
            yield pa.table({"k": pa.array([n], pa.int64()), "t": ["x"]}).to_batches()[0]
            if n == 50:
                task.stop()

    for mode in ("append", "upsert"):
        task.stopped = False
        with ClickHouse(shop.settings) as target, pytest.raises(Cancelled):
            target.write((shop.name, "t"), endless(), ROWS.schema, mode, task, ("k",))
    assert rows(shop) == [(1, "a"), (2, None), (3, "c")]
    assert names(shop) == ["t"]


def test_a_server_killed_in_the_middle_of_a_write_is_said_and_leaves_the_target(own_house: House, tmp_path: Path):
    from tests.servers.clickhouse_http import start, stop

    write(own_house, ROWS, "replace", ("k",))

    def rows_then_death() -> Iterator[pa.RecordBatch]:
        for n in range(60):
            yield pa.table({"k": pa.array(range(n * 5000, n * 5000 + 5000), pa.int64()), "t": ["new" * 50] * 5000}).to_batches()[
                0
            ]
            if n == 40:
                own_house.server.kill()

    with ClickHouse(own_house.settings) as target, pytest.raises(AssayError) as caught:
        target.write((own_house.name, "t"), rows_then_death(), ROWS.schema, "replace", Task())
    assert "broke off" in caught.value.lines()[0]
    again = start(tmp_path / "clickhouse-data")
    try:
        assert rows(House(again, own_house.name)) == [(1, "a"), (2, None), (3, "c")]
    finally:
        stop(again)
