"""Rows on their way from COPY into Parquet: cut into pieces on disk, each made a Parquet file with the table's types.

A piece is a file of CSV that DuckDB reads; there is never more than one, so memory and scratch disk stay bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
from sqlglot import exp

from connectors.pg.types import PgType, incoming
from core.engines.duck import column, literal, name, rows_in, sql
from core.errors import DataError
from core.models.source import Refusal
from core.words import msg

PIECE = 128 * 1024 * 1024
LINE = 2 * 1024 * 1024  # DuckDB's own limit for a line; raised where a longer row came by
# With every value quoted and this text unquoted for null, no value can pass for null and no row for an empty line.
NULL = r"\N"


class Misfit(Exception):
    """Cells that do not fit the type of their column: column name → the first such cell."""

    def __init__(self, cells: Mapping[str, Refusal]) -> None:
        super().__init__(", ".join(cells))
        self.cells = cells


class Parts:
    """What COPY writes to: every call of `write` brings one row. `files` are the finished Parquet files, `rows` their rows."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        columns: Mapping[str, PgType],
        progress: Callable[[int], None],
        piece: int = PIECE,
    ) -> None:
        self._duck, self._folder, self._columns, self._progress, self._piece = connection, folder, columns, progress, piece
        self._csv = folder / "copying.csv"
        self._out = self._csv.open("wb")
        self._here = self._longest = self._told = 0
        self.files: list[Path] = []
        self.rows = self.bytes = self._done = 0

    def write(self, row: bytes) -> None:
        """Take one row. Raises `Misfit`, or whatever `progress` raises."""
        length = self._out.write(row)
        self.rows += 1
        self.bytes += length
        self._here += length
        if length > self._longest:
            self._longest = length
        if self.bytes - self._told > 500_000:
            self._told = self.bytes
            self._progress(self.rows)
        if self._here >= self._piece:
            self._finish_piece()

    def finish(self, count: int | None = None) -> None:
        """Make the last piece a file; an empty table leaves one file without rows. `count` rows were sent, where that is known."""
        if count is not None and count != self.rows:
            raise _unreadable(None)
        if self._here or not self.files:
            self._finish_piece()
        self.close()

    def close(self) -> None:
        """Remove the piece in hand."""
        try:
            self._out.close()
        except OSError:  # the rest does not fit on the disk either
            self._out.close()
        finally:
            self._csv.unlink(missing_ok=True)

    def _finish_piece(self) -> None:
        self._out.close()
        file = self._folder / f"part-{len(self.files):05}.parquet"
        expected = self.rows - self._done
        try:
            self._duck.sql(sql(self._select())).write_parquet(str(file))
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise self._misfit() or _unreadable(error) from error
        self._verify(file, expected)
        self.files.append(file)
        self._done = self.rows
        self._out = self._csv.open("wb")
        self._here = self._longest = 0

    def _verify(self, file: Path, expected: int) -> None:
        """Nothing may be lost between COPY and Parquet without a word."""
        if rows_in(self._duck, file) != expected:
            raise _unreadable(None)

    def _raw(self) -> exp.Expression:
        """`read_csv` over the piece, every column as text under the names c0, c1, …"""
        longest = max(LINE, 2 * self._longest)
        options: dict[str, exp.Expression] = {
            "auto_detect": exp.false(),
            "header": exp.false(),
            "delim": exp.Literal.string(","),
            "quote": exp.Literal.string('"'),
            "escape": exp.Literal.string('"'),
            "new_line": exp.Literal.string(r"\n"),
            "nullstr": exp.Literal.string(NULL),
            "allow_quoted_nulls": exp.false(),
            "max_line_size": exp.Literal.number(longest),
            "columns": exp.Struct(
                expressions=[
                    exp.PropertyEQ(this=exp.Literal.string(f"c{n}"), expression=exp.Literal.string("VARCHAR"))
                    for n in range(len(self._columns))
                ]
            ),
        }
        if longest > LINE:
            options["buffer_size"] = exp.Literal.number(4 * longest)
            options["parallel"] = exp.false()
        named = [exp.EQ(this=exp.column(key), expression=value) for key, value in options.items()]
        return exp.Anonymous(this="read_csv", expressions=[literal(self._csv), *named])

    def _select(self) -> exp.Select:
        values = [exp.alias_(incoming(pg, column(f"c{n}")), name(title)) for n, (title, pg) in enumerate(self._columns.items())]
        return exp.select(*values).from_(self._raw())

    def _misfit(self) -> Misfit | None:
        """Which columns hold a cell that their type refuses, and the first such cell of each."""
        found = {}
        rows = exp.select("*", exp.alias_(exp.Window(this=exp.func("row_number")), name("row"))).from_(self._raw()).subquery()
        for n, (title, pg) in enumerate(self._columns.items()):
            text = column(f"c{n}")
            bad = exp.and_(exp.not_(text.is_(exp.null())), exp.func("try", incoming(pg, text)).is_(exp.null()))
            first = exp.select(column("row"), text).from_(rows.copy()).where(bad).order_by(column("row")).limit(1)
            for row, cell in self._duck.execute(sql(first)).fetchall():
                found[title] = Refusal(pg.duck, self._done + row, cell[:500])
        return Misfit(found) if found else None


def _unreadable(error: Exception | None) -> DataError:
    return DataError(
        msg("The rows that PostgreSQL sent cannot be read"),
        msg("DuckDB said: {text}", text=str(error).splitlines()[0][:300])
        if error
        else msg("Fewer or more rows came out than went in."),
        msg("A database with the encoding SQL_ASCII may hold text that is not UTF-8: convert it there first."),
    )
