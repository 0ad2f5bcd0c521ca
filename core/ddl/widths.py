"""The narrowest integer type that holds what a column holds, with room to grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.models.design import ColumnDesign
from core.words import Msg, msg

HEADROOM = 2
"""Extremes are doubled before a type is chosen, so that a column that fills half of a type gets the next one.

The next rows are not there yet: an id of 32,000 in a smallint breaks after 767 more. Never wider than the data's own type.
"""

KEY_HIGH = 2**31 - 1
"""What a key must have room for at least: rows are added for as long as the table lives, and to widen a key later means to write

the table and all that refer to it anew.
"""

Range = tuple[str, int, int]
"""A type with its least and greatest value."""

RANGES: dict[str, tuple[int, int]] = {
    f"{sign}{name}": (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for name, bits in (("TINYINT", 8), ("SMALLINT", 16), ("INTEGER", 32), ("BIGINT", 64), ("HUGEINT", 128))
    for sign in ("", "U")
}
"""DuckDB's integer types."""


def covering(one: str, other: str) -> str:
    """The narrowest of DuckDB's integer types that holds what both hold."""
    low = min(RANGES[one][0], RANGES[other][0])
    high = max(RANGES[one][1], RANGES[other][1])
    fit = [name for name, (least, most) in RANGES.items() if least <= low and high <= most]
    return min(fit, key=lambda name: RANGES[name][1] - RANGES[name][0], default="HUGEINT")


def narrowest(column: ColumnDesign, ladder: Sequence[Range]) -> str:
    """The first type of `ladder` (narrow to wide) with room for the column; the last where none has."""
    low, high = wanted(column)
    return next((name for name, least, most in ladder if least <= low and high <= most), ladder[-1][0])


def reason(column: ColumnDesign, ladder: Sequence[Range]) -> Msg | None:
    """Why a key is wider than its values need, where it is."""
    type, narrow = narrowest(column, ladder), narrowest(replace(column, grows=False), ladder)
    if type == narrow:
        return None
    return msg(
        "{column} is {type}, not {narrow}, which ends at {most}: keys grow with every row.",
        column=column.name,
        type=type,
        narrow=narrow,
        most=next(most for name, _, most in ladder if name == narrow),
    )


def wanted(column: ColumnDesign) -> tuple[int, int]:
    """The range a type must have: the doubled extremes, 31 bits at least for a key that grows, cut to the range of the data's own

    type; that alone without figures.
    """
    least, most = RANGES[column.type]
    low, high = whole(column.low), whole(column.high)
    if low is None or high is None:
        return least, most
    return max(least, HEADROOM * min(low, 0)), min(most, max(HEADROOM * max(high, 0), KEY_HIGH if column.grows else 0))


def whole(text: str | None) -> int | None:
    """An extreme as a number, None where there is none."""
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None
