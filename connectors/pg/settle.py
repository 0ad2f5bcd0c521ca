"""What can only be known once all values are there: how wide a numeric without a precision is, and which floats are infinite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from core.engines.duck import column, name, parquet, sql
from core.models.source import Column, Refusal
from core.models.types import family
from core.words import Msg, plural

_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
_DIGITS = 38


def settle(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], names: Sequence[str], later: Sequence[str]
) -> dict[str, tuple[str, Refusal | None]]:
    """For each column of `later`, landed as text: its type from now on, and the cell that keeps it text where that is so.

    Rewrites the files with the types found. A DECIMAL keeps every digit; NaN, infinity and more than 38 digits stay text.
    """
    if not later:
        return {}
    found = {title: _type_of(connection, [str(file) for file in files], title) for title in later}
    typed = {title: kind for title, (kind, _) in found.items() if kind != "VARCHAR"}
    if typed:
        values = [
            exp.alias_(exp.cast(column(title), exp.DataType.build(typed[title], dialect="duckdb")), name(title))
            if title in typed
            else column(title)
            for title in names
        ]
        for file in files:
            fresh = file.with_suffix(".new")
            connection.sql(sql(exp.select(*values).from_(parquet([str(file)])))).write_parquet(str(fresh))
            fresh.replace(file)
    return found


def _type_of(connection: duckdb.DuckDBPyConnection, files: Sequence[str], title: str) -> tuple[str, Refusal | None]:
    text = column(title)
    whole = exp.func(
        "ltrim", exp.func("split_part", text, exp.Literal.string("."), exp.Literal.number(1)), exp.Literal.string("-0")
    )
    part = exp.func("split_part", text, exp.Literal.string("."), exp.Literal.number(2))
    short = exp.func("rtrim", part, exp.Literal.string("0"))
    plain = exp.func("regexp_matches", text, exp.Literal.string(_NUMBER), dialect="duckdb")
    widths = [exp.func("max", exp.func("length", width), dialect="duckdb") for width in (whole, part, short)]
    query = exp.select(*widths, exp.func("bool_and", plain, dialect="duckdb")).from_(parquet(files))
    ((digits, scale, needed, all_plain),) = connection.execute(sql(query)).fetchall()
    if digits is None:  # no value at all: any type fits
        return "DECIMAL(38,10)", None
    for fraction in (scale, needed):
        if all_plain and digits + fraction <= _DIGITS:
            return f"DECIMAL({max(digits + fraction, 1)},{fraction})", None
    # Where all are plain numbers, the one with the most digits before the point leaves too few for the longest fraction.
    room = exp.GT(this=exp.func("length", whole.copy()), expression=exp.Literal.number(_DIGITS - (needed or 0)))
    return "VARCHAR", _first(connection, files, title, room if all_plain else exp.not_(plain.copy()))


def _first(connection: duckdb.DuckDBPyConnection, files: Sequence[str], title: str, where: exp.Expression) -> Refusal | None:
    """The first cell that refuses, for the person to see."""
    rows = exp.select(column(title), exp.alias_(exp.Window(this=exp.func("row_number")), name("row number")))
    inner = rows.from_(parquet(files)).subquery("r")
    query = exp.select(column("row number"), column(title)).from_(inner).where(where).order_by(column("row number")).limit(1)
    return next((Refusal("DECIMAL", row, cell[:500]) for row, cell in connection.execute(sql(query)).fetchall()), None)


def infinite(connection: duckdb.DuckDBPyConnection, files: Sequence[str], columns: Sequence[Column]) -> Iterator[Msg]:
    """A note for each column of floats with values that are infinite or not a number: they are kept and said."""
    chosen = [one.name for one in columns if family(one.type) == "float"]
    if not chosen:
        return
    tests = (exp.not_(exp.func("isfinite", column(title), dialect="duckdb")) for title in chosen)
    counts = [exp.func("count_if", test, dialect="duckdb") for test in tests]
    (found,) = connection.execute(sql(exp.select(*counts).from_(parquet(files)))).fetchall()
    for title, count in zip(chosen, found):
        if count:
            yield plural(
                "{n} value of {column} is infinity or not a number; it was kept as it is.",
                "{n} values of {column} are infinity or not a number; they were kept as they are.",
                n=count,
                column=title,
            )
