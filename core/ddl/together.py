"""Progress of several pieces of work that run at the same time, told as one that only goes forward."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.task import Task
from core.words import Msg


class Together:
    """Tasks for `count` pieces of `whole`, whose progress is the mean of theirs. Their methods may be called from any thread."""

    def __init__(self, whole: Task, count: int) -> None:
        self._whole, self._lock, self._done = whole, threading.Lock(), [0.0] * count

    def task(self, number: int) -> Task:
        """The task of one piece, from 0."""
        return _Piece(self, self._whole, number)

    def report(self, number: int, fraction: float, step: Msg) -> None:
        with self._lock:
            self._done[number] = max(self._done[number], fraction)
            self._whole.at(sum(self._done) / len(self._done), step)


class _Piece(Task):
    def __init__(self, together: Together, whole: Task, number: int) -> None:
        self._together, self._whole, self._number = together, whole, number

    def at(self, fraction: float, step: Msg) -> None:
        self._together.report(self._number, fraction, step)

    def note(self, text: Msg) -> None:
        self._whole.note(text)

    def check(self) -> None:
        self._whole.check()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        with self._whole.interruptible(interrupt):
            yield
