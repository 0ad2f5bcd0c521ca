"""The embedded engine on a folder: chdb in a process of its own, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from connectors.ch.place import Place
from connectors.ch.session import LONG, PATIENCE, SETTINGS, Broken, Session, refused
from core import guard
from core.engines.clickhouse import ClickHouse, opened_clickhouse
from core.engines.errors import EngineError, QueryError

_held: dict[str, threading.Lock] = {}
START = 60.0  # seconds that chdb may take to open a folder: it reads the lists of all parts


class EmbeddedSession(Session):
    """A process of ours that has the folder open, and its end. Waits `seconds` for another session of this program to end."""

    def __init__(self, place: Place, seconds: float) -> None:
        self._given = ExitStack()
        lock = _held.setdefault(place.folder, threading.Lock())
        if not lock.acquire(timeout=seconds):
            raise Broken("locked")
        self._given.callback(lock.release)
        try:
            with _told():
                self._engine: ClickHouse = guard.call(
                    f"clickhouse {place.folder}",
                    lambda _: self._given.enter_context(opened_clickhouse(Path(place.folder))),
                    timeout=START,
                )
        except BaseException:
            self._given.close()
            raise
        self.version = self._engine.version

    def rows(self, sql: str, params: Mapping[str, Any] | None = None, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        with _told(), self._patience(seconds):
            return self._engine.query(sql, params).to_pylist()

    def command(self, sql: str) -> None:
        with _told(), self._patience(LONG):
            self._engine.command(sql)

    def stream(self, sql: str, seconds: float = LONG) -> Iterator[pa.RecordBatch]:
        with _told(), self._patience(seconds):
            yield from self._engine.stream(sql)

    def insert(self, database: str, table: str, rows: pa.RecordBatchReader) -> int:
        with _told(), self._patience(LONG):
            return self._engine.insert(table, rows, database, SETTINGS)

    def interrupt(self) -> None:
        self._engine.kill()

    @property
    def alive(self) -> bool:
        return self._engine.alive

    def close(self) -> None:
        self._given.close()

    @contextmanager
    def _patience(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._engine.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except QueryError as error:
        raise refused(str(error)) from error
    except OSError as error:
        raise Broken("folder", error.strerror or type(error).__name__) from error
    except EngineError as error:
        raise Broken("locked" if "lock" in str(error).lower() else "ended", str(error)[-300:]) from error
