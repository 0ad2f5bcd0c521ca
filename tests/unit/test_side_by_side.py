"""Questions asked of one DuckDB side by side: answers in their order, the first error ends them, a stop reaches each."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import duckdb
import pytest

from core.engines.duck import cursors, duck, side_by_side
from core.errors import Cancelled
from core.task import StoppableTask, Task

LONG = "SELECT count(*) FROM range(1_000_000_000) a, range(1_000_000_000) b WHERE a.range * 7 + b.range = -1"


def test_answers_come_in_the_order_of_their_questions_and_see_the_same_tables():
    with duck(threads=3) as connection, cursors(connection, Task(), 5) as some:
        assert len(some) == 3
        connection.execute("CREATE TABLE shared AS SELECT 2 AS two")

        def ask(cursor: duckdb.DuckDBPyConnection, number: int) -> tuple[int, str]:
            # Temporary tables of the same name do not meet.
            cursor.execute("CREATE OR REPLACE TEMP TABLE own AS SELECT $n * two AS n FROM shared", {"n": number})
            time.sleep(0.01 * (number % 3))
            return cursor.execute("SELECT n, current_setting('TimeZone') FROM own").fetchall()[0]

        assert list(side_by_side(some, ask, range(20))) == [(2 * number, "UTC") for number in range(20)]


def test_the_first_error_ends_it():
    asked: list[int] = []

    def ask(cursor: duckdb.DuckDBPyConnection, number: int) -> None:
        asked.append(number)
        time.sleep(0.01)
        cursor.execute("SELECT CASE WHEN $n THEN error('no') END", {"n": number == 3})

    with duck(threads=2) as connection, cursors(connection, Task(), 5) as some:
        with pytest.raises(duckdb.InvalidInputException):
            list(side_by_side(some, ask, range(1_000)))
        assert len(asked) < 100


def test_who_closes_it_early_waits_for_what_runs_and_begins_nothing_more():
    begun: list[int] = []
    ended: list[int] = []

    def ask(cursor: duckdb.DuckDBPyConnection, number: int) -> int:
        begun.append(number)
        time.sleep(0.05)
        ended.append(number)
        return cursor.execute("SELECT $n", {"n": number}).fetchall()[0][0]

    with duck(threads=2) as connection, cursors(connection, Task(), 2) as some:
        with closing(side_by_side(some, ask, range(1_000))) as answers:
            assert next(answers) == 0
        assert sorted(begun) == sorted(ended)
        assert len(begun) < 100
        time.sleep(0.1)
        assert sorted(begun) == sorted(ended)


def test_a_stop_reaches_all_of_them():
    task, running = StoppableTask(), threading.Barrier(3)

    def ask(cursor: duckdb.DuckDBPyConnection, number: int) -> None:
        running.wait(60)
        cursor.execute(LONG).fetchall()

    def stop() -> None:
        running.wait(60)
        task.stop()

    threading.Thread(target=stop, daemon=True).start()
    with pytest.raises(Cancelled), duck(task, threads=2) as connection, cursors(connection, task, 2) as some:
        list(side_by_side(some, ask, range(2)))
