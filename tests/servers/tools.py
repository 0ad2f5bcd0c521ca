"""What the tests of the PostgreSQL connector share: short ways to land and write, a task that can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from connectors.postgres import Postgres
from core.errors import AssayError
from core.models.source import Landed
from core.task import StoppableTask, Task
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


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for a condition, and fail where it does not come: far too long for any machine, well before pytest's own limit."""
    last, pause = time.monotonic() + seconds, threading.Event()
    while not (value := condition()):
        assert time.monotonic() < last, f"waited {seconds} s in vain"
        pause.wait(0.02)
    return value


class Stoppable(StoppableTask):
    """A task that runs something at its first progress."""

    def __init__(self, at_first: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.at_first = at_first

    def at(self, fraction: float, step: Any) -> None:
        self.check()
        if self.at_first:
            first, self.at_first = self.at_first, None
            first()


def sessions(database: Database, query: str) -> list[int]:
    """The server processes whose statement looks like `query`."""
    found = database.run("SELECT pid FROM pg_stat_activity WHERE application_name = 'assay' AND query LIKE %s", (query,))
    return [pid for (pid,) in found]
