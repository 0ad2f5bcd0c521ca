"""Spark: every type, what is written and how safely, each fault at its own line, servers that are killed, silent or not Spark, cancels."""

from __future__ import annotations

import inspect
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from datetime import time as clock
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from connectors.registry import open_connector
from connectors.sp import place as places
from connectors.sp.place import place
from connectors.sp.session import Session
from connectors.sp.stage import Stage
from core.errors import AssayError, Cancelled, ConfigError, ConnectError, DataError, UnsupportedError
from core.task import Task
from tests.servers.spark import TOKEN, Cluster, Schema, Server, free_port, start_server
from tests.servers.tools import Stoppable, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("spark"), pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
ROWS = pa.table({"k": pa.array([1, 2, 3], pa.int64()), "t": ["a", None, "c"]})


def told(error: AssayError) -> str:
    """All that the error says, in both languages. Fails when any of it, or of what caused it, holds the token."""
    said, cause = " ".join(line for lang in ("en", "ru") for line in error.lines(lang)), error.__cause__
    while cause is not None:
        assert TOKEN not in repr(cause) + str(cause)
        cause = cause.__cause__ or cause.__context__
    assert TOKEN not in said + repr(error.args)
    return said


def at(schema: Schema, name: str) -> tuple[str, str, str]:
    return ("spark_catalog", schema.name, name)


def land(settings: dict, path: tuple[str, ...], folder: Path, task: Task | None = None):
    """What was landed, its types, and its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_connector("spark", settings) as source:
        landed = source.land(path, folder, task or Task())
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute("SELECT * FROM read_parquet($f)", {"f": list(landed.files)})
        return landed, {one.name: one.type for one in landed.schema}, found.fetchall()


def write(
    schema: Schema, table: pa.Table, mode: str, keys: tuple[str, ...] = (), name: str = "t", task: Task | None = None
) -> str:
    with open_connector("spark", schema.settings) as target:
        return target.write(at(schema, name), iter(table.to_batches(max_chunksize=2)), table.schema, mode, task or Task(), keys)


TYPES = {
    "yes": ("BOOLEAN", "true", "BOOLEAN", True),
    "i1": ("TINYINT", "-128Y", "TINYINT", -128),
    "i2": ("SMALLINT", "32767S", "SMALLINT", 32767),
    "i4": ("INT", "-2147483648", "INTEGER", -2147483648),
    "i8": ("BIGINT", "9223372036854775807L", "BIGINT", 9223372036854775807),
    "f4": ("FLOAT", "CAST(0.1 AS FLOAT)", "FLOAT", 0.10000000149011612),
    "f8": ("DOUBLE", "0.1D", "DOUBLE", 0.1),
    "big": ("DECIMAL(38,10)", "-9999999999999999999999999999.0123456789BD", "DECIMAL(38,10)",
            Decimal("-9999999999999999999999999999.0123456789")),
    "text": ("STRING", "'a\\n\\'ё'", "VARCHAR", "a\n'ё"),
    "ch": ("CHAR(4)", "'ab'", "VARCHAR", "ab  "),
    "vc": ("VARCHAR(9)", "'007'", "VARCHAR", "007"),
    "bytes": ("BINARY", "X'00FF'", "BLOB", b"\x00\xff"),
    "day": ("DATE", "DATE'0001-01-01'", "DATE", date(1, 1, 1)),
    "moment": ("TIMESTAMP", "TIMESTAMP'2024-02-29 23:59:59.999999+03:00'", "TIMESTAMP WITH TIME ZONE",
               datetime(2024, 2, 29, 20, 59, 59, 999999, UTC)),
    "local": ("TIMESTAMP_NTZ", "TIMESTAMP_NTZ'2024-02-29 23:59:59.999999'", "TIMESTAMP", datetime(2024, 2, 29, 23, 59, 59, 999999)),
    "hour": ("TIME(6)", "TIME'23:59:59.999999'", "TIME", clock(23, 59, 59, 999999)),
    "months": ("INTERVAL YEAR TO MONTH", "INTERVAL '1-2' YEAR TO MONTH", "VARCHAR", "INTERVAL '1-2' YEAR TO MONTH"),
    "days": ("INTERVAL DAY TO SECOND", "INTERVAL '1 02:03:04.5' DAY TO SECOND", "VARCHAR", "INTERVAL '1 02:03:04.5' DAY TO SECOND"),
    "any": ("VARIANT", """PARSE_JSON('{"a": [1, "x", null]}')""", "JSON", '{"a":[1,"x",null]}'),
    "list": ("ARRAY<DECIMAL(5,2)>", "ARRAY(1.10BD, NULL)", "DECIMAL(5,2)[]", [Decimal("1.10"), None]),
    "pairs": ("MAP<STRING, INT>", "MAP('a', 1, 'b', NULL)", "MAP(VARCHAR, INTEGER)", {"a": 1, "b": None}),
    "both": ("STRUCT<a b: INT, c: ARRAY<STRUCT<d: DATE>>>".replace("a b", "`a b`"),
             "NAMED_STRUCT('a b', 1, 'c', ARRAY(NAMED_STRUCT('d', DATE'2024-01-01')))",
             'STRUCT("a b" INTEGER, c STRUCT(d DATE)[])', {"a b": 1, "c": [{"d": date(2024, 1, 1)}]}),
    "deep": ("ARRAY<STRUCT<iv: INTERVAL DAY TO SECOND, v: VARIANT, m: MAP<INT, TIME(6)>>>",
             "ARRAY(NULL, NAMED_STRUCT('iv', INTERVAL '0 00:00:01' DAY TO SECOND, 'v', PARSE_JSON('\"s\"'), 'm', MAP(1, TIME'01:00:00')))",
             "STRUCT(iv VARCHAR, v VARCHAR, m MAP(INTEGER, TIME))[]",
             [None, {"iv": "INTERVAL '0 00:00:01' DAY TO SECOND", "v": '"s"', "m": {1: clock(1)}}]),
}  # fmt: skip


def test_every_type_of_spark_lands_as_it_was(spark_schema: Schema, tmp_path: Path):
    spark_schema.server.session.conf.set("spark.sql.timeType.enabled", "true")
    spark_schema.server.session.conf.set("spark.sql.timestampType", "TIMESTAMP_LTZ")
    spark_schema.run(f"CREATE TABLE @types ({', '.join(f'`{name}` {one[0]}' for name, one in TYPES.items())}) USING parquet")
    spark_schema.run(f"INSERT INTO @types SELECT {', '.join(f'CAST({one[1]} AS {one[0]})' for one in TYPES.values())}")
    spark_schema.run(f"INSERT INTO @types VALUES ({', '.join(['NULL'] * len(TYPES))})")  # noqa: S608
    landed, types, rows = land(spark_schema.settings, at(spark_schema, "types"), tmp_path / "l")
    assert types == {name: one[2] for name, one in TYPES.items()}
    filled = next(row for row in rows if row[0] is not None)
    assert dict(zip(TYPES, filled, strict=True)) == {name: one[3] for name, one in TYPES.items()}
    assert [row for row in rows if row[0] is None] == [(None,) * len(TYPES)]
    assert landed.schema[3].source_type == "int"


def test_a_query_is_read_as_a_table_with_its_odd_names_and_values(spark_schema: Schema, tmp_path: Path):
    query = (
        "SELECT id AS a, id AS A, NULL AS n, IF(id = 9, /* as it is */ CAST(X'FF41' AS STRING), 'ё') AS s FROM range(0, 10, 1, 2)"
    )
    landed, types, rows = land({**spark_schema.settings, "query": query}, ("query",), tmp_path / "l")
    assert types == {"a": "BIGINT", "A_2": "BIGINT", "n": "VARCHAR", "s": "BLOB"}
    assert rows[9] == (9, 9, None, b"\xffA")
    assert landed.columns[3].refused.row == 10
    with open_connector("spark", {**spark_schema.settings, "query": query}) as source:
        assert [item.path for item in source.browse()] == [("query",)]
        assert source.preview(("query",), 3).num_rows == 3
        with pytest.raises(UnsupportedError):
            source.write(at(spark_schema, "t"), iter(()), ROWS.schema, "append", Task())


@pytest.mark.parametrize("query", ["DROP TABLE x", "SELECT 1; SELECT 2", "INSERT INTO a SELECT 1", "not sql (", "SET a = 1"])
def test_what_is_no_single_select_is_not_run(query: str):
    with pytest.raises(ConfigError) as caught:
        open_connector("spark", {"host": "127.0.0.1", "query": query}).open()
    told(caught.value)


def test_sizes_are_shown_where_spark_knows_them_and_views_are_views(spark_schema: Schema):
    spark_schema.run("CREATE TABLE @counted USING parquet AS SELECT id FROM range(5)")
    spark_schema.run("ANALYZE TABLE @counted COMPUTE STATISTICS")
    spark_schema.run("CREATE TABLE @plain (a INT) USING parquet")
    spark_schema.run("CREATE VIEW @seen AS SELECT id FROM @counted")
    with open_connector("spark", spark_schema.settings) as source:
        found = {item.name: item for item in source.browse(("spark_catalog", spark_schema.name))}
        assert spark_schema.name in [item.name for item in source.browse(("spark_catalog",))]
    assert found["counted"].rows == 5
    assert found["counted"].bytes > 0
    assert found["plain"].rows is None
    assert (found["seen"].kind, found["plain"].kind) == ("view", "table")


def test_a_replace_and_an_upsert_keep_the_definition_of_the_table(spark_schema: Schema):
    spark_schema.run(
        "CREATE TABLE @t (k BIGINT COMMENT 'the key', t STRING, d INT DEFAULT 7, p STRING) USING parquet PARTITIONED BY (p) "
        "COMMENT 'it''s' TBLPROPERTIES ('made by' = 'me')"
    )
    write(spark_schema, ROWS, "replace")
    spark_schema.run("INSERT INTO @t VALUES (9, 'z', 1, 'x')")
    write(spark_schema, pa.table({"t": ["n", "N"], "K": pa.array([9, 10], pa.int32())}), "upsert", ("K",))
    rows = spark_schema.run("SELECT k, t, d, p FROM @t ORDER BY k")
    assert [row[:2] for row in rows] == [(1, "a"), (2, None), (3, "c"), (9, "n"), (10, "N")]
    assert rows[3] == (9, "n", 1, "x")
    assert [row[2] for row in rows[:3]] == [7, 7, 7]
    made = spark_schema.run("SHOW CREATE TABLE @t")[0][0]
    for part in ("COMMENT 'the key'", "DEFAULT 7", "PARTITIONED BY (p)", "'made by' = 'me'", "COMMENT 'it"):
        assert part in made, made
    assert spark_schema.tables() == ["t"]


def test_columns_that_do_not_fit_are_named_before_a_row_is_sent(spark_schema: Schema):
    spark_schema.run("CREATE TABLE @t (k INT, at TIMESTAMP_LTZ) USING parquet")
    wrong = pa.table({"k": pa.array([1], pa.int64()), "at": pa.array([datetime(2024, 1, 1)], pa.timestamp("us")), "more": [1]})
    with pytest.raises(DataError) as caught:
        write(spark_schema, wrong, "append")
    for part in ("k is BIGINT here and INT there", "at is TIMESTAMP_NTZ here", "more is not in the table"):
        assert part in told(caught.value)
    spark_schema.run("CREATE VIEW @v AS SELECT 1 AS k")
    with pytest.raises(DataError):
        write(spark_schema, pa.table({"k": [1]}), "append", name="v")
    spark_schema.run(f"CREATE TABLE @out (k BIGINT, t STRING) USING parquet LOCATION '{spark_schema.server.folder / 'outside'}'")
    write(spark_schema, ROWS, "append", name="out")
    with pytest.raises(UnsupportedError):
        write(spark_schema, ROWS, "replace", name="out")
    assert spark_schema.run("SELECT count(*) FROM @out") == [(3,)]


def test_values_that_spark_has_no_type_for_arrive_as_text_or_are_refused(spark_schema: Schema):
    odd = pa.table({
        "u8": pa.array([2**64 - 1], pa.uint64()), "tm": pa.array([1], pa.time64("us")),
        "id": pa.array([b"\x01" * 16], pa.uuid()), "j": pa.array(['{"a":1}'], pa.json_()), "l": pa.array([[clock(1)]], pa.list_(pa.time64("us"))),
        "s": pa.array([{"x": 1, "y z": [1.5]}]), "ns": pa.array([1000], pa.timestamp("ns")), "d": pa.array(["x"]).dictionary_encode(),
    })  # fmt: skip
    write(spark_schema, odd, "append")
    assert spark_schema.run("SELECT u8, tm, id, j, l, s.x, s.`y z`, d FROM @t") == [
        (Decimal(2**64 - 1), "00:00:00.000001", "01010101-0101-0101-0101-010101010101", '{"a":1}', '["01:00:00"]', 1, [1.5], "x")
    ]
    with pytest.raises(DataError) as caught:
        write(spark_schema, pa.table({"ns": pa.array([1001], pa.timestamp("ns"))}), "append", name="fine")
    assert "cannot hold" in told(caught.value)
    assert spark_schema.tables() == ["t"]


def test_a_write_that_was_killed_between_its_two_steps_is_taken_back_by_the_next(spark_schema: Schema):
    write(spark_schema, ROWS, "append")
    where = place(spark_schema.settings)
    session = Session(where, 60)
    stage = Stage.of(where, session, at(spark_schema, "t"))
    stage.create("rows", [("k", "bigint")])
    stage._rename(stage.path, stage.beside("old"))
    session.close()
    with open_connector("spark", spark_schema.settings) as source:
        assert source.browse(("spark_catalog", spark_schema.name)) == ()
    write(spark_schema, ROWS.slice(0, 1), "append")
    assert spark_schema.run("SELECT count(*) FROM @t") == [(4,)]
    assert len(spark_schema.tables()) == 2, "what is not a day old may belong to a write on its way"
    long_ago = Stage.of(where, Session(where, 60), at(spark_schema, "t"), now=1e9)
    long_ago.create("rows", [("k", "bigint")])
    write(spark_schema, ROWS.slice(0, 1), "append")
    assert len(spark_schema.tables()) == 2


_KILLED = """
import sys, time, pyarrow as pa
from connectors.registry import open_connector
from core.task import Task
settings, path = eval(sys.argv[1]), eval(sys.argv[2])
rows = pa.record_batch({"k": list(range(1000)), "t": ["x" * 70000] * 1000})
def batches():
    yield rows
    print("one is sent", flush=True)
    yield rows
    time.sleep(600)
with open_connector("spark", settings) as target:
    target.write(path, batches(), rows.schema, "replace", Task())
"""


def test_a_program_killed_in_the_middle_of_writing_leaves_the_target_as_it_was(spark_schema: Schema):
    write(spark_schema, ROWS, "append")
    command = [sys.executable, "-c", _KILLED, repr(spark_schema.settings), repr(at(spark_schema, "t"))]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "one is sent\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert spark_schema.run("SELECT count(*) FROM @t") == [(3,)]
    write(spark_schema, ROWS, "append")
    spark_schema.run("REFRESH TABLE @t")
    assert spark_schema.run("SELECT count(*) FROM @t") == [(6,)]


# Faults


def states(settings: dict) -> dict[str, str]:
    checks = open_connector("spark", settings).check()
    assert TOKEN not in repr(checks)
    assert all(one.fix for one in checks if one.status in ("fail", "warn"))
    return {one.name: one.status for one in checks}


def failing(settings: dict) -> str:
    found = states(settings)
    assert list(found.values()).count("fail") == 1, found
    name = next(name for name, status in found.items() if status == "fail")
    assert set(list(found.values())[list(found).index(name) + 1 :]) <= {"skipped"}
    return name


def test_each_fault_fails_at_its_own_line(spark_schema: Schema):
    good = states(spark_schema.settings)
    assert list(good) == ["resolve", "reach", "tls", "auth", "permissions", "version", "latency", "work"]
    assert set(good.values()) <= {"ok", "warn"}
    assert failing({**spark_schema.settings, "host": "no-such-host.invalid"}) == "resolve"
    assert failing({**spark_schema.settings, "port": free_port()}) == "reach"
    assert failing({**spark_schema.settings, "encryption": "verify"}) == "tls"
    assert failing({**spark_schema.settings, "token": "wrong"}) == "auth"
    assert failing({**spark_schema.settings, "catalog": "gone"}) == "permissions"
    assert failing({**spark_schema.settings, "query": "SELECT * FROM gone.gone"}) == "permissions"


@pytest.mark.parametrize(
    "changed", [{"host": ""}, {"port": "x"}, {"encryption": "tls"}, {"host": "sc://a"}, {"host": "far", "token": "x"}]
)
def test_settings_that_do_not_fit_are_a_failed_check_not_a_crash(changed: dict):
    settings = {"host": "localhost", "port": 15002, **changed}
    assert failing(settings) == "resolve"
    with pytest.raises(ConfigError) as caught:
        open_connector("spark", settings).open()
    told(caught.value)


def test_a_wrong_token_is_told_as_that_and_shown_nowhere(spark_schema: Schema):
    for token in ("wrong", ""):
        with pytest.raises(ConnectError) as caught:
            open_connector("spark", {**spark_schema.settings, "token": token}).open()
        assert "token" in told(caught.value)


def _peer(answer: bytes | None) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                held.append(line)
                if answer is not None:
                    line.sendall(answer)
                    line.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        for line in held:
            line.close()


@pytest.fixture(params=[None, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"SSH-2.0-x\r\n"], ids=["silent", "http", "ssh"])
def peer(request: pytest.FixtureRequest) -> Iterator[int]:
    """Somebody who accepts and answers with these bytes, or never."""
    yield from _peer(request.param)


def test_who_never_answers_or_is_no_spark_is_given_up_in_time(peer: int, monkeypatch):
    monkeypatch.setattr(places.Place.__init__, "__defaults__", (*places.Place.__init__.__defaults__[:-1], 2.0))
    settings = {"host": "127.0.0.1", "port": peer, "token": TOKEN}
    started = time.monotonic()
    assert failing(settings) == "auth"
    with pytest.raises(ConnectError) as caught:
        open_connector("spark", settings).open()
    told(caught.value)
    assert time.monotonic() - started < 60


class AtRows(Stoppable):
    """Does something once rows have come."""

    def __init__(self, act) -> None:
        super().__init__()
        self.act, self.calls = act, 0

    def at(self, fraction: float, step) -> None:
        self.calls += 1
        if self.calls == 3:
            self.act()
        self.check()


@pytest.fixture
def own_server(spark_cluster: Cluster, tmp_path: Path) -> Iterator[Server]:
    """A server to be killed: without the cluster, so that it starts sooner. Its catalogue outlives it."""
    server = start_server(tmp_path / "own", "local[2]", hive=True)
    yield server
    server.kill()


def test_a_server_killed_in_mid_read_and_in_mid_write_leaves_nothing_half_done(own_server: Server, tmp_path: Path):
    schema = Schema(own_server, "default")
    write(schema, ROWS, "append")
    schema.run("CREATE VIEW @many AS SELECT id, repeat('x', 500) AS s FROM range(0, 200000, 1, 8)")
    big = pa.table({"k": pa.array(range(2000), pa.int64()), "t": ["x" * 70_000] * 2000})
    with open_connector("spark", own_server.settings) as source, pytest.raises(ConnectError) as caught:
        source.land(at(schema, "many"), tmp_path, AtRows(own_server.kill))
    assert "broke off" in told(caught.value) or "Nobody listens" in told(caught.value)
    assert not list(tmp_path.glob("*.parquet"))

    again = start_server(own_server.folder, "local[2]", hive=True)
    try:
        with open_connector("spark", again.settings) as target, pytest.raises(ConnectError) as caught:
            target.write(at(schema, "t"), iter(big.to_batches(max_chunksize=500)), big.schema, "replace", AtRows(again.kill))
        told(caught.value)
    finally:
        again.kill()
    last = start_server(own_server.folder, "local[2]", hive=True)
    try:
        after = Schema(last, "default")
        assert after.run("SELECT k FROM @t ORDER BY k") == [(1,), (2,), (3,)]
        write(after, ROWS.slice(2), "replace")
        after.run("REFRESH TABLE @t")  # this session knows the files of before
        assert after.run("SELECT k FROM @t") == [(3,)]
    finally:
        last.kill()


def test_stopping_answers_within_a_second_while_spark_works(spark_schema: Schema, tmp_path: Path):
    # Short enough to end by itself: an interrupt that is sent to a frozen server may be lost with its connection.
    slow = "SELECT count(*) AS n FROM range(0, 60000000, 1, 4) WHERE hash(sha2(CAST(id AS STRING), 512)) = 7"
    for frozen in (False, True):
        task, ended, failure = Stoppable(), [], []
        folder = tmp_path / str(frozen)
        folder.mkdir()
        with open_connector("spark", {**spark_schema.settings, "query": slow}) as source:

            def work(source=source, folder=folder, task=task, failure=failure, ended=ended) -> None:
                try:
                    source.land(("query",), folder, task)
                except BaseException as error:
                    failure.append(error)
                ended.append(time.monotonic())

            running = threading.Thread(target=work)
            running.start()
            until(lambda task=task: task._inside)
            if frozen:
                os.killpg(spark_schema.server.process.pid, signal.SIGSTOP)
            try:
                stopped = time.monotonic()
                task.stop()
                running.join(30)
            finally:
                if frozen:
                    os.killpg(spark_schema.server.process.pid, signal.SIGCONT)
        assert isinstance(failure[0], Cancelled)
        assert ended[0] - stopped < 1
    # What was asked of it before it was frozen is worked on first once it thaws.
    until(lambda: states(spark_schema.settings)["auth"] == "ok", 120)


def test_a_master_is_reached_through_a_driver_that_ends_with_the_connector(spark_cluster: Cluster, tmp_path: Path):
    settings = {"address": "master", "host": "127.0.0.1", "port": spark_cluster.port, "web_port": spark_cluster.web}
    settings["warehouse"] = str(tmp_path / "warehouse")
    source = open_connector("spark", settings)
    try:
        source.write(("spark_catalog", "default", "t"), iter(ROWS.to_batches()), ROWS.schema, "replace", Task())
        process = source._driver._process
        folder = tmp_path / "l"
        folder.mkdir()
        assert source.land(("spark_catalog", "default", "t"), folder, Task()).rows == 3
    finally:
        source.close()
    assert process.poll() is not None
    found = states(settings)
    assert list(found) == ["resolve", "reach", "tls", "workers", "driver", "permissions", "version", "latency", "work"]
    assert set(found.values()) <= {"ok", "warn"}
    _, _, rows = land(settings, ("spark_catalog", "default", "t"), tmp_path / "again")
    assert sorted(rows) == [(1, "a"), (2, None), (3, "c")]
    assert failing({**settings, "port": free_port()}) == "reach"


def test_the_way_rows_are_streamed_is_still_the_one_of_pyspark_itself():
    """`connectors.sp.session.Session.stream` uses what `toLocalIterator` stands on: pyspark has no public bounded way to Arrow."""
    from pyspark.sql.connect.client import SparkConnectClient
    from pyspark.sql.connect.dataframe import DataFrame

    body = inspect.getsource(DataFrame.toLocalIterator)
    assert "self._plan.to_proto(self._session.client)" in body
    assert "client.to_table_as_iterator(" in body
    assert list(inspect.signature(SparkConnectClient.to_table_as_iterator).parameters)[:3] == ["self", "plan", "observations"]
