"""A task that is told to stop: its interrupts reach what is running, as often as it takes, and never what comes after."""

from __future__ import annotations

import threading
import time

import pytest
from sqlglot import exp

from connectors.files.land import copy_to
from core.engines.duck import duck, literal
from core.errors import Cancelled
from core.task import INSIST_EVERY, StoppableTask, Task
from core.words import Msg, msg


def test_an_interrupt_that_came_too_early_comes_again():
    task, calls, third = StoppableTask(), [], threading.Event()

    def interrupt() -> None:
        calls.append(threading.current_thread())
        if len(calls) == 3:
            third.set()

    with task.interruptible(interrupt):
        task.stop()
        task.stop()  # as the watch over jobs does, twice a second
        assert third.wait(60)
    assert len(set(calls)) == 1
    assert threading.current_thread() not in calls


def test_nothing_is_interrupted_after_the_inside_is_left():
    task, calls = StoppableTask(), []
    with task.interruptible(lambda: calls.append(1)):
        task.stop()
    before = len(calls)
    time.sleep(3 * INSIST_EVERY)
    assert len(calls) == before


def test_after_a_stop_nothing_interruptible_begins():
    task = StoppableTask()
    task.stop()
    with pytest.raises(Cancelled):
        task.check()
    with pytest.raises(Cancelled), task.interruptible(lambda: None):
        pytest.fail("went in")


def test_a_part_of_a_task_is_interrupted_with_it():
    task, told = StoppableTask(), threading.Event()
    with task.part(0.2, 0.4).interruptible(told.set):
        task.stop()
        assert told.wait(60)
    with pytest.raises(Cancelled):
        task.part(0.4, 0.6).check()


def test_a_long_statement_tells_how_far_it_is(tmp_path):
    """DuckDB counts only while its progress bar is on; a landing of minutes stood at 0 % to its end."""
    file, told = tmp_path / "rows.csv", []

    class Heard(Task):
        def at(self, fraction: float, step: Msg) -> None:
            told.append(fraction)

    with duck() as connection:
        connection.execute(
            "COPY (SELECT i, hash(i) AS h FROM range(6_000_000) AS t(i)) TO $file (FORMAT csv)", {"file": str(file)}
        )
        rows = exp.select("*").from_(exp.func("read_csv", literal(file), dialect="duckdb"))
        copy_to(connection, rows, tmp_path / "rows.parquet", Heard(), msg("Reading"))
    assert any(0 < fraction < 1 for fraction in told)
