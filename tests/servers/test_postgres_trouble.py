"""What goes wrong while a table is read: dropped, stopped, killed, no room."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest

from connectors.pg.place import place
from connectors.pg.reach import connect, hang_up
from connectors.postgres import Postgres
from core.errors import Cancelled, ConfigError, ConnectError, DataError
from core.task import Task
from tests.servers.postgres import Database
from tests.servers.tools import Stoppable, land, sessions, until, without_password

pytestmark = pytest.mark.server


def test_a_table_dropped_before_it_is_read_is_said_to_be_gone(database: Database, tmp_path: Path):
    database.run("CREATE TABLE gone (a int)")
    with Postgres(database.settings) as source:
        assert source.schema(("public", "gone"))
        database.run("DROP TABLE gone")
        with pytest.raises(DataError) as caught:
            source.land(("public", "gone"), tmp_path, Task())
    assert "There is no table public.gone" in without_password(caught.value)


def test_a_path_without_a_table_is_refused(database: Database):
    with pytest.raises(ConfigError):
        Postgres(database.settings).preview(("public",))


def test_a_table_without_columns_is_refused(database: Database):
    database.run("CREATE TABLE bare ()")
    with pytest.raises(DataError):
        Postgres(database.settings).preview(("public", "bare"))


def test_stopping_interrupts_a_server_that_is_busy(database: Database, tmp_path: Path):
    database.run("CREATE VIEW busy AS SELECT pg_sleep(3600)::text AS s")
    task = Stoppable()

    def stop_when_busy() -> None:
        until(lambda: sessions(database, "%busy%"))
        task.stop()

    threading.Thread(target=stop_when_busy, daemon=True).start()
    with pytest.raises(Cancelled):
        land(database, ("public", "busy"), tmp_path / "l", task)
    until(lambda: not sessions(database, "%busy%"))


def test_a_stop_between_two_statements_is_not_lost(database: Database, tmp_path: Path):
    """The server has nothing to cancel at that moment; the next statement would run for an hour."""
    database.run("CREATE VIEW later AS SELECT pg_sleep(3600)::text AS s")

    class TooEarly(Stoppable):
        """Stops when the session is held to read the rows; the time before, it asks the catalogue."""

        held = 0

        @contextmanager
        def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
            self.held += interrupt.__module__ == connect.__module__
            asked = threading.Event()

            def ask() -> None:
                interrupt()
                asked.set()

            with super().interruptible(ask):
                if self.held == 2:
                    self.stop()
                    asked.wait()
                    time.sleep(0.2)  # the server gets it and has nothing to cancel
                yield

    with pytest.raises(Cancelled):
        land(database, ("public", "later"), tmp_path / "l", TooEarly())
    until(lambda: not sessions(database, "COPY%later%"))


def test_a_server_notices_that_nobody_waits_any_more(own_server: Database):
    """As after kill -9: nobody is left to ask for a cancel."""
    connection = connect(place(own_server.settings))

    def wait() -> None:
        with connection.cursor() as cursor, suppress(psycopg2.Error):
            cursor.execute("SELECT pg_sleep(3600) AS deserted")

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    until(lambda: sessions(own_server, "%pg_sleep%deserted%"))
    hang_up(connection)
    waiting.join()
    until(lambda: not sessions(own_server, "%pg_sleep%deserted%"))


def test_stopping_between_rows_leaves_nothing_behind(database: Database, tmp_path: Path):
    database.run("CREATE VIEW endless AS SELECT generate_series(1, 1000000000) AS n")
    task = Stoppable()
    task.at_first = task.stop
    with pytest.raises(Cancelled):
        land(database, ("public", "endless"), tmp_path / "l", task)
    assert list((tmp_path / "l").iterdir()) == []
    until(lambda: not sessions(database, "%endless%"))


def test_stopping_also_ends_a_question_to_the_catalogue(own_server: Database, tmp_path: Path):
    """Somebody holds a lock on a table of the catalogue: the question what columns there are waits."""
    own_server.run("CREATE TABLE plain AS SELECT 1 AS n")
    task = Stoppable()
    with closing(own_server.server.connect()) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE pg_catalog.pg_description IN ACCESS EXCLUSIVE MODE")

        def stop_when_it_waits() -> None:
            until(lambda: sessions(own_server, "%attname%"))
            task.stop()

        threading.Thread(target=stop_when_it_waits, daemon=True).start()
        with pytest.raises(Cancelled):
            land(own_server, ("public", "plain"), tmp_path / "l", task)


def test_stopping_hangs_up_on_a_server_that_does_not_obey(own_server: Database, tmp_path: Path):
    own_server.run("CREATE VIEW frozen AS SELECT pg_sleep(3600)::text AS s")
    task = Stoppable()
    frozen: list[int] = []

    def freeze_and_stop() -> None:
        frozen.append(until(lambda: sessions(own_server, "COPY%frozen%"))[0])
        os.kill(frozen[0], signal.SIGSTOP)
        task.stop()

    threading.Thread(target=freeze_and_stop, daemon=True).start()
    try:
        with pytest.raises(Cancelled):
            land(own_server, ("public", "frozen"), tmp_path / "l", task)
    finally:
        os.kill(frozen[0], signal.SIGCONT)


def test_a_server_killed_in_the_middle_of_reading_leaves_no_half_result(own_server: Database, tmp_path: Path):
    own_server.run("CREATE VIEW endless AS SELECT generate_series(1, 1000000000) AS n")
    task = Stoppable(lambda: os.kill(sessions(own_server, "COPY%")[0], signal.SIGKILL))
    with pytest.raises(ConnectError) as caught:
        land(own_server, ("public", "endless"), tmp_path / "l", task)
    assert "broke off" in without_password(caught.value)
    assert list((tmp_path / "l").iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing_behind(database: Database, tmp_path: Path):
    """The process may not write files of more than 300 KB, which the system reports much as a full disk."""
    database.run("CREATE TABLE wide AS SELECT repeat(md5(n::text), 20) AS t FROM generate_series(1, 5000) n")
    code = (
        "import resource, signal, sys, json; from pathlib import Path\n"
        "from connectors.postgres import Postgres; from core.errors import DataError; from core.task import Task\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try: Postgres(json.loads(sys.stdin.read())).land(('public', 'wide'), Path(sys.argv[1]), Task())\n"
        "except DataError as error: print(error)\n"
    )
    folder = tmp_path / "l"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        input=json.dumps(database.settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "The rows could not be written into the workspace", done.stderr
    assert list(folder.iterdir()) == []
