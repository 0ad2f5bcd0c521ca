"""The order in which rows lie, for the dialects that keep one."""

from __future__ import annotations

from core.ddl.keys import KEYLESS
from core.models.profile import ColumnProfile, TableProfile
from core.models.types import family

FEW = 10_000
"""A column with more values than this does not come before the time: every granule would hold a new value anyway."""

DEPTH = 4
"""Columns of an order that was put together; further ones narrow no granule of 8,192 rows."""


def order_by(table: TableProfile) -> tuple[str, ...]:
    """The primary key with the columns of fewest values first (so that a prefix is worth skipping by), then time.

    A single key says nothing of how rows are asked for: where there is a time, it comes after it. Without a key, up to three
    columns of few values, then time. Only columns that are never null and have an order.
    """
    key = [table.column(name) for name in table.primary_key]
    if len(key) > 1 and all(_sortable(column) for column in key):
        return tuple(column.name for column in sorted(key, key=lambda column: column.distinct))
    time = [column for column in table.columns if column.name == table.time_column and _sortable(column)]
    if len(key) == 1 and _sortable(key[0]):
        if not time or time[0].name == key[0].name:
            return (key[0].name,)
        return (*(column.name for column in _coarse(table)[:1]), time[0].name, key[0].name)
    chosen = [*_coarse(table)[: DEPTH - 1], *time]
    return tuple(dict.fromkeys(column.name for column in chosen))


def _coarse(table: TableProfile) -> list[ColumnProfile]:
    """Words and codes of few values, the fewest first; one single value orders nothing."""
    fit = [
        column
        for column in table.columns
        if family(column.type) in ("text", "integer", "boolean")
        and _sortable(column)
        and 1 < column.distinct <= FEW
        and column.distinct * 10 <= column.rows
        and column.name != table.time_column
    ]
    # Words before numbers: what is asked for by name is more often a word, and a small number may be a measurement.
    return sorted(fit, key=lambda column: (family(column.type) != "text", column.distinct))


def _sortable(column: ColumnProfile) -> bool:
    return not column.nulls and column.rows > 0 and family(column.type) not in (*KEYLESS, "float", "interval")
