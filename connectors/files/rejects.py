"""Rows of a CSV that could not be placed: which they are, where each begins, and why."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from connectors.files import lines
from connectors.files.dialect import LONGEST
from connectors.files.straight import Left
from core.models.source import LandedColumn, Reject
from core.words import Msg, msg, plural

SHOWN, COUNTED = 50, 1_000_000
_FOUND = re.compile(r"Found: (\d+)")

# One row may have several faults, and each cell too many is one: the bytes first, then the cell furthest to the right, whose number
# is that of the cells. What DuckDB keeps of a row begins with the end of the line above it (the LF of CR LF, blank lines).
_FAULTS = (
    "CREATE TEMP TABLE assay_rejects AS SELECT line_byte_position - 1 + strlen(csv_line) - strlen(ltrim(csv_line, $ends)) AS place,"
    " trim(csv_line, $ends) AS text, kind, message FROM (SELECT line_byte_position, any_value(csv_line) AS csv_line,"
    " max_by(CAST(error_type AS VARCHAR), weight) AS kind, max_by(error_message, weight) AS message"
    " FROM (SELECT *, row(error_type = 'INVALID ENCODING', column_idx) AS weight FROM reject_errors) GROUP BY line_byte_position)"
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """What could not be placed: `rows` in all, the `first` of them, the `file` with all, and how many `lines` of the source they take.

    `taken` holds where each begins and how many lines it takes, None where there are too many to keep. Lines are those of the file, but in
    `taken` and `lines`, which count what was read: a copy without the lines that are no rows. `last` is the last line of that a reject is in.
    """

    rows: int = 0
    first: tuple[Reject, ...] = ()
    file: str = ""
    lines: int = 0
    taken: tuple[tuple[int, int], ...] | None = ()
    last: int = 0


class _Row(NamedTuple):
    line: int
    text: str
    kind: str
    message: str
    lines: int


def rejected(connection: duckdb.DuckDBPyConnection, text: Path, end: str, folder: Path, width: int, left: Left) -> Rejected:
    """What DuckDB set aside of `text`, the UTF-8 file it read, in which lines end in `end`.

    A quote that is not closed swallows the lines below it: they are one reject that counts as many rows as it holds lines. A line with
    nothing but spaces is a blank line, and no reject. `left` knows the lines of the file that `text` is a copy of.
    """
    connection.execute(_FAULTS, {"ends": "\r\n"})
    if not connection.execute("SELECT count(*) FROM assay_rejects").fetchall()[0][0]:
        return Rejected()
    file, rows, held, last = folder / "rejects.csv", 0, 0, 0
    first: list[Reject] = []
    taken: list[tuple[int, int]] = []
    zeros = set(left.zeros)
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("line", "text", "message"))
        for row in _rows(connection, text, end):
            held += row.lines
            if len(taken) <= COUNTED:
                taken.append((row.line, row.lines))
            if not row.text.strip():
                continue
            last = row.line + row.lines - 1
            if not zeros.isdisjoint(range(row.line, row.line + row.lines)):
                row = row._replace(kind="ZERO BYTE", message="A zero byte stands in it.")
            line = left.line(row.line)
            table.writerow((line, row.text, row.message))
            rows += row.lines if row.kind == "UNQUOTED VALUE" else 1
            if len(first) < SHOWN:
                first.append(Reject(line, row.text[:500], _reason(row, width)))
    if not rows:
        file.unlink()
        return Rejected(lines=held, taken=tuple(taken) if len(taken) <= COUNTED else None)
    return Rejected(rows, tuple(first), str(file), held, tuple(taken) if len(taken) <= COUNTED else None, last)


def _rows(connection: duckdb.DuckDBPyConnection, text: Path, end: str) -> Iterator[_Row]:
    """The rejects in the order of the file."""
    found = connection.execute("SELECT place, text, kind, message FROM assay_rejects ORDER BY place")
    with lines.numbers(text, end) as line_of:
        while some := found.fetchmany(1_000):
            for place, held, kind, message in some:
                yield _Row(line_of(place), held or "", kind, message, 1 + (held or "").count(end))


def with_lines(
    columns: Sequence[LandedColumn], taken: Sequence[tuple[int, int]] | None, above: int, left: Left
) -> tuple[LandedColumn, ...]:
    """The columns with the line of each cell that refused a type, in a file where every row but the rejects is one line."""
    if taken is None:
        return tuple(columns)
    return tuple(
        replace(one, refused=replace(one.refused, line=left.line(_line(one.refused.row, taken, above)))) if one.refused else one
        for one in columns
    )


def _line(row: int, taken: Sequence[tuple[int, int]], above: int) -> int:
    line = above + row
    for start, count in taken:
        if start > line:
            break
        line += count
    return line


def _reason(row: _Row, width: int) -> Msg:
    found = _FOUND.search(row.message)
    if row.kind in ("TOO MANY COLUMNS", "MISSING COLUMNS") and found:
        return plural(
            "it has {n} cell where {width} are expected",
            "it has {n} cells where {width} are expected",
            n=int(found.group(1)),
            width=width,
        )
    if row.kind == "UNQUOTED VALUE":
        return plural(
            "a quote in it is not closed where a cell ends",
            "a quote in it is not closed where a cell ends, and takes {n} lines with it",
            n=row.lines,
        )
    if row.kind == "INVALID ENCODING":
        return msg("it holds bytes that are no letters of the encoding")
    if row.kind == "ZERO BYTE":
        return msg("it holds a zero byte")
    if row.kind == "LINE SIZE OVER MAXIMUM":
        return msg("it is longer than {n} bytes", n=LONGEST)
    return msg("{reason}", reason=row.message)
