"""Which values of the data may be shown in a report that leaves the machine.

Personal data is not recognised yet, so a report shows values only where they name groups of rows, never where they may name a
person: frequent values of categories, extremes of measures and times. Everything else is shown as a mask of its characters.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby

from sqlglot import TokenType, exp, tokenize

from core.models.profile import ColumnProfile, Top
from core.models.types import family
from core.profile import patterns

CATEGORIES = 50
"""A category has at most so many different values."""

ROWS_EACH = 5
"""Rows that must hold each value on average, and a value that is shown: fewer could single out a person."""

LONG_NUMBER = 9
"""Digits from which a whole number may be a phone, a tax number or a card rather than a measure."""

MASK_LIMIT = 40
"""Characters of a mask that are shown."""


def categorical(column: ColumnProfile) -> bool:
    """Whether the column sorts rows into a few groups."""
    return 0 < column.distinct <= CATEGORIES and column.rows - column.nulls >= ROWS_EACH * column.distinct


def values(column: ColumnProfile) -> tuple[Top, ...]:
    """The frequent values that may be shown."""
    return tuple(top for top in column.top if top.count >= ROWS_EACH) if categorical(column) else ()


def extremes(column: ColumnProfile) -> tuple[str, str] | None:
    """The smallest and the largest value, or None where there is none or it must not be shown."""
    if column.low is None or column.high is None or not measure(column):
        return None
    return column.low, column.high


def measure(column: ColumnProfile) -> bool:
    """Whether single values of the column say nothing of whom they belong to: numbers that are no long codes, and times."""
    kind = family(column.type)
    if kind in ("integer", "decimal"):
        longest = max(len(_whole(column.low)), len(_whole(column.high)))
        return longest < LONG_NUMBER or categorical(column)
    return kind in ("float", "boolean", "date", "timestamp", "time", "interval")


def _whole(value: str | None) -> str:
    return (value or "").lstrip("-").partition(".")[0]


def mask(text: str) -> str:
    """`A` for a capital, `a` for a small letter, `9` for a digit, other characters as they are; long runs are shortened."""
    short = "".join(letter * min(len(list(run)), 12) for letter, run in groupby(patterns.mask(text)))
    return short if len(short) <= MASK_LIMIT else short[:MASK_LIMIT] + "…"


def masked(sql: str, dialect: str) -> str:
    """SQL without values of the data: literals as masks, dates and short numbers as they are."""
    parts, end = [], 0
    for token in tokenize(sql, dialect=dialect):
        if token.token_type == TokenType.STRING and not _is_time(token.text):
            parts += [sql[end : token.start], exp.Literal.string(mask(token.text)).sql(dialect)]
            end = token.end + 1
        elif token.token_type == TokenType.NUMBER and len(_whole(token.text)) >= LONG_NUMBER:
            parts += [sql[end : token.start], mask(token.text)]
            end = token.end + 1
    return "".join([*parts, sql[end:]])


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return "-" in text
