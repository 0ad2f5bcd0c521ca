"""What a long piece of work is given: a way to say how far it is, and a way to be told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import Cancelled
from core.words import Msg

INSIST_EVERY = 0.1  # seconds between two interrupts of the same call


class Task:
    """Progress and cancel for one piece of work. This base says nothing and never stops; jobs and the command line extend it.

    Long functions take a `task: Task` argument, call `at` between steps (at least once a second where they can) and wrap any
    call that blocks for longer in `interruptible`.
    """

    def at(self, fraction: float, step: Msg) -> None:
        """Report progress: `fraction` from 0 to 1 and what is being done now. Raises `Cancelled` when asked to stop."""

    def note(self, text: Msg) -> None:
        """Add a line to the log of the work."""

    def keep(self, result: Any) -> None:
        """What there is to show of the work so far (plain JSON), kept whatever becomes of the rest."""

    def check(self) -> None:
        """Raise `Cancelled` when asked to stop."""

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While inside, a request to stop also calls `interrupt` (e.g. a DuckDB connection's), from another thread.

        It is called again until the inside is left, and never after: an interrupt that comes between two statements is lost on
        an engine, which would then work on the next one as if nobody had asked.
        """
        yield

    def part(self, start: float, end: float) -> Task:
        """A task for a step of this one: its 0 to 1 is `start` to `end` here."""
        return _Part(self, start, end)


class StoppableTask(Task):
    """A task with a `stop` that may be called from any thread, from a signal handler, and more than once."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._inside: list[_Insistence] = []

    def check(self) -> None:
        if self._stopped.is_set():
            raise Cancelled()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        insistence = _Insistence(interrupt)
        self._inside.append(insistence)
        try:
            self.check()
            yield
        finally:
            self._inside.remove(insistence)
            insistence.end()

    def stop(self) -> None:
        self._stopped.set()
        for insistence in list(self._inside):
            insistence.begin()


class _Insistence:
    """Calls `interrupt` from a thread of its own, from `begin` until `end`."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._begun = False
        self._over = threading.Event()
        self._calling = threading.Lock()

    def begin(self) -> None:
        if not self._begun:
            self._begun = True
            threading.Thread(target=self._insist, name="assay-interrupt", daemon=True).start()

    def end(self) -> None:
        with self._calling:  # what is interrupted may be closed after this
            self._over.set()

    def _insist(self) -> None:
        while True:
            with self._calling:
                if self._over.is_set():
                    return
                self._interrupt()
            self._over.wait(INSIST_EVERY)


class _Part(Task):
    def __init__(self, whole: Task, start: float, end: float) -> None:
        self._whole, self._start, self._end = whole, start, end

    def at(self, fraction: float, step: Msg) -> None:
        self._whole.at(self._start + (self._end - self._start) * fraction, step)

    def note(self, text: Msg) -> None:
        self._whole.note(text)

    def keep(self, result: Any) -> None:
        self._whole.keep(result)

    def check(self) -> None:
        self._whole.check()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        with self._whole.interruptible(interrupt):
            yield
