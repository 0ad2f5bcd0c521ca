"""What a kind of rule is, and the pieces that all kinds are built of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, Profile, TableProfile
from core.models.quality import Dimension, Rule
from core.words import Msg

NEARLY = 0.98
"""The share of rows from which what the others do is an exception and not another way (an assumption)."""

HEAD = 20_000
"""Rows in which a rule about several columns must nearly hold before it is counted."""

FEWEST = 20
"""Rows that must speak for a rule about several columns."""

MOMENTS = 8
"""Columns of moments of a table whose order is looked at."""

TIMES = "assay: times"
"""The column that is added to rows that come again: how many there are of one, or which one of several it is."""

Now = datetime | None
NOW: Now = None
"""The time when a query runs, by its own clock: for checks that run elsewhere."""

Rows = Callable[[str], exp.Expression]
"""What to select from for a table's name: its landed files, or the table itself where it lives elsewhere."""


@dataclass(frozen=True, slots=True)
class Given:
    """What rules are found in: a table of a profile, and the clock."""

    profile: Profile
    table: TableProfile
    now: datetime
    connection: duckdb.DuckDBPyConnection

    def rows(self, table: str = "") -> exp.Expression:
        """A table (this one by default) to select from."""
        return duck.parquet(dict(self.profile.files)[table or self.table.name])

    def rule(self, kind: str, *columns: str, value: str = "", values: tuple[str, ...] = ()) -> Rule:
        return Rule(self.table.name, kind, columns, value, values=values)


def nothing(_: Given) -> Iterator[Rule]:
    """For a kind that only a person can ask for."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule.

    `find` gives those of a table and `said` a rule in words. A row is asked by `breaks` (the condition of a row that breaks the rule, of the rule and
    the time now); where no single row can be asked, `rows` gives the rows that break it. `of` is what a rule is asked of: rows whose
    columns are `filled`, all `rows`, or `once` the whole table. One that is sought in a head is `proven`: it is dropped
    where it does not nearly hold over all rows either.
    """

    name: str
    dimension: Dimension
    said: Callable[[Rule], Msg]
    find: Callable[[Given], Iterator[Rule]] = nothing
    breaks: Callable[[Rule, Now], exp.Expression] | None = None
    rows: Callable[[Rule, Rows, Now], exp.Select] | None = None
    of: str = "filled"
    proven: bool = False


def value(rule: Rule, place: int = 0) -> exp.Column:
    """A column of a rule."""
    return duck.column(rule.columns[place])


def of(table: str, column: str) -> exp.Column:
    """A column of an aliased table."""
    return duck.column(column, table)


def null(expression: exp.Expression) -> exp.Expression:
    return exp.Is(this=expression, expression=exp.null())


def there(expression: exp.Expression) -> exp.Expression:
    return exp.Not(this=null(expression))


def number(written: object) -> exp.Expression:
    return exp.Literal.number(written)


def text(written: object) -> exp.Expression:
    return exp.Literal.string(written)


def moment(now: Now, days: float = 0.0) -> exp.Expression:
    """A moment so many days before now, in UTC and without a zone: a literal, or what a database says its clock shows."""
    if now is not NOW:
        return exp.cast(text((now - timedelta(days=days)).replace(tzinfo=None, microsecond=0).isoformat(" ")), "TIMESTAMP")
    clock = exp.AtTimeZone(this=exp.CurrentTimestamp(), zone=text("UTC"))
    if not days:
        return exp.paren(clock)
    return exp.paren(exp.Sub(this=clock, expression=exp.Interval(this=text(f"{round(days * 24)}"), unit=exp.Var(this="HOUR"))))


def aliased(rows: exp.Expression, alias: str) -> exp.Expression:
    """All of some rows under a name."""
    return exp.select("*").from_(rows).subquery(alias)


def filled(column: ColumnProfile) -> int:
    return column.rows - column.nulls


def files(profile: Profile) -> Rows:
    """The landed files of a profile's tables."""
    known: Mapping[str, tuple[str, ...]] = dict(profile.files)
    return lambda table: duck.parquet(known[table])
