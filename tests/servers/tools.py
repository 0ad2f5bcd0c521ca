"""What the tests of the PostgreSQL connector share: short ways to land and write, a task that can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from connectors.postgres import Postgres
from core.errors import AssayError, Cancelled
from core.models.source import Landed
from core.task import Task
from tests.servers.postgres import PASSWORD, Database


def land(database: Database, path: tuple[str, ...], folder: Path, task: Task | None = None) -> Landed:
    folder.mkdir(parents=True, exist_ok=True)
    with Postgres(database.settings) as source:
        return source.land(path, folder, task or Task())


def rows(landed: Landed) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute("SELECT * FROM read_parquet($files)", {"files": list(landed.files)}).fetchall()


def batches(table: pa.Table, size: int = 1000) -> Iterator[pa.RecordBatch]:
    return iter(table.to_batches(max_chunksize=size))


def write(database: Database, path: tuple[str, str], table: pa.Table, mode: str, task: Task | None = None) -> str:
    with Postgres(database.settings) as target:
        return target.write(path, batches(table), table.schema, mode, task or Task())


def without_password(error: AssayError) -> str:
    """All that the error says in both languages. Fails when any of it holds the password."""
    text = " ".join(line for lang in ("en", "ru") for line in error.lines(lang)) + repr(error.args)
    assert PASSWORD not in text
    return text


def until(condition: Callable[[], Any]) -> Any:
    """Wait for a condition; pytest's own time limit ends a wait in vain."""
    pause = threading.Event()
    while not (value := condition()):
        pause.wait(0.02)
    return value


class Stoppable(Task):
    """A task that can be stopped from another thread, and that runs something at its first progress."""

    def __init__(self, at_first: Callable[[], None] | None = None) -> None:
        self.stopped, self.interrupts, self.at_first = False, [], at_first

    def at(self, fraction: float, step: Any) -> None:
        self.check()
        if self.at_first:
            first, self.at_first = self.at_first, None
            first()

    def check(self) -> None:
        if self.stopped:
            raise Cancelled

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        self.interrupts.append(interrupt)
        try:
            yield
        finally:
            self.interrupts.remove(interrupt)

    def stop(self) -> None:
        self.stopped = True
        for interrupt in tuple(self.interrupts):
            interrupt()


def sessions(database: Database, query: str) -> list[int]:
    """The server processes whose statement looks like `query`."""
    found = database.run("SELECT pid FROM pg_stat_activity WHERE application_name = 'assay' AND query LIKE %s", (query,))
    return [pid for (pid,) in found]
