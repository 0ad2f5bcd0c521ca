"""How a value that must not be shown (see `core.models.privacy`) stands in a report: as a mask of its characters."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import groupby

from sqlglot import TokenType, exp, tokenize

from core.models import times
from core.models.privacy import LONG_NUMBER, whole
from core.profile import patterns

MASK_LIMIT = 40
"""Characters of a mask that are shown."""

NO_NUMBERS = frozenset({"nan", "inf", "infinity"})
"""Words of numbers and times, which name nobody."""


def mask(text: str) -> str:
    """`A` for a capital, `a` for a small letter, `9` for a digit, other characters as they are; long runs are shortened."""
    short = "".join(letter * min(len(list(run)), 12) for letter, run in groupby(patterns.mask(text)))
    return short if len(short) <= MASK_LIMIT else short[:MASK_LIMIT] + "…"


def refused(cell: str) -> str:
    """A cell that refused a type, with the shape that is the reason for it: zeros that a number would lose, every digit, NaN."""
    if cell.strip().lstrip("+-").lower() in NO_NUMBERS:
        return cell
    zeros = re.match(r"\s*[+-]?0*", cell)
    start = zeros.end() if zeros else 0
    end = (
        len(cell) - len(cell[start:]) + len(cell[start:].rstrip("0")) if re.fullmatch(r"\d*[.,]\d+", cell[start:]) else len(cell)
    )
    shape = cell[:start] + patterns.mask(cell[start:end]) + cell[end:]
    return shape if len(shape) <= MASK_LIMIT else shape[:MASK_LIMIT] + "…"


def masked(sql: str, dialect: str) -> str:
    """SQL without values of the data: literals as masks, dates and short numbers as they are."""
    parts, end = [], 0
    for token in tokenize(sql, dialect=dialect):
        if token.token_type == TokenType.STRING and not _is_time(token.text):
            parts += [sql[end : token.start], exp.Literal.string(mask(token.text)).sql(dialect)]
            end = token.end + 1
        elif token.token_type == TokenType.NUMBER and len(whole(token.text)) >= LONG_NUMBER:
            parts += [sql[end : token.start], mask(token.text)]
            end = token.end + 1
    return "".join([*parts, sql[end:]])


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return times.is_time(text)
    return "-" in text
