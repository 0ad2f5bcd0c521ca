"""What the command line says: results on stdout, progress and errors on stderr."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.errors import AssayError, Cancelled
from core.store.files import not_written
from core.task import Task
from core.words import Msg, msg, say


def show(text: str) -> None:
    """Write to stdout. Raises what `not_written` makes of a full disk there; a reader that left is a `BrokenPipeError`."""
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise not_written(Path("stdout"), error) from error


def mute() -> None:
    """Nobody reads stdout any more, or it cannot be written: what is still held for it goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Console:
    """Prints in one language; `quiet` leaves out progress, `results` is False where stdout belongs to the JSON alone."""

    def __init__(self, lang: str, quiet: bool, results: bool = True) -> None:
        self.lang, self.quiet, self.results = lang, quiet, results

    def out(self, text: Msg | str = "") -> None:
        self._lines([say(text, self.lang)])

    def _lines(self, lines: Sequence[str]) -> None:
        if self.results:
            show("".join(f"{line}\n" for line in lines))

    def error(self, error: AssayError) -> None:
        what, why, fix = error.lines(self.lang)
        labels = (say(msg("What:"), self.lang), say(msg("Why:"), self.lang), say(msg("Fix:"), self.lang))
        for label, text in zip(labels, (what, why, fix)):
            print(f"{label:<6} {text}", file=sys.stderr)

    def table(self, header: Sequence[Msg | str], rows: Sequence[Sequence[Msg | str | int | float]]) -> None:
        """Aligned columns: numbers to the right, text to the left."""
        lines = [[self._cell(cell) for cell in row] for row in (header, *rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
        right = [bool(rows) and all(isinstance(row[column], (int, float)) for row in rows) for column in range(len(header))]
        shown = []
        for line in lines:
            cells = (cell.rjust(width) if is_right else cell.ljust(width) for cell, width, is_right in zip(line, widths, right))
            shown.append("  ".join(cells).rstrip())
        self._lines(shown)

    def _cell(self, value: Msg | str | int | float) -> str:
        if isinstance(value, (int, float)):
            value = msg("{n}", n=value)
        return " ".join(say(value, self.lang).split())


class ConsoleTask(Task):
    """Progress as one line on stderr that rewrites itself on a terminal; Ctrl-C cancels."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cancelled = threading.Event()
        self._interrupts: list[Callable[[], None]] = []
        self._live = sys.stderr.isatty() and not console.quiet
        self._last = ""

    def at(self, fraction: float, step: Msg) -> None:
        self.check()
        if self._console.quiet:
            return
        text = say(step, self._console.lang)
        if self._live:
            print(f"\r\033[K{fraction:4.0%}  {text}", end="", file=sys.stderr, flush=True)
        elif text != self._last:
            print(f"{fraction:4.0%}  {text}", file=sys.stderr)
        self._last = text

    def note(self, text: Msg) -> None:
        if not self._console.quiet:
            self.done()
            print(f"      {say(text, self._console.lang)}", file=sys.stderr)

    def check(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Iterator[None]:
        self._interrupts.append(interrupt)
        try:
            yield
        finally:
            self._interrupts.remove(interrupt)

    def stop(self, *_: object) -> None:
        """Signal handler of Ctrl-C, TERM and HUP."""
        self._cancelled.set()
        for interrupt in list(self._interrupts):
            interrupt()

    def done(self) -> None:
        if self._live and self._last:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._last = ""
