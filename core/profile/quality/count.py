"""How many rows break each rule, and the SQL of those rows. Rules of single rows are counted in one pass over a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.profile import Profile, TableProfile
from core.models.quality import Check, Result
from core.profile.quality.kind import Rows, files
from core.profile.quality.kinds import BY_NAME

AT_ONCE = 200
"""Rules that are counted in one query."""

WRONG = (duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException, duckdb.OutOfRangeException)
"""What DuckDB raises where a value or a condition does not fit the data."""


def counted(
    connection: duckdb.DuckDBPyConnection, profile: Profile, table: TableProfile, asked: Mapping[Check, bool], now: datetime
) -> list[Result]:
    """The checks of one table, and whether each is one that a person keeps, with the rows that break them."""
    rows = files(profile)
    failed: dict[Check, int | str] = {one: orphans for one in asked if (orphans := _orphans(profile, one)) is not None}
    single = [one for one in asked if BY_NAME[one.rule.kind].breaks is not None]
    for start in range(0, len(single), AT_ONCE):
        failed |= _together(connection, rows, single[start : start + AT_ONCE], now)
    for one in asked:
        if one not in failed:
            failed[one] = _alone(connection, one, rows, now)
    return [_result(table, one, kept, failed[one], broken(one, rows, now)) for one, kept in asked.items()]


def _together(connection: duckdb.DuckDBPyConnection, rows: Rows, some: Sequence[Check], now: datetime) -> dict[Check, int | str]:
    """Rows that break checks of single rows, in one pass; nothing where one of them cannot be asked."""
    counts = exp.select(*(duck.call("count_if", breaks(one, now)) for one in some)).from_(rows(some[0].rule.table))
    try:
        return dict(zip(some, map(int, connection.execute(duck.sql(counts)).fetchall()[0]), strict=True))
    except WRONG:
        return {}


def _alone(connection: duckdb.DuckDBPyConnection, one: Check, rows: Rows, now: datetime) -> int | str:
    """The rows that break a check, or what DuckDB says against it."""
    counting = exp.select(exp.Count(this=exp.Star())).from_(broken(one, rows, now).subquery("broken"))
    try:
        return int(connection.execute(duck.sql(counting)).fetchall()[0][0])
    except WRONG as error:
        # A cell that it names is not repeated: it may belong to a person.
        return re.sub(r"'[^']*'", "'…'", str(error).split("\n")[0])[:300]


def _orphans(profile: Profile, check: Check) -> int | None:
    """The rows that refer to nothing, where the profile has counted them already: on the same files."""
    rule = check.rule
    same = [
        key.orphans
        for key in profile.foreign_keys
        if (key.table, key.columns, key.references, key.ref_columns)
        == (rule.table, rule.columns, rule.references, rule.ref_columns)
    ]
    return same[0] if rule.kind == "refers" and same else None


def breaks(check: Check, now: datetime) -> exp.Expression:
    """The condition of a row that breaks a check; null where the row cannot be asked."""
    made = BY_NAME[check.rule.kind].breaks
    assert made is not None
    return made(check.rule, now)


def broken(check: Check, rows: Rows, now: datetime) -> exp.Select:
    """The rows that break a check."""
    kind = BY_NAME[check.rule.kind]
    if kind.rows is not None:
        return kind.rows(check.rule, rows, now)
    return exp.select("*").from_(exp.select("*").from_(rows(check.rule.table)).subquery("t")).where(breaks(check, now))


def _result(table: TableProfile, check: Check, kept: bool, failed: int | str, rows: exp.Select) -> Result:
    kind = BY_NAME[check.rule.kind]
    asked = _asked(table, check.rule.columns, kind.of)
    number, error = (failed, "") if isinstance(failed, int) else (0, failed)
    query = rows.sql(dialect="duckdb", pretty=True)
    return Result(check.rule, kind.dimension, kind.said(check.rule), asked, number, query, kept, check.most, error)


def _asked(table: TableProfile, columns: Sequence[str], of: str) -> int:
    """What a check is asked of: the whole table once, all rows, or those whose columns (or the first of them) are filled."""
    if of == "once":
        return 1
    if of == "rows" or not columns:
        return table.rows
    return min(table.rows - table.column(name).nulls for name in (columns[:1] if of == "first" else columns))
