"""One far file system, as the kinds use it: bounded calls, errors in our words, long transfers that can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pyarrow as pa
from pyarrow import fs

from connectors.files.land import out_of_disk
from core import guard
from core.errors import AssayError, DataError
from core.task import Task
from core.words import Msg, msg

Result = TypeVar("Result")
PIECE = 4 * 2**20  # bytes of a transfer between two looks at the clock
TICK = 0.1  # seconds between two looks at whether to stop
MARKS = "*?["


class Busy(Exception):
    """The far side said that it is busy: it passes by itself."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file or a folder: its path in the system, without a slash at either end; `bytes` is None for a folder."""

    path: str
    bytes: int | None
    changed: float = 0.0

    @property
    def folder(self) -> bool:
        return self.bytes is None

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


class FarSystem:
    """A file system of pyarrow's with a name for people, a limit for every call, and `said`: an exception on a path in our words.

    `said` raises `Busy` for what passes by itself. `piece` is how many bytes of a transfer count as a sign of life.
    """

    piece: ClassVar[int] = PIECE

    def __init__(self, name: str, system: fs.FileSystem, said: Callable[[Exception, str], AssayError], seconds: float) -> None:
        self.name, self._system, self._said, self._seconds = name, system, said, seconds

    def look(self, path: str) -> Found | None:
        """What is at a path; None where nothing is."""
        info = self.asked(path, lambda: self._system.get_file_info(path))
        return _found(info) if info.type != fs.FileType.NotFound else None

    def inside(self, path: str) -> list[Found]:
        """What is in a folder, folders first, by name."""
        infos = self.asked(path, lambda: self._system.get_file_info(fs.FileSelector(path)))
        return sorted(map(_found, infos), key=lambda found: (not found.folder, found.path))

    def matching(self, pattern: str) -> list[Found]:
        """The files that a path means: itself, all in it where it is a folder, or those that fit where it has `*`, `?` or `[…]`."""
        if not any(mark in pattern for mark in MARKS):
            there = self.look(pattern)
            if there is None:
                return []
            return [there] if not there.folder else [one for one in self.inside(pattern) if not one.folder]
        return [one for one in self._fitting("", pattern.split("/")) if not one.folder]

    def _fitting(self, base: str, parts: list[str]) -> Iterator[Found]:
        part, *rest = parts
        if not any(mark in part for mark in MARKS):
            path = f"{base}/{part}" if base else part
            if rest:
                yield from self._fitting(path, rest)
            elif (found := self.look(path)) is not None:
                yield found
            return
        for found in self.inside(base):
            if fnmatchcase(found.name, part):
                if not rest:
                    yield found
                elif found.folder:
                    yield from self._fitting(found.path, rest)

    def head(self, path: str, count: int) -> bytes:
        """The first bytes of a file."""

        def read() -> bytes:
            with self._system.open_input_stream(path, compression=None) as stream:
                return stream.read(count)

        return self.asked(path, read)

    def opened(self, path: str) -> pa.NativeFile:
        """A file to read at any place in it, for Parquet. Its errors are `plain`'s to translate."""
        return self.asked(path, lambda: self._system.open_input_file(path))

    def fetch(self, found: Found, file: Path, task: Task, step: Msg) -> None:
        """Copy a file here. Raises `Cancelled` within a moment of being told to stop, `DataError` where it changed meanwhile."""
        moved = _Moved()

        def work() -> None:
            with self._system.open_input_stream(found.path, compression=None) as source, file.open("wb") as target:
                moved.run(source, target, self.piece)

        self._watched(found.path, work, moved, found.bytes or 0, task, step)
        now = self.look(found.path)
        if moved.bytes != found.bytes or now is None or (now.bytes, now.changed) != (found.bytes, found.changed):
            raise DataError(
                msg("{name} changed while it was read", name=found.name),
                msg("What was read may be half old and half new, so it was thrown away."),
                msg("Wait until the program that writes it is done, and load it again."),
            )

    def put(self, file: Path, path: str, task: Task, step: Msg) -> None:
        """Copy a file there: under another name first, then in one step under its own, so that a reader never meets half of it."""
        staged, moved = self.staged(path), _Moved()

        def work() -> None:
            with file.open("rb") as source, self._system.open_output_stream(staged, compression=None) as target:
                moved.run(source, target, self.piece)

        try:
            self._watched(path, work, moved, file.stat().st_size, task, step)
            self.asked(path, lambda: self.replace(staged, path), seconds=10 * self._seconds)
        except BaseException:
            self._forget(staged)
            raise

    def staged(self, path: str) -> str:
        """The name under which a file is sent, before it takes its own: in the same folder, and nobody else's."""
        return f"{path}.assay-{time.time_ns():x}"

    def replace(self, staged: str, path: str) -> None:
        """Give a file the name of another, which it replaces."""
        self._system.move(staged, path)

    def folder(self, path: str) -> None:
        """Make a folder with those above it; nothing happens where it is there."""
        self.asked(path, lambda: self._system.create_dir(path, recursive=True))

    @contextmanager
    def plain(self, path: str) -> Iterator[None]:
        """Errors of reading an opened file in our words."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise self._in_words(error, path) from error

    def _forget(self, staged: str) -> None:
        """Remove what was half-done, as far as that can be: what went wrong before is what counts."""
        try:
            guard.bounded(lambda: self._system.delete_file(staged), self._seconds)
        except (OSError, pa.ArrowException):
            return

    def asked(self, path: str, function: Callable[[], Result], seconds: float | None = None) -> Result:
        def attempt(left: float) -> Result:
            try:
                return guard.bounded(function, left)
            except (OSError, pa.ArrowException) as error:
                raise self._said(error, path) from error

        try:
            return guard.call(self.name, attempt, timeout=seconds or self._seconds, transient=(Busy,))
        except Busy as error:
            raise self._busy() from error

    def _in_words(self, error: Exception, path: str) -> AssayError:
        try:
            return out_of_disk(error) or self._said(error, path)
        except Busy:
            return self._busy()

    def _busy(self) -> AssayError:
        return DataError(
            msg("{name} is too busy", name=self.name),
            msg("It asked to come back later, and again the next times."),
            msg("Try again in a few minutes."),
        )

    def _watched(self, path: str, work: Callable[[], None], moved: _Moved, total: int, task: Task, step: Msg) -> None:
        """Do a transfer in a thread of its own: whoever waits here can be told to stop at any time, and a silent far side is given up."""
        failed: list[Exception] = []
        done = threading.Event()

        def run() -> None:
            try:
                work()
            except Exception as error:
                failed.append(error)
            finally:
                done.set()

        thread = threading.Thread(target=run, daemon=True, name="assay-transfer")
        task.at(0.0, step)
        thread.start()
        last, since = -1, time.monotonic()
        try:
            while not done.wait(TICK):
                if moved.bytes != last:
                    last, since = moved.bytes, time.monotonic()
                elif time.monotonic() - since > self._seconds:
                    raise self._in_words(TimeoutError(f"no byte within {self._seconds:.0f} s"), path)
                task.at(min(moved.bytes / max(total, 1), 1.0), step)
        finally:
            moved.stop.set()
            done.wait(2.0)  # what it writes to is cleaned up after this
        task.check()
        if failed:
            raise self._in_words(failed[0], path) from failed[0]


class _Moved:
    """How far a transfer is, and the way to end it."""

    def __init__(self) -> None:
        self.bytes = 0
        self.stop = threading.Event()

    def run(self, source: Any, target: Any, count: int) -> None:
        while not self.stop.is_set() and (piece := source.read(count)):
            target.write(piece)
            self.bytes += len(piece)


def _found(info: fs.FileInfo) -> Found:
    is_file = info.type == fs.FileType.File
    return Found(info.path.strip("/"), info.size if is_file else None, info.mtime_ns / 1e9 if info.mtime_ns else 0.0)
