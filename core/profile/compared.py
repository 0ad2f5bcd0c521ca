"""Which columns of two tables can be compared, and as what: a key and what refers to it need not have one type.

bridge(column, key)             # the Bridge between them, or None where nothing of one is ever equal to something of the other
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from core.models.profile import ColumnProfile
from core.models.types import Family, family
from core.words import Msg, msg

Cast = Callable[[exp.Expression], exp.Expression]


def _as(kind: str) -> Cast:
    return lambda value: exp.cast(value, kind, dialect="duckdb")


def _plain(value: exp.Expression) -> exp.Expression:
    return value


@dataclass(frozen=True, slots=True)
class Bridge:
    """How a column and a key are compared: what becomes of the values of each, and what a reader must know of it.

    A `named` bridge is taken only where the names speak for the relation: so compared, values alone show nothing.
    """

    column: Cast = _plain
    key: Cast = _plain
    said: Msg | None = None
    named: bool = False


SAME = Bridge()
AS_NUMBERS = Bridge(
    key=_as("DOUBLE"), said=msg("Compared as numbers: the column is a fraction by its type, and whole by its values")
)
AS_TEXTS = Bridge(_as("VARCHAR"), _as("VARCHAR"), msg("Compared as texts: the types differ"), named=True)

_ALIKE: tuple[frozenset[Family], ...] = (
    frozenset({"integer", "decimal"}),
    frozenset({"text"}),
    frozenset({"uuid"}),
    frozenset({"date"}),
    frozenset({"timestamp"}),
)


def bridge(column: ColumnProfile, key: ColumnProfile) -> Bridge | None:
    """How two columns are compared, or None where they cannot be."""
    kinds = family(column.type), family(key.type)
    if any(set(kinds) <= group for group in _ALIKE):
        return SAME
    if kinds == ("float", "integer") and whole(column):
        return AS_NUMBERS  # whole numbers with gaps, as pandas keeps them
    if set(kinds) == {"text", "integer"}:
        return AS_TEXTS  # one cell that is no number makes a column of numbers one of texts
    return None


def whole(column: ColumnProfile) -> bool:
    """Whether a column of fractions looks like whole numbers: its extremes, quantiles and frequent values are."""
    values = [column.low, column.high, *(one.value for one in column.quantiles), *(one.value for one in column.top)]
    return column.low is not None and all(float(value).is_integer() for value in values if value is not None)
