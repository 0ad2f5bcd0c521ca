"""The narrowest integer type that holds what a column holds, with room to grow."""

from __future__ import annotations

from collections.abc import Sequence

from core.models.design import ColumnDesign

HEADROOM = 2
"""Extremes are doubled before a type is chosen, so that a column that fills half of a type gets the next one.

The next rows are not there yet: an id of 32,000 in a smallint breaks after 767 more. Never wider than the data's own type.
"""

Range = tuple[str, int, int]
"""A type with its least and greatest value."""

RANGES: dict[str, tuple[int, int]] = {
    f"{sign}{name}": (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for name, bits in (("TINYINT", 8), ("SMALLINT", 16), ("INTEGER", 32), ("BIGINT", 64), ("HUGEINT", 128))
    for sign in ("", "U")
}
"""DuckDB's integer types."""


def narrowest(column: ColumnDesign, ladder: Sequence[Range]) -> str:
    """The first type of `ladder` (narrow to wide) with room for the column; the last where none has."""
    low, high = wanted(column)
    return next((name for name, least, most in ladder if least <= low and high <= most), ladder[-1][0])


def wanted(column: ColumnDesign) -> tuple[int, int]:
    """The range a type must have: the doubled extremes, cut to the range of the data's own type; that alone without figures."""
    least, most = RANGES[column.type]
    low, high = whole(column.low), whole(column.high)
    if low is None or high is None:
        return least, most
    return max(least, HEADROOM * min(low, 0)), min(most, HEADROOM * max(high, 0))


def whole(text: str | None) -> int | None:
    """An extreme as a number, None where there is none."""
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None
