"""Work on what is likely, while what is certain is found out in a thread beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Generic, TypeVar

import duckdb

from core.errors import AssayError, Cancelled
from core.task import Task

Found = TypeVar("Found")
Made = TypeVar("Made")
INSIST_EVERY = 0.1  # seconds between two interrupts


class Certain(Generic[Found]):
    """What `find(cursor, task)` gives, in a thread with a cursor of its own on the same DuckDB and within the same memory."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, task: Task, find: Callable[[duckdb.DuckDBPyConnection, Task], Found]
    ):
        self._cursor, self._task = connection.cursor(), _Left(task)
        self._beside = ThreadPoolExecutor(1)
        self._found = self._beside.submit(self._find, find)

    def _find(self, find: Callable[[duckdb.DuckDBPyConnection, Task], Found]) -> Found:
        with self._task.interruptible(self._cursor.interrupt):
            return find(self._cursor, self._task)

    def found(self) -> Found:
        """Wait for it. Raises what finding it raised."""
        return self._found.result()

    def leave(self) -> None:
        """End the thread, whether it has found anything or not."""
        self._task.left = True
        while not self._found.done():
            self._cursor.interrupt()
            wait([self._found], INSIST_EVERY)
        self._beside.shutdown()
        self._cursor.close()


class _Left(Task):
    """The same work, until nobody waits for it any more. It reports nothing: what is done with the likely does."""

    def __init__(self, whole: Task) -> None:
        self._whole, self.left = whole, False

    def at(self, fraction: float, step) -> None:
        self.check()

    def check(self) -> None:
        if self.left:
            raise Cancelled()
        self._whole.check()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        with self._whole.interruptible(interrupt):
            yield


def made_of(likely: Found, certain: Certain[Found] | None, make: Callable[[Found], Made]) -> tuple[Found, Made]:
    """What `make` makes of the likely where that turns out to be certain; else what it makes of the certain, once that is known.

    Nothing that went wrong with the likely is told: it may have gone wrong because it was not certain.
    """
    if certain is None:
        return likely, make(likely)
    made: Made | None = None
    try:
        try:
            made = make(likely)
        except (Cancelled, duckdb.InterruptException):
            raise
        except (duckdb.Error, AssayError):
            pass
        found = certain.found()
    finally:
        certain.leave()
    return (likely, made) if made is not None and found == likely else (found, make(found))
