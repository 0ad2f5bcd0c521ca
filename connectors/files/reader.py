"""DuckDB's CSV reader with everything said and nothing guessed, and its words about what it refuses in ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
from sqlglot import exp

from connectors.files import encoding, lines, place
from connectors.files.dialect import LONGEST, Dialect
from connectors.files.land import out_of_disk
from core.engines.duck import column, literal, parquet, sql
from core.errors import DataError
from core.models.source import LandedColumn, Reject
from core.words import Msg, msg, plural, size

# DuckDB would take sixteen times the longest line: rows are written in their order, and pieces that large leave nothing to do at once.
BUFFER = 2 * LONGEST
_BLANK = {"\n": re.compile(rb"\n(?=[ \t]*\r?\n)"), "\r": re.compile(rb"\r(?=[ \t]*\r)")}


class NotUtf8(Exception):
    """Bytes further down are not UTF-8."""


class Uneven(Exception):
    """Lines end in different ways."""


def rows(file: Path, dialect: Dialect, pad: bool | None = None) -> exp.Expression:
    """`read_csv(…)` of UTF-8 text, all cells as text; what cannot be placed goes to `reject_errors`."""
    columns = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.Literal.string(name), expression=exp.Literal.string("VARCHAR")) for name in dialect.columns
        ]
    )
    options: dict[str, exp.Expression] = {
        "auto_detect": exp.false(),
        "columns": columns,
        "delim": exp.Literal.string(dialect.delimiter),
        "quote": exp.Literal.string(dialect.quote),
        "escape": exp.Literal.string(dialect.escape),
        "header": exp.false(),
        "skip": exp.Literal.number(dialect.skip),
        "store_rejects": exp.true(),
        "max_line_size": exp.Literal.number(LONGEST),
        "buffer_size": exp.Literal.number(BUFFER),
        "allow_quoted_nulls": exp.false(),
        "compression": exp.Literal.string(encoding.packing(file)),
    }
    if dialect.pad if pad is None else pad:
        # The parallel reader cannot tell a short row from a line end inside quotes.
        options |= {"null_padding": exp.true(), "parallel": exp.false()}
    if dialect.nulls is not None:
        options["nullstr"] = exp.array(*map(exp.Literal.string, dialect.nulls))
    arguments = [exp.EQ(this=exp.to_identifier(key), expression=setting) for key, setting in options.items()]
    return exp.Anonymous(this="read_csv", expressions=[literal(file), *arguments])


@contextmanager
def plain_errors(file: Path) -> Iterator[None]:
    """DuckDB's words about a CSV in ours. Raises `NotUtf8` and `Uneven` for what another attempt can mend."""
    try:
        yield
    except duckdb.IOException as error:
        raise (out_of_disk(error) or lost(file, error)) from error
    except duckdb.InvalidInputException as error:
        text = str(error)
        if "unicode" in text.lower() or "utf-8" in text.lower() or "INVALID ENCODING" in text:
            raise NotUtf8 from error
        if "invalid state" in text:
            raise Uneven from error
        raise DataError(
            msg("{name} cannot be read as CSV", name=file.name),
            msg("The reader said: {error}", error=text.split("\n")[0].removeprefix("Invalid Input Error: ")[:300]),
            msg("Set the delimiter, the quotes, the encoding or the header by hand, or mend the file."),
        ) from error


def lost(file: Path, error: Exception) -> Exception:
    """The error for an input that DuckDB could not read to its end."""
    if not file.exists():
        return place.unreadable(file, FileNotFoundError(2, "No such file or directory"))
    if encoding.packing(file) != "none":
        return encoding.broken(file, EOFError())
    return place.unreadable(file, OSError(None, str(error).split("\n")[0].removeprefix("IO Error: ")[:200]))


def has_open_quotes(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether lines were refused for their quotes: line ends of several kinds look like that to DuckDB."""
    return bool(connection.execute("SELECT count(*) FROM reject_errors WHERE error_type = 'UNQUOTED VALUE'").fetchall()[0][0])


def all_placed(
    file: Path,
    text: Path,
    connection: duckdb.DuckDBPyConnection,
    landed: Path,
    columns: Sequence[LandedColumn],
    total: lines.Lines,
    known: int,
) -> bool:
    """Whether every line is a row or a reject: DuckDB drops what does not fit its buffer without a word, which raises `DataError`.

    `text` is the UTF-8 text of `file`, `total` its lines, `known` the number of those which are accounted for. Line ends inside cells and
    blank lines explain the rest; they are counted only where something is left to explain.
    """
    texts = [one.column.name for one in columns if one.column.type == "VARCHAR"]
    if total.count == known:
        return True
    if texts:
        inside = exp.select(*(exp.Sum(this=_ends(column(name), total.end)) for name in texts)).from_(parquet([str(landed)]))
        known += sum(int(count or 0) for count in connection.execute(sql(inside)).fetchall()[0])
    missing = total.count - known
    if missing > 0 and missing > _blank_lines(text, total.end):
        raise DataError(
            plural("{n} line of {name} cannot be placed", "{n} lines of {name} cannot be placed", n=missing, name=file.name),
            _why_missing(connection),
            msg("Mend the file, or set Quotes to none where a quote is a plain sign in it."),
        )
    return False


def _why_missing(connection: duckdb.DuckDBPyConnection) -> Msg:
    found = connection.execute("SELECT min(line) FROM reject_errors WHERE error_type = 'UNQUOTED VALUE'").fetchall()[0][0]
    if found is not None:
        return msg("The quote opened in line {line} is not closed where a cell ends.", line=int(found))
    return msg("One line, or one quoted cell, is longer than {size}.", size=size(BUFFER))


def _ends(cell: exp.Expression, end: str) -> exp.Expression:
    """How many line ends a text holds."""
    without = exp.func("replace", cell.copy(), exp.func("chr", exp.Literal.number(ord(end))), exp.Literal.string(""))
    return exp.Sub(this=exp.Length(this=cell), expression=exp.Length(this=without))


def _blank_lines(text: Path, end: str) -> int:
    """Lines with nothing in them, which the reader passes over: at least as many as there are."""
    count, last, blank = 0, end.encode(), _BLANK[end]
    with encoding.open_bytes(text) as opened:
        while chunk := opened.read(encoding.CHUNK):
            count += sum(1 for _ in blank.finditer(last + chunk))
            last = chunk[-1:]
    return count


def none_fits(file: Path, width: int, first: Reject) -> DataError:
    """The error for a file of which no line could be placed."""
    return DataError(
        plural("No line of {name} fits its {n} column", "No line of {name} fits its {n} columns", n=width, name=file.name),
        msg("The first, line {line}: {reason}.", line=first.line, reason=first.reason),
        msg("Set the delimiter, the quotes or the header by hand."),
    )
