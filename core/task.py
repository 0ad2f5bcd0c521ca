"""What a long piece of work is given: a way to say how far it is, and a way to be told to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.words import Msg


class Task:
    """Progress and cancel for one piece of work. This base says nothing and never stops; jobs and the command line extend it.

    Long functions take a `task: Task` argument, call `at` between steps (at least once a second where they can) and wrap any
    call that blocks for longer in `interruptible`.
    """

    def at(self, fraction: float, step: Msg) -> None:
        """Report progress: `fraction` from 0 to 1 and what is being done now. Raises `Cancelled` when asked to stop."""

    def note(self, text: Msg) -> None:
        """Add a line to the log of the work."""

    def check(self) -> None:
        """Raise `Cancelled` when asked to stop."""

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While inside, a request to stop also calls `interrupt` (e.g. a DuckDB connection's), from another thread."""
        yield

    def part(self, start: float, end: float) -> Task:
        """A task for a step of this one: its 0 to 1 is `start` to `end` here."""
        return _Part(self, start, end)


class _Part(Task):
    def __init__(self, whole: Task, start: float, end: float) -> None:
        self._whole, self._start, self._end = whole, start, end

    def at(self, fraction: float, step: Msg) -> None:
        self._whole.at(self._start + (self._end - self._start) * fraction, step)

    def note(self, text: Msg) -> None:
        self._whole.note(text)

    def check(self) -> None:
        self._whole.check()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        with self._whole.interruptible(interrupt):
            yield
