"""Columns of the design: the figures of the profile that a type is chosen by, and a comment that says what was seen."""

from __future__ import annotations

from dataclasses import replace

from core.ddl.look import Facts
from core.ddl.widths import covering, whole
from core.models.design import ColumnDesign, Reference
from core.models.names import is_identifier
from core.models.privacy import extremes
from core.models.profile import ColumnProfile, TableProfile
from core.models.types import family
from core.words import Msg, msg, plural


def columns_of(table: TableProfile, facts: Facts) -> tuple[ColumnDesign, ...]:
    return tuple(_column(table, column, facts) for column in table.columns)


def _column(table: TableProfile, column: ColumnProfile, facts: Facts) -> ColumnDesign:
    place = table.name, column.name
    return ColumnDesign(
        name=column.name,
        type=column.type,
        # Of a table without rows nothing is known: no column can be said to be never null.
        nullable=column.nullable or not column.rows,
        comment=comment(column),
        low=column.low,
        high=column.high,
        length_max=column.length_max,
        distinct=column.distinct,
        rows=column.rows,
        fraction=facts.fraction.get(place),
        keep=facts.keep.get(place, "value"),
        holes=facts.holes.get(place, True),
        grows=family(column.type) == "integer" and _numbers_rows(table, column),
    )


def _numbers_rows(table: TableProfile, column: ColumnProfile) -> bool:
    """Whether a number goes on with every row: the primary key, or an identifier that is nearly one or the fullest part of one."""
    if table.primary_key == (column.name,):
        return True
    if not is_identifier(column.name):
        return False
    parts = [table.column(name) for name in table.primary_key]
    return column.unique or column.nearly_unique or (column in parts and column.distinct == max(one.distinct for one in parts))


def comment(column: ColumnProfile) -> Msg | str:
    """What was seen of the column in all rows, such as `1 to 12; 12 different values; never null`."""
    if not column.rows:
        return ""
    if column.nulls == column.rows:
        return msg("always null so far")
    said, *parts = [part for part in (_range(column), _distinct(column), _nulls(column)) if part is not None]
    for part in parts:
        said = msg("{before}; {next}", before=said, next=part)
    return said


def _range(column: ColumnProfile) -> Msg | None:
    if family(column.type) != "boolean" and (ends := extremes(column)):
        return msg("{low} to {high}", low=ends[0], high=ends[1])
    if family(column.type) == "text" and column.length_max is not None:
        return plural("up to {n} character", "up to {n} characters", n=column.length_max)
    return None


def _distinct(column: ColumnProfile) -> Msg:
    if column.distinct_exact:
        return plural("{n} different value", "{n} different values", n=column.distinct)
    return plural("about {n} different value", "about {n} different values", n=column.distinct)


def _nulls(column: ColumnProfile) -> Msg:
    if not column.nulls:
        return msg("never null")
    return plural("{n} null", "{n} nulls", n=column.nulls)


def referring(
    columns: tuple[ColumnDesign, ...], references: tuple[Reference, ...], parents: dict[str, tuple[ColumnDesign, ...]]
) -> tuple[ColumnDesign, ...]:
    """The columns, those that refer to a key with the key's type and extremes: both sides get the same type in every dialect.

    The values lie among those of the key, so its extremes hold for them too.
    """
    keys = {
        mine: next(column for column in parents[reference.table] if column.name == theirs)
        for reference in references
        for mine, theirs in zip(reference.columns, reference.ref_columns)
    }
    return tuple(_like(column, keys[column.name]) if column.name in keys else column for column in columns)


def alike(child: ColumnDesign, key: ColumnDesign) -> tuple[ColumnDesign, ColumnDesign]:
    """Both ends of a relation that some rows break, with one type and the extremes of both: they are compared in every join.

    Columns that are no whole numbers are left as they are.
    """
    if not family(child.type) == family(key.type) == "integer":
        return child, key
    extremes = [(whole(one.low), whole(one.high)) for one in (child, key)]
    lows, highs = ([end for end in ends if end is not None] for ends in zip(*extremes))
    same = {
        "type": covering(child.type, key.type),
        "low": str(min(lows)) if lows else None,
        "high": str(max(highs)) if highs else None,
        "grows": child.grows or key.grows,
    }
    return replace(child, **same), replace(key, **same)


def _like(column: ColumnDesign, key: ColumnDesign) -> ColumnDesign:
    same = {"type": key.type, "low": key.low, "high": key.high, "length_max": key.length_max, "fraction": key.fraction}
    return replace(column, grows=key.grows, **same)
