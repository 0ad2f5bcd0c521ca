"""Lines below a table that are no rows of it: totals, a mark of the end, a note. Looked for at the end of the file only."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files import encoding
from connectors.files.cells import Record, Signs, is_value, records

TAIL = 64 * 1024
MOST = 20
_MARK = re.compile(
    r"[-=*_#<\[(\s]*(end|eof|end of (file|report|data|table)|конец( (файла|отчёта|отчета|таблицы))?|\x1a)[-=*_#>\])\s.]*"
    r"|\(?\d+ (rows?|records?|lines?|строк\w*|запис\w*)( (affected|selected|total|exported))?\)?\.?"
    r"|[-=*_]{3,}|\x1a",
    re.I,
)
_TOTAL = re.compile(
    r"(grand |sub)?totals?( amount| sum)?|sum|итого( по .*)?|всего( по .*)?|итог|сумма|summe|gesamt(summe)?|total général", re.I
)


@dataclass(frozen=True, slots=True)
class Footer:
    """How many bytes of the UTF-8 text the footer takes, and its lines (blank ones left out)."""

    bytes: int = 0
    lines: tuple[str, ...] = ()


def footer_of(file: Path, signs: Signs, width: int, above: int, said: int | None) -> Footer:
    """The footer of UTF-8 text that is not packed; of a packed one none, as its end is not at hand. `above`: lines above the rows."""
    if said == 0 or encoding.packing(file) != "none":
        return Footer()
    size = file.stat().st_size
    with file.open("rb") as opened:
        opened.seek(max(size - TAIL, 0))
        tail = opened.read()
    ends = [part for part in re.split(rb"(?<=\n)|(?<=\r)(?!\n)", tail) if part]
    body = ends[above:] if size <= TAIL else ends[1:]
    taken = _said(body, said) if said else _found(body, signs, width)
    lines = [part.decode("utf-8", "replace").strip() for part in body[len(body) - taken :]]
    return Footer(sum(map(len, body[len(body) - taken :])), tuple(line for line in lines if line)) if taken else Footer()


def _said(body: Sequence[bytes], lines: int) -> int:
    """So many lines from the end, the blank ones at the very end not counted."""
    blank = next((number for number, part in enumerate(reversed(body)) if part.strip()), 0)
    return min(blank + lines, len(body))


def _found(body: Sequence[bytes], signs: Signs, width: int) -> int:
    if width < 2:
        return 0
    rows = [_record(part, signs) for part in body[-MOST - 200 :]]
    taken = seen = 0
    for number in range(len(rows) - 1, 0, -1):
        row = rows[number]
        if row is None:
            break
        if not row.filled:
            seen += 1
        elif _is_footer(row, rows[:number], width) and seen < MOST:
            seen += 1
            taken = seen
        else:
            break
    # A table of nothing but a footer is none.
    return taken if any(row and row.filled for row in rows[: len(rows) - taken]) else 0


def _record(part: bytes, signs: Signs) -> Record | None:
    """A line by itself; None where it holds a quote: a cell may run over several lines."""
    text = part.decode("utf-8", "replace").rstrip("\r\n")
    if signs.quote and text.count(signs.quote) % 2:
        return None
    try:
        found = records([text], signs)
    except csv.Error:
        return None
    return found[0] if found else Record(0, 1, 0, ())


def _is_footer(row: Record, before: Sequence[Record | None], width: int) -> bool:
    first = next(cell.strip() for cell in row.cells if cell.strip())
    if row.filled <= 1 and _MARK.fullmatch(first):
        return True
    place = next(number for number, cell in enumerate(row.cells) if cell.strip())
    if _TOTAL.fullmatch(first.rstrip(" :")):
        others = [one.cells[place].strip().rstrip(" :") for one in before if one and len(one.cells) > place]
        return not any(map(_TOTAL.fullmatch, others)) and (row.filled == 1 or any(map(is_value, row.cells)))
    above = next((one for one in reversed(before) if one is None or one.filled != 1), None)
    blank_above = above is not None and not above.filled
    return row.filled == 1 and len(row.cells) in (1, width) and width > 2 and blank_above and not is_value(first)
