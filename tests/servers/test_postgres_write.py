"""Writing to a real PostgreSQL: all rows or none, whatever happens."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator

import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from connectors.postgres import Postgres
from core.engines.postgres import PostgresServer
from core.errors import Cancelled, ConfigError, DataError
from core.task import Task
from tests.servers.postgres import PASSWORD, Database
from tests.servers.tools import Stoppable, until, without_password, write

pytestmark = pytest.mark.server


ORDERS = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int64()),
        'имя "q"': ["a\nb", "", None],
        "sum": pa.array([1, None, 3], pa.int32()).cast(pa.decimal128(12, 2)),
        "at": pa.array([0, None, 1], pa.timestamp("us", "UTC")),
        "tags": [["x", None, 'q"\\'], [], None],
        "more": [{"a": 1}, None, {"a": None}],
        "raw": pa.array([b"\x00\xff", b"", None], pa.binary()),
    }
)


def test_a_missing_table_is_made_with_types_that_fit(database: Database):
    said = write(database, ("public", 'o"rders Ё'), ORDERS, "replace")
    assert said.startswith('3 rows in public.o"rders Ё at 127.0.0.1:')
    assert PASSWORD not in said
    types = database.run(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
        ' WHERE attrelid = \'"o""rders Ё"\'::regclass AND attnum > 0 ORDER BY attnum'
    )
    assert [kind for (kind,) in types] == [
        "bigint", "text", "numeric(12,2)", "timestamp with time zone", "text[]", "jsonb", "bytea"
    ]  # fmt: skip
    found = database.run('SELECT id, "имя ""q""", tags, more, raw FROM "o""rders Ё" ORDER BY id')
    assert [row[:4] for row in found] == [
        (1, "a\nb", ["x", None, 'q"\\'], {"a": 1}),
        (2, "", [], None),
        (3, None, None, {"a": None}),
    ]
    assert [bytes(row[4]) if row[4] is not None else None for row in found] == [b"\x00\xff", b"", None]


def test_append_adds_and_replace_puts_in_place(database: Database):
    for mode, count in (("append", 3), ("append", 6), ("replace", 3), ("replace", 3)):
        write(database, ("public", "t"), ORDERS, mode)
        assert database.run("SELECT count(*) FROM t") == [(count,)]


def test_replace_keeps_the_definition_and_the_grants(database: Database):
    database.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, sum numeric(20,4) CHECK (sum > 0), note text DEFAULT 'new');"
        "GRANT SELECT ON t TO PUBLIC"
    )
    before = database.run("SELECT oid, relacl::text FROM pg_class WHERE relname = 't'")
    write(database, ("public", "t"), ORDERS.select(["id", "sum"]), "replace")
    assert database.run("SELECT oid, relacl::text FROM pg_class WHERE relname = 't'") == before
    assert database.run("SELECT DISTINCT note FROM t") == [("new",)]


def test_columns_that_do_not_fit_are_all_named_before_anything_is_written(database: Database):
    database.run(
        "CREATE TABLE t (id int, sum text, must int NOT NULL, g int GENERATED ALWAYS AS (1) STORED);"
        "INSERT INTO t VALUES (7, 'old', 1)"
    )
    rows = pa.table({"id": pa.array([1], pa.int64()), "sum": ["x"], "extra": [1], "g": [1]})
    with pytest.raises(DataError) as caught:
        write(database, ("public", "t"), rows, "replace")
    text = without_password(caught.value)
    for part in (
        "4 columns do not fit",
        "id is BIGINT here and integer there",
        "extra is not in the table",
        "must must have",
        "g is computed",
    ):
        assert part in text
    assert database.run("SELECT id, sum FROM t") == [(7, "old")]


def test_a_row_the_table_refuses_takes_the_whole_write_back(database: Database):
    database.run("CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES (7)")
    rows = pa.table({"id": pa.array([*range(100, 3000), 100], pa.int64())})
    for mode in ("append", "replace"):
        with pytest.raises(DataError) as caught:
            write(database, ("public", "t"), rows, mode)
        assert "duplicate key" in without_password(caught.value)
        assert database.run("SELECT * FROM t") == [(7,)]


def test_rows_that_a_trigger_swallows_are_noticed(database: Database):
    database.run(
        "CREATE TABLE t (id bigint); CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no()"
    )
    for mode in ("append", "replace"):
        with pytest.raises(DataError):
            write(database, ("public", "t"), ORDERS.select(["id"]), mode)


def test_times_finer_than_microseconds_are_refused_not_rounded(database: Database):
    for nanoseconds, fits in ((1_000, True), (1_001, False)):
        rows = pa.table({"at": pa.array([nanoseconds], pa.timestamp("ns"))})
        if fits:
            write(database, ("public", "t"), rows, "append")
            continue
        with pytest.raises(DataError):
            write(database, ("public", "t"), rows, "append")
    assert database.run("SELECT count(*) FROM t") == [(1,)]


def test_every_double_arrives_bit_for_bit(database: Database):
    raw = random.Random(1).randbytes(8 * 20_000)
    doubles = pa.Array.from_buffers(pa.float64(), 20_000, [None, pa.py_buffer(raw)])
    rows = pa.table({"x": doubles, "bits": doubles.view(pa.int64())}).filter(pc.is_finite(doubles))
    write(database, ("public", "t"), rows, "replace")
    wrong = "SELECT count(*) FROM t WHERE ('x' || encode(float8send(x), 'hex'))::bit(64)::bigint <> bits"
    assert database.run(wrong) == [(0,)]


def test_an_unknown_mode_is_refused(database: Database):
    with pytest.raises(ConfigError):
        write(database, ("public", "t"), ORDERS, "merge")


def test_an_error_in_the_rows_themselves_goes_out_as_it_is_and_leaves_the_target(database: Database):
    database.run("CREATE TABLE t (id bigint); INSERT INTO t VALUES (7)")

    def broken() -> Iterator[pa.RecordBatch]:
        yield ORDERS.select(["id"]).to_batches()[0]
        raise KeyError("mine")

    with Postgres(database.settings) as target, pytest.raises(KeyError):
        target.write(("public", "t"), broken(), ORDERS.select(["id"]).schema, "replace", Task())
    assert database.run("SELECT * FROM t") == [(7,)]


def test_stopping_a_write_leaves_the_target_as_it_was(database: Database):
    database.run("CREATE TABLE t (id bigint); INSERT INTO t VALUES (7)")
    task = Stoppable()
    task.at_first = task.stop
    with pytest.raises(Cancelled):
        write(database, ("public", "t"), pa.table({"id": pa.array(range(5000), pa.int64())}), "replace", task)
    assert database.run("SELECT * FROM t") == [(7,)]


ENDLESS = (
    "import itertools, json, sys; import pyarrow as pa; from connectors.postgres import Postgres; from core.task import Task\n"
    "settings, mode = json.loads(sys.stdin.readline())\n"
    "batch = pa.record_batch({'id': pa.array(range(100000), pa.int64())})\n"
    "def rows():\n"
    "    for number in itertools.count():\n"
    "        if number == 3: print('sent', flush=True)\n"
    "        yield batch\n"
    "Postgres(settings).write(('public', 't'), rows(), batch.schema, mode, Task())\n"
)


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_writer_killed_in_the_middle_leaves_the_target_as_it_was(database: Database, mode: str):
    database.run("CREATE TABLE t (id bigint); INSERT INTO t VALUES (7)")
    before = database.run("SELECT count(*) FROM pg_class")
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        writer.stdin.write(json.dumps([database.settings, mode]) + "\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "sent\n"
        writer.kill()
    until(
        lambda: (
            not database.run("SELECT 1 FROM pg_stat_activity WHERE application_name = 'assay' AND datname = current_database()")
        )
    )
    assert database.run("SELECT * FROM t") == [(7,)]
    assert database.run("SELECT count(*) FROM pg_class") == before


def test_a_reader_sees_the_old_rows_until_the_new_ones_are_all_there(database: Database):
    database.run("CREATE TABLE t (id bigint); INSERT INTO t VALUES (7)")
    seen: list[list[tuple]] = []

    def rows() -> Iterator[pa.RecordBatch]:
        for batch in ORDERS.select(["id"]).to_batches(max_chunksize=1):
            seen.append(database.run("SELECT * FROM t"))
            yield batch

    with Postgres(database.settings) as target:
        target.write(("public", "t"), rows(), ORDERS.select(["id"]).schema, "replace", Task())
    assert seen == [[(7,)]] * 3
    assert database.run("SELECT count(*) FROM t") == [(3,)]


def test_the_embedded_server_wants_the_password(postgres_server: PostgresServer):
    with pytest.raises(psycopg2.OperationalError):
        postgres_server.connect(password="another")
