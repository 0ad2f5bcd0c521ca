"""Whether a set of columns is unique over all rows: counted, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from core.engines import duck
from core.engines.duck import call
from core.models.profile import ColumnProfile
from core.models.source import Landed
from core.models.types import family
from core.profile.frame import Frame

WORD = 64
"""Packed values that share one machine word as its bits."""

PACKED = 2**62
"""Columns are packed into one integer while the product of their ranges stays below this."""

SAMPLE_ROWS = 200_000
"""Rows that candidates are tried on before all rows are counted; a smaller table is tried as a whole."""


@dataclass(frozen=True, slots=True)
class OfLanded:
    """The rows of a landed table, for `keys.find` and `dependencies.find`."""

    source: Frame
    landed: Landed

    def codes(self, parts: Sequence[ColumnProfile]) -> tuple[np.ndarray, bool]:
        """The codes of a sample that keeps every row of some values of the column with the most of them: rows that clash are kept together."""
        query = exp.select(*(duck.column(part.name) for part in parts)).from_(self.source.rows.copy())
        step = self.landed.rows // SAMPLE_ROWS + 1
        if step > 1:
            widest = max(parts, key=lambda part: part.distinct)
            hashed = exp.Mod(this=call("hash", duck.column(widest.name)), expression=exp.Literal.number(step))
            query = query.where(exp.EQ(this=hashed, expression=exp.Literal.number(0))).limit(3 * SAMPLE_ROWS)
        return encoded(duck.fetch(self.source.connection, query)), step == 1

    def unique(self, columns: Sequence[ColumnProfile]) -> bool:
        return unique(self.source, columns)

    def duplicates(self, columns: Sequence[str]) -> str:
        return self.said(breaking(self.all(), [duck.column(name) for name in columns]))

    def head(self, columns: Sequence[ColumnProfile], most: int) -> np.ndarray:
        query = exp.select(*(duck.column(one.name) for one in columns)).from_(self.all()).limit(most)
        return encoded(duck.fetch(self.source.connection, query))

    def all(self) -> exp.Expression:
        return duck.parquet(self.landed.files)

    def value(self, column: ColumnProfile) -> exp.Expression:
        return duck.column(column.name)

    def ask(self, query: exp.Select) -> list[tuple[Any, ...]]:
        return self.source.all(query)

    def said(self, query: exp.Select) -> str:
        return query.sql(dialect="duckdb", pretty=True)


def encoded(rows: pa.Table) -> np.ndarray:
    """Columns x rows of the places that values, null among them, have among the different ones of their column."""
    # The buffer is read as it is: `to_numpy` would import pandas.
    indices = [column.combine_chunks().dictionary_encode("encode").indices for column in rows.columns]
    return np.stack([np.frombuffer(index.buffers()[1], np.int32)[index.offset :][: len(index)] for index in indices])


def breaking(rows: exp.Expression, values: Sequence[exp.Expression]) -> exp.Select:
    """The number of rows that keep values from being a key: a null among them, or the values of another row."""
    empty = exp.or_(*(exp.Is(this=value.copy(), expression=exp.Null()) for value in values))
    more = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    counted = exp.alias_(exp.Count(this=exp.Star()), "n")
    groups = exp.select(counted).from_(rows).group_by(*values).having(exp.or_(more, exp.paren(empty)))
    total = exp.Coalesce(this=exp.Sum(this=exp.column("n")), expressions=[exp.Literal.number(0)])
    return exp.select(exp.alias_(total, "rows")).from_(groups.subquery("groups"))


def repeated(rows: exp.Expression, values: Sequence[exp.Expression]) -> exp.Select:
    """The values that more than one row holds."""
    more = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    return exp.select(*values).from_(rows).group_by(*(value.copy() for value in values)).having(more)


def unique(source: Frame, columns: Sequence[ColumnProfile]) -> bool:
    """Whether columns without nulls are unique together.

    Whole numbers and dates of a limited range are packed into one integer, and each packed value into a bit of a word: as
    many bits as rows means unique. Other columns are hashed to 64 bits: as many hashes as rows means unique as well; fewer
    may be chance, so then the values themselves are grouped.
    """
    rows = columns[0].rows
    packed = _packed(columns)
    if packed is not None:
        return int(source.row(_bits(source, packed))[0] or 0) == rows
    names = [duck.column(column.name) for column in columns]
    different = exp.Count(this=exp.Distinct(expressions=[call("hash", *names)]))
    if source.row(exp.select(different).from_(source.rows.copy()))[0] == rows:
        return True
    return not source.all(repeated(source.rows.copy(), names).limit(1))


def _bits(source: Frame, packed: exp.Expression) -> exp.Expression:
    word, width = exp.column("k"), exp.Literal.number(WORD)
    bit = exp.BitwiseLeftShift(
        this=exp.cast(exp.Literal.number(1), "UBIGINT", dialect="duckdb"),
        expression=exp.cast(exp.Mod(this=word, expression=width), "UBIGINT", dialect="duckdb"),
    )
    bits = exp.alias_(call("bit_or", bit), "bits")
    keys = exp.select(exp.alias_(packed, "k")).from_(source.rows.copy()).subquery("keys")
    words = exp.select(bits).from_(keys).group_by(exp.IntDiv(this=word.copy(), expression=width.copy())).subquery("words")
    return exp.select(exp.Sum(this=call("bit_count", exp.column("bits")))).from_(words)


def _packed(columns: Sequence[ColumnProfile]) -> exp.Expression | None:
    """The columns as one integer, or None where a range is not known or their product too large."""
    total, result = 1, None
    for column in columns:
        place = _place(column)
        if place is None:
            return None
        value, span = place
        total *= span
        if total > PACKED:
            return None
        scaled = exp.Mul(this=exp.paren(result), expression=exp.Literal.number(span)) if result is not None else None
        result = exp.Add(this=scaled, expression=value) if scaled is not None else value
    return result


def _place(column: ColumnProfile) -> tuple[exp.Expression, int] | None:
    """A column as a number from 0 to below its span."""
    if column.low is None or column.high is None:
        return None
    kind, value = family(column.type), duck.column(column.name)
    if kind == "integer":
        low, high = int(column.low), int(column.high)
        if not (low > -PACKED and high < PACKED):
            return None
        whole = exp.cast(value, "BIGINT", dialect="duckdb")
        return exp.paren(exp.Sub(this=whole, expression=exp.Literal.number(low))), high - low + 1
    if kind == "date" and len(column.low) == len(column.high) == 10:
        first = exp.cast(exp.Literal.string(column.low), "DATE", dialect="duckdb")
        days = (date.fromisoformat(column.high) - date.fromisoformat(column.low)).days
        return exp.paren(exp.Sub(this=value, expression=first)), days + 1
    return None
