"""The one type of a column that several files hold with types of their own: the narrowest that loses nothing, text where they disagree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.files.readings import MOST_DIGITS
from core.models.types import family

# A double holds every number of 15 digits (IEEE 754, 53 bits).
EXACT_DIGITS = 15
TEXT = "VARCHAR"


@dataclass(frozen=True, slots=True)
class Held:
    """What one file holds of a column: its type, `whole` digits before the point at most, and whether it has a value at all."""

    type: str
    whole: int = 0
    empty: bool = False

    @property
    def scale(self) -> int:
        found = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", self.type)
        return int(found[1]) if found else 0


def widest(held: Sequence[Held]) -> str:
    """The type that holds every value of all files. Columns without a value have no say."""
    types = {one.type for one in held if not one.empty}
    if len(types) < 2:
        return next(iter(types), held[0].type if len({one.type for one in held}) == 1 else TEXT)
    families = {family(kind) for kind in types}
    if families <= {"integer", "decimal"}:
        return _exact(held)
    if families == {"float"}:
        return "DOUBLE"
    if families <= {"integer", "decimal", "float"}:
        exact = [one for one in held if not one.empty and family(one.type) != "float"]
        return "DOUBLE" if all(one.whole + one.scale <= EXACT_DIGITS for one in exact) else TEXT
    return TEXT


def _exact(held: Sequence[Held]) -> str:
    real = [one for one in held if not one.empty]
    whole, scale = max(one.whole for one in real), max(one.scale for one in real)
    if not scale and whole <= 18:
        return "BIGINT"
    if whole + scale > MOST_DIGITS:
        return TEXT
    return f"DECIMAL({18 if whole + scale <= 18 else MOST_DIGITS},{scale})"
