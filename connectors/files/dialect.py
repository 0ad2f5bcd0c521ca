"""How the text of a CSV falls into cells: delimiter, quotes, header, each with its evidence."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError, DataError
from core.models.source import Settings
from core.words import Msg, msg

DELIMITERS = (",", ";", "\t", "|", "^")
LOOK = 256 * 1024
LONGEST = 16_000_000
NAMES = {"\t": "tab"}
# Titles above a table are a few lines; more are data of another width. An assumption.
MOST_ABOVE = 20
_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Dialect:
    """Delimiter, quote and escape (empty for none), whether the first row is a header, the names of the columns, and why.

    `skip` is how many lines stand above the table, `lines_above` how many stand above the first row of data.
    """

    delimiter: str
    quote: str
    escape: str
    header: bool
    columns: tuple[str, ...]
    reading: tuple[tuple[str, str, Msg], ...]
    skip: int = 0
    lines_above: int = 0


def sniff(file: Path, text: str, whole: bool, settings: Settings) -> Dialect:
    """The dialect of a CSV by the head of its text; what the person set overrides what is found.

    Raises `DataError` for a file that has no line, or none that ends.
    """
    if not whole and "\n" not in text and "\r" not in text:
        raise one_long_line(file)
    lines = _lines(text, whole)
    if not any(line.strip() for line in lines):
        raise DataError(
            msg("{name} holds only blank lines", name=file.name),
            msg("There is no header and no row in it."),
            msg("Check how it was made."),
        )
    quote, why_quote = _quote(text, str(settings.get("quote") or "auto"))
    said = _said(settings)
    delimiter, share, width = _delimiter(lines, said, quote)
    escape = _escape(text, delimiter, quote)
    found = _records(lines, delimiter, quote, escape)
    above = _above(found, width)
    records = [row for row in found[above:] if len(row.cells) == width] or found
    header, why = _header([row.cells for row in records], str(settings.get("header") or "auto"))
    columns = _names(records[0].cells if header else [""] * width)
    skip = found[above].line if above else _blank_above(text)
    reading = [
        ("delimiter", NAMES.get(delimiter, delimiter), _why_delimiter(said, share, width)),
        ("quote", quote or "none", why_quote),
        ("header", "yes" if header else "no", why),
    ]
    if above:
        reading.append(("skipped", str(skip), msg("the lines above the table have fewer cells than its {n} columns", n=width)))
    height = 1 + sum(cell.count("\n") for cell in records[0].cells) if header else 0
    return Dialect(delimiter, quote, escape, header, columns, tuple(reading), skip, skip + height)


def _escape(text: str, delimiter: str, quote: str) -> str:
    """The backslash where it stands before quotes inside cells and no quote is doubled there; else quotes are doubled."""
    if not quote:
        return ""
    mark, end = re.escape(quote), rf"{re.escape(delimiter)}\r\n"
    doubled = re.search(rf"[^\\{end}{mark}]{mark}{mark}", text)
    return "\\" if not doubled and re.search(rf"\\{mark}[^{end}]", text) else quote


def _said(settings: Settings) -> str:
    said = str(settings.get("delimiter") or "auto")
    if said not in ("auto", "tab") and len(said) != 1:
        raise ConfigError(
            msg("{delimiter} is no delimiter", delimiter=said),
            msg("One sign stands between two cells."),
            msg("Give one sign, tab, or auto to have it found."),
        )
    return "\t" if said == "tab" else said


def _why_delimiter(said: str, share: float, width: int) -> Msg:
    if said != "auto":
        return msg("as you said")
    return msg("{share} % of the first lines fall into {n} columns", share=round(share * 100), n=width)


def _quote(text: str, said: str) -> tuple[str, Msg]:
    if said != "auto":
        return ("" if said == "none" else said), msg("as you said")
    return '"', msg("the usual one") if '"' not in text else msg("it stands in the file")


def one_long_line(file: Path) -> DataError:
    return DataError(
        msg("{name} has no line that ends", name=file.name),
        msg("Nothing in its first {n} bytes ends a line: it is not a CSV, or it was written without line ends.", n=LONGEST),
        msg("Check how it was made; a CSV has one line a row."),
    )


def _lines(text: str, whole: bool) -> list[str]:
    """The lines of the head, blank ones too; the last one is left out where it may be cut."""
    lines = _END.split(text)
    if not whole and len(lines) > 1:
        lines.pop()
    return lines[:2000]


def _blank_above(text: str) -> int:
    """How many blank lines the text begins with."""
    above = text[: len(text) - len(text.lstrip("\r\n"))]
    return len(_END.findall(above))


def _delimiter(lines: list[str], said: str, quote: str) -> tuple[str, float, int]:
    """The delimiter, the share of lines that have the commonest width, and that width."""
    scored = []
    for delimiter in (said,) if said != "auto" else DELIMITERS:
        widths = Counter(len(row.cells) for row in _records(lines, delimiter, quote, quote))
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        scored.append((count / sum(widths.values()) if width > 1 else 0.0, width, delimiter))
    share, width, delimiter = max(scored, key=lambda score: (round(score[0], 1), score[1]))
    return (delimiter, share, width) if width > 1 or said != "auto" else (",", 1.0, 1)


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells of a row, and the line it begins at (from 0)."""

    line: int
    cells: list[str]


def _records(lines: list[str], delimiter: str, quote: str, escape: str) -> list[_Record]:
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(
        (line + "\n" for line in lines),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        doublequote=escape == quote,
        escapechar=None if escape == quote else escape,
    )
    records, line = [], 0
    for row in reader:
        if row:
            records.append(_Record(line, row))
        line = reader.line_num
    return records


def _above(records: list[_Record], width: int) -> int:
    """How many records stand above the table: at most {MOST_ABOVE} that have fewer cells than it, and then one that fits."""
    fits = next((number for number, row in enumerate(records) if len(row.cells) == width), 0)
    return fits if fits <= MOST_ABOVE and all(len(row.cells) < width for row in records[:fits]) else 0


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
    return unique([cell.strip().strip("\ufeff") or f"column_{number}" for number, cell in enumerate(cells, 1)])


def unique(wanted: Sequence[str]) -> tuple[str, ...]:
    """The names, with a number where one was there before, capitals aside: no engine tells two such columns apart."""
    names: list[str] = []
    taken: set[str] = set()
    for one in wanted:
        name, again = one, 2
        while name.lower() in taken:
            name, again = f"{one}_{again}", again + 1
        taken.add(name.lower())
        names.append(name)
    return tuple(names)
