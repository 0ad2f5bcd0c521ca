"""How many rows break each rule, and the SQL of those rows. Rules of single rows are counted in one pass over a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.profile import Profile, TableProfile
from core.models.quality import Result, Rule
from core.profile.quality.kinds import KINDS, Kind

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}

AT_ONCE = 200
"""Rules that are counted in one query."""


def counted(connection: duckdb.DuckDBPyConnection, profile: Profile, table: TableProfile, rules: Sequence[Rule]) -> list[Result]:
    """The rules of one table with the rows that break them."""
    files = dict(profile.files)
    single = [rule for rule in rules if BY_NAME[rule.kind].breaks is not None]
    found: list[Result] = []
    for start in range(0, len(single), AT_ONCE):
        some = single[start : start + AT_ONCE]
        asked = exp.select(*(duck.call("count_if", breaks(rule)) for rule in some)).from_(duck.parquet(files[table.name]))
        failed = connection.execute(duck.sql(asked)).fetchall()[0]
        found += [_result(table, rule, int(number), _rows(files, rule)) for rule, number in zip(some, failed, strict=True)]
    for rule in rules:
        if BY_NAME[rule.kind].breaks is None:
            rows = _rows(files, rule)
            counting = exp.select(exp.Count(this=exp.Star())).from_(rows.subquery("broken"))
            (number,) = connection.execute(duck.sql(counting)).fetchall()[0]
            found.append(_result(table, rule, number, rows))
    return found


def breaks(rule: Rule) -> exp.Expression:
    """The condition of a row that breaks a rule; null where the row cannot be asked."""
    made = BY_NAME[rule.kind].breaks
    assert made is not None
    return made(rule)


def _result(table: TableProfile, rule: Rule, failed: int, rows: exp.Select) -> Result:
    kind = BY_NAME[rule.kind]
    return Result(rule, kind.dimension, kind.said(rule), _asked(table, rule), failed, rows.sql(dialect="duckdb", pretty=True))


def _asked(table: TableProfile, rule: Rule) -> int:
    """Rows that a rule is asked of: all for one about empty cells or whole rows, else those that are filled."""
    if rule.kind in ("filled", "rows_differ"):
        return table.rows
    return min(table.rows - table.column(name).nulls for name in rule.columns)


def _rows(files: Mapping[str, tuple[str, ...]], rule: Rule) -> exp.Select:
    """The rows that break a rule."""
    rows = exp.select("*").from_(exp.select("*").from_(duck.parquet(files[rule.table])).subquery("t"))
    if rule.kind == "unique":
        again = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[duck.column(rule.columns[0])])
        there = exp.Not(this=exp.Is(this=duck.column(rule.columns[0]), expression=exp.null()))
        return rows.where(there).qualify(exp.GT(this=again, expression=exp.Literal.number(1)))
    if rule.kind == "rows_differ":
        number = exp.Window(this=duck.call("row_number"), partition_by=[duck.column(name) for name in rule.columns])
        return rows.qualify(exp.GT(this=number, expression=exp.Literal.number(1)))
    if rule.kind == "refers":
        return rows.where(_orphan(files, rule))
    return rows.where(breaks(rule))


def _orphan(files: Mapping[str, tuple[str, ...]], rule: Rule) -> exp.Expression:
    mine = [exp.column(exp.to_identifier(name, quoted=True), table="t") for name in rule.columns]
    theirs = [exp.column(exp.to_identifier(name, quoted=True), table="p") for name in rule.ref_columns]
    same = exp.and_(*(exp.EQ(this=one, expression=other) for one, other in zip(mine, theirs, strict=True)))
    parent = exp.select("1").from_(exp.select("*").from_(duck.parquet(files[rule.references])).subquery("p")).where(same)
    there = [exp.Not(this=exp.Is(this=one.copy(), expression=exp.null())) for one in mine]
    return exp.and_(*there, exp.Not(this=exp.Exists(this=parent)))
