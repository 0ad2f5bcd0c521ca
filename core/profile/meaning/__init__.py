"""What the values of a column are: recognised on some rows of its head, then counted over all rows.

recognise(connection, landed, columns, task)    # columns with `meanings`
personal_columns(rows)                          # names of the columns of some rows that hold personal data, by these rows alone
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import duckdb
import pyarrow as pa
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, Meaning
from core.models.source import Landed
from core.models.types import Family, family
from core.profile.meaning.kinds import KINDS, MISCHECKED, Kind
from core.task import Task
from core.words import Msg, msg, percent

__all__ = ["KINDS", "label", "personal_columns", "recognise"]

HEAD = 2_000
"""Rows of the head that are looked at."""

GLANCE, LOOK = 12, 300
"""Different values of a column that every kind is tried on, and that those are tried on which half of the first pass."""

CHANCE = 1e-6
"""A kind is taken when so many different values would pass by luck with less than this chance, or when the column is named so."""

FEWEST = 3
"""Different values from which values alone, without a name, are trusted."""

BATCH = 50_000

_ARROW: tuple[tuple[Family, Callable[[pa.DataType], bool]], ...] = (
    ("text", lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind)),
    ("integer", pa.types.is_integer),
    ("date", lambda kind: pa.types.is_date(kind) or pa.types.is_timestamp(kind)),
)
"""Families of the rows that no profile was taken of."""


def recognise(
    connection: duckdb.DuckDBPyConnection, landed: Landed, columns: tuple[ColumnProfile, ...], task: Task
) -> tuple[ColumnProfile, ...]:
    """The columns with what their values mean, `passed` counted over all rows."""
    known = {name for kind in KINDS for name in kind.families}
    open_ones = [one for one in columns if family(one.type) in known and one.distinct]
    values = _values(connection, landed, open_ones) if open_ones else {}
    found: dict[str, tuple[Meaning, ...]] = {}
    for column in open_ones:
        task.check()
        for kind in _kinds(column.name, family(column.type), values[column.name]):
            if meanings := _counted(connection, landed, column, kind, task):
                found[column.name] = meanings
                break
    return tuple(replace(one, meanings=found[one.name]) if found.get(one.name) else one for one in columns)


def personal_columns(rows: pa.Table) -> frozenset[str]:
    """Columns of some rows whose values look personal: for rows that no profile was taken of."""
    found = set()
    for field, column in zip(rows.schema, rows.columns, strict=True):
        kind = next((name for name, is_so in _ARROW if is_so(field.type)), None)
        if kind is None:
            continue
        values = [str(value) for value in column.slice(0, LOOK).to_pylist() if value not in (None, "")]
        if any(one.personal for one in _kinds(field.name, kind, list(dict.fromkeys(values)))):
            found.add(field.name)
    return frozenset(found)


def _values(connection, landed: Landed, columns: Sequence[ColumnProfile]) -> dict[str, list[str]]:
    """Different filled values of each column as text, of the head, or of its first filled rows where the head holds none."""
    head = exp.select(*(_text(one) for one in columns)).from_(duck.parquet(landed.files)).limit(HEAD)
    table = duck.fetch(connection, head)
    found = {}
    for number, one in enumerate(columns):
        values = [value for value in table.column(number).unique().to_pylist() if value]
        found[one.name] = (values or _first_filled(connection, landed, one))[:LOOK]
    return found


def _first_filled(connection, landed: Landed, column: ColumnProfile) -> list[str]:
    value = duck.column(column.name)
    filled = exp.Not(this=exp.Is(this=value, expression=exp.null()))
    query = exp.select(_text(column)).from_(duck.parquet(landed.files)).where(filled).limit(LOOK)
    return list(dict.fromkeys(value for (value,) in connection.execute(duck.sql(query)).fetchall() if value))


def _text(column: ColumnProfile) -> exp.Expression:
    return exp.alias_(exp.cast(duck.column(column.name), "VARCHAR", dialect="duckdb"), column.name, quoted=True)


def _kinds(column: str, kind_of_type: Family, values: Sequence[str]) -> list[Kind]:
    """The kinds to count, one after the other until one is confirmed: a column that is half addresses is no column of addresses, and

    still personal; so is one of made-up or mistyped card numbers that is named so.
    """
    found = (_best(column, kind_of_type, values), _mischecked(column, kind_of_type, values), _sparse(kind_of_type, values))
    return [kind for kind in dict.fromkeys(found) if kind is not None]


def _best(column: str, kind_of_type: Family, values: Sequence[str]) -> Kind | None:
    """The kind that these values are most likely of; a kind the column is named after before one it is not."""
    kinds = [kind for kind in KINDS if kind_of_type in kind.families and not kind.sparse]
    glance = values[:GLANCE]
    likely = [kind for kind in kinds if glance and 2 * sum(map(kind.passes, glance)) >= len(glance)]
    fitting = [kind for kind in likely if _fits(kind, column, values)]
    return min(fitting, key=lambda kind: not kind.is_named(column), default=None)


def _mischecked(column: str, kind_of_type: Family, values: Sequence[str]) -> Kind | None:
    """A personal kind that the column is named after and whose shape the values have, whatever their check digits say."""
    kinds = (one for one in KINDS if one.personal and one.check is not None and kind_of_type in one.families)
    shaped = (one for one in kinds if one.is_named(column) and values and _shaped(one, values) >= one.least * len(values))
    return next((replace(one, least=0.0, because=MISCHECKED) for one in shaped), None)


def _shaped(kind: Kind, values: Sequence[str]) -> int:
    return sum(kind.fits.fullmatch(value) is not None for value in values)


def _sparse(kind_of_type: Family, values: Sequence[str]) -> Kind | None:
    """A kind of which one value among others is enough."""
    sparse = (kind for kind in KINDS if kind.sparse and kind_of_type in kind.families)
    return next((kind for kind in sparse if any(map(kind.passes, values))), None)


def _fits(kind: Kind, column: str, values: Sequence[str]) -> bool:
    named = kind.is_named(column)
    if kind.named and not named:
        return False
    passed = sum(map(kind.passes, values))
    if passed < kind.least * len(values):
        return False
    return named or (len(values) >= FEWEST and kind.luck**passed < CHANCE)


def _counted(connection, landed: Landed, column: ColumnProfile, kind: Kind, task: Task) -> tuple[Meaning, ...]:
    """The meaning with its rows counted over the whole column; none where the rest of it is not like its head."""
    filled = column.rows - column.nulls
    passed = (
        _matching(connection, landed, column, kind) if kind.check is None else _passing(connection, landed, column, kind, task)
    )
    share = passed / filled if filled else 0.0
    if share < kind.least:
        return ()
    return (Meaning(kind.name, share, passed, kind.personal, tuple(_evidence(kind, column, share))),)


def _evidence(kind: Kind, column: ColumnProfile, share: float):
    yield msg("{share} of the filled rows look so", share=percent(share))
    if kind.because is not None:
        yield kind.because
    if kind.is_named(column.name):
        yield msg("The column is named so")


def matches(column: str, kind: Kind) -> exp.Expression:
    """Whether a value has the shape of a kind, as SQL."""
    text = exp.cast(duck.column(column), "VARCHAR", dialect="duckdb")
    return duck.call("regexp_full_match", text, exp.Literal.string(kind.pattern))


def _matching(connection, landed: Landed, column: ColumnProfile, kind: Kind) -> int:
    query = exp.select(duck.call("count_if", matches(column.name, kind))).from_(duck.parquet(landed.files))
    return connection.execute(duck.sql(query)).fetchall()[0][0]


def _passing(connection, landed: Landed, column: ColumnProfile, kind: Kind, task: Task) -> int:
    """Rows that pass, value by value: what is checked digit by digit is no regular expression."""
    text = exp.cast(duck.column(column.name), "VARCHAR", dialect="duckdb")
    there = exp.Not(this=exp.Is(this=duck.column(column.name), expression=exp.null()))
    query = exp.select(exp.alias_(text, "v"), exp.alias_(exp.Count(this=exp.Star()), "n")).from_(duck.parquet(landed.files))
    passed = 0
    for batch in connection.sql(duck.sql(query.where(there).group_by(exp.Literal.number(1)))).to_arrow_reader(BATCH):
        task.check()
        values, counts = batch.column(0).to_pylist(), batch.column(1).to_pylist()
        passed += sum(count for value, count in zip(values, counts, strict=True) if kind.passes(value))
    return passed


def label(kind: str) -> Msg:
    """What a kind is called."""
    return next(one.label for one in KINDS if one.name == kind)
