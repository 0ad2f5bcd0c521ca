"""A copy of a CSV without the lines that are no rows, for DuckDB to read, and what was left out of it.

Made only for a file that has such lines: comments between its rows, a header that comes again, a footer, other tables, zero bytes, or
line ends of several kinds. What stands inside quotes is left as it is.
"""

from __future__ import annotations

import csv
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.files import encoding
from connectors.files.cells import Signs, records
from core.task import Task
from core.words import msg

MOST_HELD = 64 << 20
SHOWN = 3
COUNTED = 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to leave out: lines before `start` and from `stop` on (from 0), `cut` bytes at the end, lines that begin with `comment`,

    records equal to `header`. `zeros`: `aside` marks lines with a zero byte so that they are set aside, `drop` takes the bytes out.
    `even` makes line ends alike; so does everything else here.
    """

    start: int = 0
    stop: int | None = None
    cut: int = 0
    comment: str = ""
    header: tuple[str, ...] = ()
    zeros: str = ""
    even: bool = False

    @property
    def asks(self) -> bool:
        return self != Plan()


@dataclass(slots=True)
class Left:
    """What was left out: how many lines of each kind, the first of them with their numbers (from 1), and what gives the line numbers back.

    `zeros` are lines of the copy with a zero byte, `lines` how many the copy has.
    """

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    zeros: array = field(default_factory=lambda: array("q"))
    zero_bytes: int = 0
    before: int = 0
    lines: int = 0
    header_seen: bool = False
    _gone: array = field(default_factory=lambda: array("q"))

    def add(self, kind: str, line: int, text: bytes) -> None:
        """A line of the copy's source that is not in the copy; lines come in their order."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if len(first := self.first.setdefault(kind, [])) < SHOWN:
            first.append((line, text.decode("utf-8", "replace").strip()[:200]))
        self._gone.append(line - self.before - len(self._gone))

    def line(self, of_copy: int) -> int:
        """The line of the source (from 1) that is this line of the copy."""
        return self.before + of_copy + bisect_right(self._gone, of_copy)


def straight(file: Path, plan: Plan, signs: Signs, folder: Path, task: Task) -> tuple[Path, Left]:
    """The copy, UTF-8 with LF at the end of each line, and what is not in it. `file` is UTF-8 too, packed or not."""
    target, left = folder / "text.straight", Left(before=plan.start)
    line = 0
    with target.open("wb") as out:
        for piece in _pieces(file, plan, signs):
            task.at(0.1, msg("Straightening the lines of {name}", name=file.name))
            count = piece.count(b"\n")
            kept, start = _within(piece, line, plan)
            if kept:
                out.write(_without(kept, start, plan, signs, left))
            line += count
            if plan.stop is not None and line >= plan.stop:
                break
    return target, left


def _pieces(file: Path, plan: Plan, signs: Signs) -> Iterator[bytes]:
    """The text in pieces of whole records with LF at their ends, without what is to be cut off."""
    pattern, rest = _pattern(signs), b""
    with encoding.open_bytes(file) as source:
        ahead = source.read(encoding.CHUNK)
        if ahead.startswith(b"\xef\xbb\xbf"):
            ahead = ahead[3:]
        while ahead:
            text, ahead = rest + ahead, source.read(encoding.CHUNK)
            if plan.cut and len(ahead) < plan.cut:
                # The end is held back until it is whole.
                while more := source.read(encoding.CHUNK):
                    ahead += more
                whole = text + ahead
                yield pattern.sub(_ended, whole[: len(whole) - plan.cut])
                return
            cut = _whole(pattern, text) if ahead else len(text)
            yield pattern.sub(_ended, text[:cut]) if b"\r" in text[:cut] else text[:cut]
            rest = text[cut:]


def _within(piece: bytes, line: int, plan: Plan) -> tuple[bytes, int]:
    """The part of a piece that begins at `line` which lies between the lines of the plan, and the line it begins at."""
    start = line
    if line < plan.start:
        skipped = min(plan.start - line, piece.count(b"\n") + 1)
        piece, start = _after(piece, skipped), line + skipped
    if plan.stop is not None:
        piece = piece[: len(piece) - len(_after(piece, max(plan.stop - start, 0)))]
    return piece, start


def _after(text: bytes, lines: int) -> bytes:
    at = 0
    for _ in range(lines):
        at = text.find(b"\n", at) + 1
        if not at:
            return b""
    return text[at:]


def _without(text: bytes, line: int, plan: Plan, signs: Signs, left: Left) -> bytes:
    """A piece without the lines that are no rows."""
    if plan.comment or plan.header:
        text = _removed(text, line, plan, signs, left)
    if plan.zeros and b"\x00" in text:
        left.zero_bytes += text.count(b"\x00")
        if plan.zeros == "drop":
            text = text.replace(b"\x00", b"")
        else:
            _mark_zeros(text, left)
            text = re.sub(rb"\x00+", encoding.NO_LETTER, text)
    left.lines += text.count(b"\n")
    return text


def _mark_zeros(text: bytes, left: Left) -> None:
    at = seen = 0
    for found in re.finditer(rb"\x00+", text):
        seen, at = seen + text.count(b"\n", at, found.start()), found.start()
        if len(left.zeros) < COUNTED:
            left.zeros.append(left.lines + seen + 1)


def _removed(text: bytes, line: int, plan: Plan, signs: Signs, left: Left) -> bytes:
    """A piece without comments and headers that come again (but for the first of them, which is the header)."""
    at = 0
    choices = [_quoted(signs)] if signs.quote else []
    if plan.comment:
        choices.append(rb"(?P<comment>(?:\A|(?<=\n))[ \t]*" + re.escape(plan.comment.encode()) + rb"[^\n]*(?:\n|\Z))")
    if plan.header:
        name = re.escape(plan.header[0].strip().encode())
        mark = re.escape(signs.quote.encode())
        opened = b"(?:" + mark + b")?" if mark else b""
        again = rb"(?P<header>(?:\A|(?<=\n))[ \t]*" + opened + rb"[ \t]*" + name + rb"[^\n]*(?:\n|\Z))"
        choices.insert(0, again)

    def without(found: re.Match[bytes]) -> bytes:
        nonlocal at, line
        kind = found.lastgroup
        if kind is None:
            return found.group()
        if kind == "header" and not _same(found.group(), plan.header, signs):
            return found.group()
        line += text.count(b"\n", at, found.start())
        at = found.start()
        if kind == "header" and not left.header_seen:
            left.header_seen = True
            return found.group()
        left.add(kind, line + 1, found.group())
        return b""

    return re.sub(b"|".join(choices), without, text)


def _same(line: bytes, header: tuple[str, ...], signs: Signs) -> bool:
    text = line.decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff")
    try:
        found = records([text], signs)
    except csv.Error:
        return False
    cells = [cell.strip() for cell in found[0].cells] if found else []
    while cells and not cells[-1] and len(cells) > len(header):
        cells.pop()
    return cells == [cell.strip() for cell in header]


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


def _quoted(signs: Signs) -> bytes:
    """A cell in quotes from its beginning, closed or open to the end."""
    sign, before = re.escape(signs.quote.encode()), re.escape(signs.delimiter.encode())
    start = rb"(?:\A|(?<=[\r\n])|(?<=" + before + rb"))" + sign
    if signs.escape == "\\":
        inside = rb"[^" + sign + rb"\\]*(?s:\\.[^" + sign + rb"\\]*)*"
    else:
        inside = rb"[^" + sign + rb"]*(?:" + sign + sign + rb"[^" + sign + rb"]*)*"
    return start + inside + rb"(?:" + sign + rb"|\Z)"


def _pattern(signs: Signs) -> re.Pattern[bytes]:
    """Cells in quotes, and line ends that are not LF."""
    return re.compile(_quoted(signs) + rb"|\r\n?" if signs.quote else rb"\r\n?")


def _ended(found: re.Match[bytes]) -> bytes:
    return b"\n" if found.group().startswith(b"\r") else found.group()


def _whole(pattern: re.Pattern[bytes], text: bytes) -> int:
    """Where to cut a piece so that neither a quoted cell nor a line end is cut in two."""
    feed = max(text.rfind(b"\n"), text.rfind(b"\r", 0, -1)) + 1
    for found in pattern.finditer(text):
        if found.end() == len(text) or found.start() < feed < found.end():
            # A cell that grows past this is none: the reader refuses it later, and reading it again and again would take for ever.
            return _line_start(text, found.start()) if len(text) < MOST_HELD else len(text)
    return feed or len(text)


def _line_start(text: bytes, at: int) -> int:
    """The start of the line in which a quoted cell begins: the pieces are whole records."""
    return max(text.rfind(b"\n", 0, at), text.rfind(b"\r", 0, at)) + 1
