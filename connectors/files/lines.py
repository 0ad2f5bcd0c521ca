"""Line ends: counted, to be sure that no line was lost without a word, and made alike where a file mixes them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from connectors.files import encoding
from core.task import Task
from core.words import msg

MOST_HELD = 64 << 20


class Lines(NamedTuple):
    """How many lines a file has, and the sign that ends them: LF (after a CR or not), or CR where the file has no LF."""

    count: int
    end: str


@contextmanager
def counted(file: Path) -> Iterator[Callable[[], Lines]]:
    """Counts the lines of a file beside the work inside; the function given waits for the count and returns it.

    Costs about a tenth of a second a gigabyte where the file is not packed. Raises what reading raised.
    """
    stop, found = threading.Event(), []
    thread = threading.Thread(target=_count, args=(file, stop, found), daemon=True)
    thread.start()

    def result() -> Lines:
        thread.join()
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    try:
        yield result
    finally:
        stop.set()
        thread.join()


def _count(file: Path, stop: threading.Event, found: list[Lines | Exception]) -> None:
    feeds = returns = 0
    last = b"\n"
    try:
        with encoding.open_bytes(file) as opened:
            while (chunk := opened.read(encoding.CHUNK)) and not stop.is_set():
                feeds += chunk.count(b"\n")
                if not feeds:
                    returns += chunk.count(b"\r")
                last = chunk[-1:]
        found.append(Lines((feeds or returns) + (last not in b"\r\n"), "\n" if feeds or not returns else "\r"))
    except Exception as error:  # carried to the thread that asks
        found.append(error)


@contextmanager
def numbers(file: Path, end: str) -> Iterator[Callable[[int], int]]:
    """Gives the number (from 1) of the line in which a place lies: bytes from the start of the unpacked file, asked in growing order."""
    sign, line, start, done, chunk = end.encode(), 1, 0, 0, b""

    def line_of(place: int) -> int:
        nonlocal line, start, done, chunk
        while place >= start + len(chunk):
            line, start, done = line + chunk.count(sign, done), start + len(chunk), 0
            if not (chunk := opened.read(encoding.CHUNK)):
                return line
        line, done = line + chunk.count(sign, done, place - start), place - start
        return line

    with encoding.open_bytes(file) as opened:
        yield line_of


def mixed(file: Path) -> bool:
    """Whether a file has line ends of more than one kind, in quotes or not."""
    both = feeds = returns = 0
    last = b""
    with encoding.open_bytes(file) as opened:
        while chunk := opened.read(encoding.CHUNK):
            both += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            last = chunk[-1:]
    return sum((both > 0, feeds > both, returns > both)) > 1


def even(file: Path, delimiter: str, quote: str, folder: Path, task: Task) -> Path:
    """A copy of UTF-8 text in which every line ends in LF; what stands inside quotes is left as it is."""
    target, pattern, rest = folder / "text.even", _pattern(delimiter, quote), b""
    with encoding.open_bytes(file) as source, target.open("wb") as out:
        while chunk := source.read(encoding.CHUNK):
            text = rest + chunk
            cut = _whole(pattern, text)
            out.write(pattern.sub(_ended, text[:cut]))
            rest = text[cut:]
            task.at(0.1, msg("Making the line ends of {name} alike", name=file.name))
        out.write(pattern.sub(_ended, rest))
    return target


def _pattern(delimiter: str, quote: str) -> re.Pattern[bytes]:
    """Quoted cells, closed or open to the end, and line ends that are not LF."""
    if not quote:
        return re.compile(rb"\r\n?")
    sign, before = re.escape(quote.encode()), re.escape(delimiter.encode())
    start = rb"(?:\A|(?<=[\r\n])|(?<=" + before + rb"))" + sign
    return re.compile(start + rb"(?:[^" + sign + rb"]|" + sign + sign + rb")*(?:" + sign + rb"|\Z)|\r\n?")


def _ended(found: re.Match[bytes]) -> bytes:
    return b"\n" if found.group().startswith(b"\r") else found.group()


def _whole(pattern: re.Pattern[bytes], text: bytes) -> int:
    """Where to cut a piece so that neither a quoted cell nor a line end is cut in two."""
    feed = text.rfind(b"\n") + 1
    for found in pattern.finditer(text):
        if found.end() == len(text) or found.start() < feed < found.end():
            # A cell that grows past this is none: the reader refuses it later, and reading it again and again would take for ever.
            return found.start() if len(text) < MOST_HELD else len(text)
    return feed or len(text)
