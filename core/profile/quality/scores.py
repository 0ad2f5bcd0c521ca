"""Scores from 0 to 1 of each table and column, a dimension each, with the formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.models.profile import Profile, TableProfile
from core.models.quality import Dimension, Result, Score
from core.words import msg

DIMENSIONS: tuple[Dimension, ...] = ("completeness", "validity", "uniqueness", "consistency", "timeliness")


def of(profile: Profile, results: Sequence[Result]) -> tuple[Score, ...]:
    """The scores of all tables, and of the columns that lose by them. A dimension that no rule speaks of has none."""
    return tuple(
        score
        for table in profile.tables
        for score in _table(table, [one for one in results if one.rule.table == table.name and not one.error])
    )


def _table(table: TableProfile, results: Sequence[Result]) -> Iterator[Score]:
    for dimension in DIMENSIONS:
        mine = [one for one in results if one.dimension == dimension]
        if dimension == "completeness" and table.rows and table.columns:
            yield _completeness(table)
        elif mine:
            formula = msg("mean over {n} rules of the rows that keep each ÷ the rows it was asked of", n=len(mine))
            yield Score(table.name, dimension, sum(one.share for one in mine) / len(mine), formula)
    for column in table.columns:
        for dimension in DIMENSIONS:
            broken = [one for one in results if one.dimension == dimension and one.rule.columns == (column.name,) and one.failed]
            if broken:
                formula = msg("rows that keep the rule broken most ÷ the rows it was asked of")
                yield Score(table.name, dimension, min(one.share for one in broken), formula, column.name)


def _completeness(table: TableProfile) -> Score:
    cells = table.rows * len(table.columns)
    empty = sum(column.nulls + sum(one.count for one in column.placeholders) for column in table.columns)
    formula = msg("filled cells ÷ cells; texts that stand for nothing are not filled")
    return Score(table.name, "completeness", 1 - empty / cells, formula)
