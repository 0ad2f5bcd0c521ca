"""The values of a table's columns that are looked at for their meaning: those of its head, of places all over it, and the frequent ones.

Looked(connection, landed, columns)     # .some(column), .like(column, pattern)
leaves(value, name)                     # the parts of a nested value, each with the name of its field
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile
from core.models.source import Landed
from core.models.types import Family, family, is_number

LOOK = 300
"""Different values of a column that are looked at."""

HEAD = 1_000
"""Rows of the head that they are taken from, half of all."""

BLOCKS, BLOCK = 20, 50
"""Places all over a file, and the rows of each (of one file, or of all together), that the others are taken from."""

LONG = 9
"""Digits of the shortest code of a person, or signs of the shortest telephone number, that is told from the values alone."""

NESTED_ROWS, NESTED_BYTES = 300, 32 * 2**20
"""Rows of a column of nested values that are looked at, and how much of them."""

NESTED = ("nested", "json")

FRACTIONS = ("decimal", "float")
NO_FRACTION = r"\.0+$"
"""What a whole number among fractions ends in."""


class Looked:
    """The values of some columns of a landed table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, landed: Landed, columns: Sequence[ColumnProfile]) -> None:
        self._connection, self._landed = connection, landed
        flat = [one for one in columns if family(one.type) not in NESTED]
        self._places = {one.name: number for number, one in enumerate(flat)}
        selected = exp.select(*map(_value, flat)).from_(duck.parquet(landed.files)).where(_spread(landed))
        self._rows = duck.fetch(connection, selected) if flat else None

    def some(self, column: ColumnProfile) -> list[Any]:
        """At most `LOOK` different filled values as text, in their order; a nested column's as Python has them."""
        if column.name not in self._places:
            return _nested(self._connection, self._landed, column)
        frequent = [top.value for top in column.top if top.value]
        values = [*frequent, *_different(self._taken(column), LOOK - len(frequent))]
        values = whole(family(column.type), values)
        return list(dict.fromkeys(values)) or _first_filled(self._connection, self._landed, column)

    def like(self, column: ColumnProfile, pattern: str) -> list[str]:
        """All different values that were taken, as text, that match a regular expression wholly; none of a column of short ones."""
        if column.name not in self._places or not _long(column):
            return []
        values = pc.drop_null(self._taken(column).unique()).cast(pa.string())
        return values.filter(pc.match_substring_regex(values, f"^(?:{pattern})$")).to_pylist()

    def _taken(self, column: ColumnProfile) -> pa.ChunkedArray:
        assert self._rows is not None
        return self._rows.column(self._places[column.name])


def _different(values: pa.ChunkedArray, most: int = LOOK) -> list[str]:
    """Different filled values as text, evenly taken where there are too many."""
    different = values.unique().to_pylist()  # and not `take`: Arrow would load pandas for the places, which takes a second
    return [str(value) for value in different[:: max(1, -(-len(different) // most))] if value not in (None, "")]


def whole(kind: Family, values: list[str]) -> list[str]:
    """Whole numbers among fractions as whole numbers: how codes look where pandas met a null."""
    if kind not in FRACTIONS:
        return values
    return [re.sub(NO_FRACTION, "", value) if value.endswith("0") else value for value in values]


def _spread(landed: Landed) -> exp.Expression:
    """The head of each file, and blocks of rows all over it, the last at its end. DuckDB reads the row groups alone that hold them."""
    rows, block, head = (-(-number // len(landed.files)) for number in (landed.rows, BLOCK, HEAD))
    starts = [place * max(0, rows - block) // (BLOCKS - 1) for place in range(BLOCKS)]
    ends = [(0, head - 1), *((start, start + block - 1) for start in starts)]
    number = exp.column("file_row_number")
    return exp.or_(
        *(exp.Between(this=number.copy(), low=exp.Literal.number(low), high=exp.Literal.number(high)) for low, high in ends)
    )


def _first_filled(connection, landed: Landed, column: ColumnProfile) -> list[str]:
    query = exp.select(_value(column)).from_(duck.parquet(landed.files)).where(_filled(column)).limit(LOOK)
    return whole(family(column.type), _different(duck.fetch(connection, query).column(0)))


def _nested(connection, landed: Landed, column: ColumnProfile) -> list[Any]:
    """Values of the head and of places all over the table, evenly taken; of large ones the first."""
    filled = exp.select(duck.column(column.name)).from_(duck.parquet(landed.files)).where(_filled(column))
    most = max(1, NESTED_BYTES // max(1, round(column.length_mean or 1)))
    values: list[Any] = duck.fetch(connection, filled.where(_spread(landed)).limit(most)).column(0).to_pylist()
    if not values:
        values = duck.fetch(connection, filled.limit(min(NESTED_ROWS, most))).column(0).to_pylist()
    return values[:: -(-len(values) // NESTED_ROWS) or 1]


def _long(column: ColumnProfile) -> bool:
    """Whether values may have so many signs that they are codes of persons, or hold contact data."""
    if is_number(column.type):
        return max(len((end or "").partition(".")[0]) for end in (column.low, column.high)) >= LONG
    return column.length_max is None or column.length_max >= LONG


def _filled(column: ColumnProfile) -> exp.Expression:
    return exp.Not(this=exp.Is(this=duck.column(column.name), expression=exp.null()))


def _value(column: ColumnProfile) -> exp.Expression:
    """A column as text, but numbers as they are: hundreds of them are written down, and not thousands."""
    if is_number(column.type):
        return duck.column(column.name)
    return exp.alias_(exp.cast(duck.column(column.name), "VARCHAR", dialect="duckdb"), column.name, quoted=True)


def leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The parts of a nested value (or of JSON in a text) that hold no others, each with the name of the field that is nearest to it."""
    open_ones = [(name, value)]
    while open_ones:
        name, value = open_ones.pop()
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            value = _parsed(value)
        if isinstance(value, dict):
            open_ones += [(str(key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, (list, tuple)):
            open_ones += [(name, inner) for inner in reversed(value)]
        elif value is not None:
            yield name, value


def _parsed(text: str) -> Any:
    """What JSON in a text says; the text itself where it only begins like JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
