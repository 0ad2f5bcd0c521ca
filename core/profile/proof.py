"""Whether a set of columns is unique over all rows: counted, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

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


def duplicates(columns: Sequence[str], landed: Landed) -> str:
    """The query that counts the rows which keep columns from being a key: a null among them, or the values of another row."""
    names = [duck.column(name) for name in columns]
    empty = exp.or_(*(exp.Is(this=name.copy(), expression=exp.Null()) for name in names))
    repeated = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    rows = exp.alias_(exp.Count(this=exp.Star()), "n")
    groups = exp.select(rows).from_(duck.parquet(landed.files)).group_by(*names)
    groups = groups.having(exp.or_(repeated, exp.paren(empty)))
    total = exp.Coalesce(this=exp.Sum(this=exp.column("n")), expressions=[exp.Literal.number(0)])
    return exp.select(exp.alias_(total, "rows")).from_(groups.subquery("groups")).sql(dialect="duckdb", pretty=True)


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
    return not violations(source, columns, 1)


def violations(source: Frame, columns: Sequence[ColumnProfile], limit: int) -> list[tuple[object, ...]]:
    """Values of the columns that more than one row holds, at most `limit` of them."""
    names = [duck.column(column.name) for column in columns]
    repeated = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    query = exp.select(*names).from_(source.rows.copy()).group_by(*(name.copy() for name in names)).having(repeated)
    return source.all(query.limit(limit))


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
