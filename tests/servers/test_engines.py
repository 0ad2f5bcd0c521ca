"""The embedded PostgreSQL and ClickHouse: they start, answer, stop, and die with whoever started them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg2
import pyarrow as pa
import pytest

from core.engines.clickhouse import ClickHouse, embedded_clickhouse
from core.engines.errors import EngineError, QueryError
from core.engines.postgres import embedded_postgres
from core.engines.postgres_files import Account, account, programs, reachable_folder
from core.errors import Cancelled, UnsupportedError
from tests.conftest import no_server
from tests.servers.tools import Stoppable, until

pytestmark = pytest.mark.server


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[ClickHouse]:
    try:
        engine = embedded_clickhouse(tmp_path / "q?x&y=1 ё")
        with engine as started:
            yield started
    except UnsupportedError as error:
        no_server(str(error))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's user can reach when that is not the present one: pytest's own are closed to all others."""
    with tempfile.TemporaryDirectory(prefix="assay-test-") as made:
        os.chmod(made, 0o711)
        yield Path(made)


ENDLESS = "SELECT count() FROM numbers(1000000000000000) WHERE sipHash64(number) = 1"


def once_busy(engine: ClickHouse, act: Callable[[], None]) -> None:
    """Do something from another thread as soon as the engine computes."""
    process = psutil.Process(engine.pid)
    idle = process.cpu_times().user
    threading.Thread(target=lambda: (until(lambda: process.cpu_times().user > idle + 0.1), act()), daemon=True).start()


def gone(pid: int) -> bool:
    """Whether the process has ended (a zombie has)."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def test_postgres_starts_plans_and_stops(folder: Path):
    with embedded_postgres(folder) as server:
        with contextlib.closing(server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("EXPLAIN SELECT 1")
            assert "Result" in cursor.fetchone()[0]
        assert server.version.startswith("18.")
        assert server.dsn["host"].startswith("/")
    assert gone(server.pid)
    shutil.rmtree(folder / "pgdata")
    assert not Path(server.dsn["host"]).exists()


def test_postgres_opens_a_cluster_that_is_already_there(folder: Path):
    for statement in ("CREATE TABLE kept AS SELECT 1 AS a", "DROP TABLE kept"):
        with embedded_postgres(folder) as server, contextlib.closing(server.connect()) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)


def test_postgres_starts_in_a_folder_with_a_long_and_odd_name(tmp_path: Path):
    with embedded_postgres(tmp_path / ("длинное имя 'с' \"кавычками\" " * 3).strip()) as server:
        server.connect().close()


def test_no_other_user_can_enter_the_socket_of_postgres(folder: Path):
    with embedded_postgres(folder) as server:
        assert os.stat(server.dsn["host"]).st_mode & 0o077 == 0
        assert os.stat(folder / "pgdata").st_mode & 0o077 == 0


def test_postgres_says_why_it_does_not_start(tmp_path: Path):
    with pytest.raises(EngineError, match="shared_buffers"):
        embedded_postgres(tmp_path, settings={"shared_buffers": "much"}).__enter__()


def test_postgres_stops_although_a_session_is_frozen(tmp_path: Path):
    with embedded_postgres(tmp_path) as server:
        session = server.connect()
        os.kill(session.info.backend_pid, signal.SIGSTOP)
    assert gone(server.pid)
    assert gone(session.info.backend_pid)
    session.close()


def test_an_error_in_the_block_stops_postgres_and_goes_out(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), embedded_postgres(tmp_path) as server:
        _ = 1 // 0
    assert gone(server.pid)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root has to run the server as another user")
def test_root_opens_no_folder_to_others(tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with embedded_postgres(closed / "inner") as server:
        server.connect().close()
    assert os.stat(closed).st_mode & 0o077 == 0


def test_programs_that_the_server_s_user_cannot_reach_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    who = account() or Account(os.getuid(), os.getgid())
    monkeypatch.setattr("core.engines.postgres_files._reachable", lambda folder: False)
    with programs(who, AssertionError) as binaries:
        said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("postgres (PostgreSQL) 18")
    assert not binaries.exists()
    with reachable_folder(tmp_path, who) as folder:
        assert folder != tmp_path
    assert not folder.exists()


ORPHAN = (
    "import sys; from pathlib import Path\n"
    "from core.engines.{kind} import embedded_{kind}\n"
    "with embedded_{kind}(Path(sys.argv[1])) as engine:\n"
    "    print(engine.pid, flush=True)\n"
    "    {busy}\n"
)


@pytest.mark.parametrize(
    ("kind", "busy"),
    [
        ("postgres", "engine.connect().cursor().execute('SELECT pg_sleep(3600)')"),
        ("clickhouse", f"engine.query('{ENDLESS}')"),
    ],
    ids=["postgres", "clickhouse"],
)
def test_an_engine_dies_with_the_process_that_started_it_even_when_busy(tmp_path: Path, kind: str, busy: str):
    code = ORPHAN.format(kind=kind, busy=busy)
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        pid = int(owner.stdout.readline())
        assert not gone(pid)
        owner.kill()
    until(lambda: gone(pid))


def test_clickhouse_answers_with_parameters_and_plans(clickhouse: ClickHouse):
    assert clickhouse.version.split(".")[0].isdigit()
    params = {"a": "o'x\\ \t\r\n", "n": 3, "z": None}
    found = clickhouse.query("SELECT {a:String} AS a, {n:UInt8} + 1 AS n, {z:Nullable(String)} AS z", params)
    assert found.to_pylist() == [{**params, "n": 4}]
    clickhouse.command("CREATE TABLE t (a Int64) ENGINE = MergeTree ORDER BY a")
    clickhouse.command("INSERT INTO t VALUES (5)")
    plan = clickhouse.query("EXPLAIN indexes = 1 SELECT * FROM t WHERE a = 5")["explain"].to_pylist()
    assert any("ReadFromMergeTree" in line for line in plan)
    assert clickhouse.query("SELECT 1 AS one WHERE 0").num_rows == 0


def test_clickhouse_takes_arrow_rows_under_hostile_names(clickhouse: ClickHouse):
    clickhouse.command('CREATE DATABASE "d""b"')
    clickhouse.command(
        'CREATE TABLE "d""b"."та`бл\\\\ица.csv" ("a""b" Int64, "с т" Nullable(String)) ENGINE = MergeTree ORDER BY "a""b"'
    )
    rows = pa.table({'a"b': pa.array(range(100_000), pa.int64()), "с т": ["x'\\\n", None] * 50_000})
    assert clickhouse.insert("та`бл\\ица.csv", rows.to_reader(max_chunksize=1000), database='d"b') == 100_000
    assert clickhouse.query('SELECT * FROM "d""b"."та`бл\\\\ица.csv" ORDER BY 1').cast(rows.schema).equals(rows)


def test_an_error_of_clickhouse_arrives_in_its_words_and_leaves_nothing_in_the_next_result(clickhouse: ClickHouse):
    for _ in range(2):
        with pytest.raises(QueryError, match="Value passed to 'throwIf'"):
            clickhouse.query("SELECT number, throwIf(number = 300000) FROM numbers(1000000)")
        assert clickhouse.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_rows_that_clickhouse_refuses_leave_it_usable(clickhouse: ClickHouse):
    clickhouse.command("CREATE TABLE t (a Int64) ENGINE = MergeTree ORDER BY a")
    for table, rows in (
        ("t", pa.table({"b": range(200_000)})),
        ("nowhere", pa.table({"a": range(200_000)})),
        ("t", pa.table({"a": ["x"]})),
    ):
        with pytest.raises(QueryError):
            clickhouse.insert(table, rows)
    assert clickhouse.insert("t", pa.table({"a": [1]})) == 1
    assert clickhouse.query("SELECT * FROM t").to_pylist() == [{"a": 1}]


def test_an_error_in_the_rows_themselves_goes_out_and_nothing_is_inserted(clickhouse: ClickHouse):
    clickhouse.command("CREATE TABLE t (a Int64) ENGINE = MergeTree ORDER BY a")
    batch = pa.record_batch({"a": pa.array([1, 2], pa.int64())})

    def broken() -> Iterator[pa.RecordBatch]:
        yield batch
        raise OSError("mine")

    with pytest.raises(OSError, match="mine"):
        clickhouse.insert("t", pa.RecordBatchReader.from_batches(batch.schema, broken()))
    assert clickhouse.query("SELECT count() AS n FROM t").to_pylist() == [{"n": 0}]


def test_a_clickhouse_process_that_dies_is_said_to_have_died(clickhouse: ClickHouse):
    threading.Thread(
        target=lambda: (until(lambda: psutil.Process(clickhouse.pid).cpu_times().user > 0), clickhouse.kill())
    ).start()
    with pytest.raises(EngineError, match="ended with code -9"):
        clickhouse.query("SELECT count() FROM numbers(1000000000000000) WHERE sipHash64(number) = 1")


def test_stopping_the_task_kills_a_busy_clickhouse(tmp_path: Path):
    task = Stoppable()
    with embedded_clickhouse(tmp_path, task) as clickhouse:
        once_busy(clickhouse, task.stop)
        with pytest.raises(Cancelled):
            clickhouse.query(ENDLESS)
    assert gone(clickhouse.pid)


def test_a_failed_connection_to_a_stopped_postgres_is_an_error_of_the_driver(tmp_path: Path):
    with embedded_postgres(tmp_path) as server:
        pass
    with pytest.raises(psycopg2.OperationalError):
        server.connect()
