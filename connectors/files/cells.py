"""The head of a delimited text as records of cells: what every guess about a CSV looks at."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.files.readings import NULL_TOKENS

MOST = 2000
_END = re.compile(r"\r\n|\n|\r")
# Stands for a delimiter of several signs while Python's reader, which knows one sign only, takes a line apart. For private use (Unicode).
ONE = "\ue000"
_VALUE = re.compile(
    r"[-+(]?[$€£¥₽]?\s?[-+]?\d[\d\s.,'’\u00a0\u202f]*\)?\s?(%|[$€£¥₽]|руб\.?|[A-Z]{3})?"
    r"|\d{1,4}[-./]\d\d?[-./]\d{1,4}.*|true|false",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """Delimiter (one sign or more), quote and escape, both empty for none."""

    delimiter: str
    quote: str = '"'
    escape: str = '"'


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row, the line it begins at (from 0), how many lines it takes, and its place among all records, blank ones too."""

    line: int
    lines: int
    at: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> int:
        """How many cells there are up to the last that holds something."""
        return next((number for number in range(len(self.cells), 0, -1) if self.cells[number - 1].strip()), 0)


def lines_of(text: str, whole: bool) -> list[str]:
    """The lines of the head, blank ones too; the last one is left out where it may be cut."""
    lines = _END.split(text)
    if not whole and len(lines) > 1:
        lines.pop()
    return lines[: MOST + 1]


def records(lines: Iterable[str], signs: Signs) -> list[Record]:
    """All records, blank ones too (those have no cells)."""
    csv.field_size_limit(2**31 - 1)
    several = len(signs.delimiter) > 1
    reader = csv.reader(
        ((line.replace(signs.delimiter, ONE) if several else line) + "\n" for line in lines),
        delimiter=ONE if several else signs.delimiter,
        quotechar=signs.quote or None,
        quoting=csv.QUOTE_MINIMAL if signs.quote else csv.QUOTE_NONE,
        doublequote=signs.escape == signs.quote,
        escapechar=None if signs.escape == signs.quote else signs.escape,
    )
    found: list[Record] = []
    line = 0
    for at, row in enumerate(reader):
        cells = () if len(row) == 1 and not row[0].strip() else tuple(row)
        if several:
            cells = tuple(cell.replace(ONE, signs.delimiter) for cell in cells)
        found.append(Record(line, reader.line_num - line, at, cells))
        line = reader.line_num
    return found


def is_value(cell: str) -> bool:
    """Whether a cell reads like a number, an amount, a day or a truth, and not like a name."""
    return bool(_VALUE.fullmatch(cell.strip()))


def is_blank(cell: str) -> bool:
    return not cell.strip() or cell.strip() in NULL_TOKENS


def names_like(cells: Sequence[str]) -> bool:
    """Whether cells may be the names of columns: something is in them, and no value."""
    return any(cell.strip() for cell in cells) and not any(is_value(cell) for cell in cells if cell.strip())
