"""Dates and points in time as DuckDB writes them, whose calendar is wider than Python's: BC, years past 9999, infinity."""

from __future__ import annotations

import re

_TIME = re.compile(r"(\d{4,})-(\d\d-\d\d)( \(BC\))?([ T]\d\d:\d\d(?::\d\d)?[\d.]*(?:[+-]\d\d(?::\d\d)*)?)?")


def day(text: str) -> str:
    """The day of a time, whole: `2024-02-29`, `0044-03-15 (BC)`, `20240-01-01`; infinity has none and stays as it is."""
    found = _TIME.fullmatch(text)
    return "-".join(found.group(1, 2)) + (found[3] or "") if found else text


def rank(text: str) -> tuple[float, str]:
    """What times are ordered by: the year as astronomers count (1 BC is 0, infinity beyond all), then the rest."""
    if text.endswith("infinity"):
        return float(text.removesuffix("inity")), ""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(f"{text} is no time")
    year = int(found[1])
    return (1 - year if found[3] else year), found[2] + (found[4] or "")


def is_time(text: str) -> bool:
    """Whether DuckDB wrote this as a date or a point in time."""
    return text.lstrip("-") == "infinity" or _TIME.fullmatch(text) is not None


def is_finite(text: str) -> bool:
    return not text.endswith("infinity")
