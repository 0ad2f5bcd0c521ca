"""DuckDB types taken apart, as far as dialects need it."""

from __future__ import annotations

import re

from core.models.design import ColumnDesign
from core.models.types import family


def element(type_name: str) -> str:
    """The type of a list's elements (`INTEGER` of `INTEGER[]` and of `INTEGER[3]`), or nothing for what is no list."""
    found = re.fullmatch(r"(.+)\[\d*\]", type_name, re.DOTALL)
    return found[1] if found else ""


def plain_list(type_name: str) -> bool:
    """Whether the type is a list of plain values: no lists, structures or documents in it."""
    inner = element(type_name)
    return bool(inner) and family(inner) not in ("nested", "json")


def years(column: ColumnDesign) -> tuple[int, int] | None:
    """The years of the extremes of dates or timestamps, negative before Christ (-1 is 1 BC); None where not known.

    Infinity is no year: what is infinite is left out, and seen by `infinite`.
    """
    found = [year for text in (column.low, column.high) if text and (year := _year(text)) is not None]
    return (min(found), max(found)) if found else None


def _year(text: str) -> int | None:
    found = re.match(r"(\d+)-", text)
    if found is None:
        return None
    return -int(found[1]) if "(BC)" in text else int(found[1])


def infinite(column: ColumnDesign) -> bool:
    """Whether dates or timestamps reach infinity."""
    return any(text is not None and "infinity" in text for text in (column.low, column.high))


_DIGITS = {"TIMESTAMP_S": 0, "TIMESTAMP_MS": 3, "TIMESTAMP_NS": 9, "TIME_NS": 9}


def digits(column: ColumnDesign) -> int:
    """The digits of a second that a column of times needs: those that are used, or all that its type has."""
    return column.fraction if column.fraction is not None else _DIGITS.get(column.type, 6)
