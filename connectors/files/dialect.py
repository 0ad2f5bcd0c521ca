"""How the text of a CSV falls into cells: delimiter, quotes, header, each with its evidence."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.models.source import Settings
from core.words import Msg, msg

DELIMITERS = (",", ";", "\t", "|", "^")
LOOK = 256 * 1024
LONGEST = 16_000_000
NAMES = {"\t": "tab"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """Delimiter, quote and escape (empty for none), whether the first row is a header, the names of the columns, and why."""

    delimiter: str
    quote: str
    escape: str
    header: bool
    columns: tuple[str, ...]
    reading: tuple[tuple[str, str, Msg], ...]


def sniff(file: Path, text: str, whole: bool, settings: Settings) -> Dialect:
    """The dialect of a CSV by the head of its text; what the person set overrides what is found.

    Raises `DataError` for a file that has no line, or none that ends.
    """
    if not whole and "\n" not in text and "\r" not in text:
        raise one_long_line(file)
    lines = _lines(text, whole)
    if not lines:
        raise DataError(
            msg("{name} holds only blank lines", name=file.name),
            msg("There is no header and no row in it."),
            msg("Check how it was made."),
        )
    said = str(settings.get("delimiter") or "auto")
    delimiter, share, width = _delimiter(lines, "\t" if said == "tab" else said)
    escape = "\\" if re.search(r'\\"', text) and '""' not in text else '"'
    rows = _rows(lines, delimiter, escape, width)
    header, why = _header(rows, str(settings.get("header") or "auto"))
    columns = _names(rows[0] if header else [""] * width)
    shown = NAMES.get(delimiter, delimiter)
    found = (
        (
            "delimiter",
            shown,
            msg("as you said")
            if said != "auto"
            else msg("{share} % of the first lines fall into {n} columns", share=round(share * 100), n=width),
        ),
        ("quote", '"', msg("the usual one") if '"' not in text else msg("it stands in the file")),
        ("header", "yes" if header else "no", why),
    )
    return Dialect(delimiter, '"', escape, header, columns, found)


def one_long_line(file: Path) -> DataError:
    return DataError(
        msg("{name} has no line that ends", name=file.name),
        msg("Nothing in its first {n} bytes ends a line: it is not a CSV, or it was written without line ends.", n=LOOK),
        msg("Check how it was made; a CSV has one line a row."),
    )


def _lines(text: str, whole: bool) -> list[str]:
    """Records of the head: lines, with those inside quotes kept together, and the last one left out where it may be cut."""
    lines = text.splitlines()
    if not whole and len(lines) > 1:
        lines.pop()
    return [line for line in lines[:2000] if line.strip()]


def _delimiter(lines: list[str], said: str) -> tuple[str, float, int]:
    """The delimiter, the share of lines that have the commonest width, and that width."""
    scored = []
    for delimiter in (said,) if said != "auto" else DELIMITERS:
        widths = Counter(len(row) for row in _rows(lines, delimiter, '"', 0) if row)
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        scored.append((count / sum(widths.values()) if width > 1 else 0.0, width, delimiter))
    share, width, delimiter = max(scored, key=lambda score: (round(score[0], 1), score[1]))
    return (delimiter, share, width) if width > 1 or said != "auto" else (",", 1.0, 1)


def _rows(lines: list[str], delimiter: str, escape: str, width: int) -> list[list[str]]:
    if len(delimiter) > 1:
        return [line.split(delimiter) for line in lines]
    csv.field_size_limit(LONGEST)
    reader = csv.reader(
        io.StringIO("\n".join(lines)),
        delimiter=delimiter,
        doublequote=escape == '"',
        escapechar=None if escape == '"' else escape,
    )
    rows = [row for row in reader if row]
    return [row for row in rows if not width or len(row) == width] or rows


_VALUE = re.compile(r"[-+]?[\d\s.,]+%?|\d{1,4}[-./]\d\d?[-./]\d{1,4}.*|true|false", re.I)


def _header(rows: list[list[str]], said: str) -> tuple[bool, Msg]:
    if said in ("yes", "no"):
        return said == "yes", msg("as you said")
    first = [cell.strip() for cell in rows[0]]
    if any(cell and _VALUE.fullmatch(cell) for cell in first):
        return False, msg("the first row holds values")
    if len(rows) == 1:
        return True, msg("the only row reads like names")
    if any(not any(row[number].strip() == cell for row in rows[1:200] if number < len(row)) for number, cell in enumerate(first)):
        return True, msg("the first row reads like names")
    return False, msg("the first row repeats in the data")


def _names(cells: list[str]) -> tuple[str, ...]:
    """Column names: blank ones are numbered, doubled ones get a number."""
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        wanted = name = cell.strip().strip("\ufeff") or f"column_{number}"
        again = 2
        while name.lower() in taken:
            name, again = f"{wanted}_{again}", again + 1
        taken.add(name.lower())
        names.append(name)
    return tuple(names)
