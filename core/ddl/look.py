"""What a dialect must know of the values and the profile does not say: asked of all rows, where their files are there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlglot import exp

from core.ddl.kinds import plain_list
from core.engines import duck
from core.models.design import Keep
from core.models.profile import ColumnProfile, Profile, TableProfile
from core.models.types import family
from core.task import Task
from core.words import msg

BLOCK = 10_000
"""Rows of a stretch of the file when it is judged whether times arrive in order: about what 128 pages of PostgreSQL hold,

the default `pages_per_range` of a BRIN index, at 100 bytes a row.
"""

DOCUMENTS = 20_000
"""JSON values of a column that are read to see what must be kept of them."""

Place = tuple[str, str]
"""A table and a column of it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`fraction`: digits of a second that are used (0, 3, 6 or 9). `spread`: the mean share of the whole range of times that
    a stretch of `BLOCK` rows covers, 0 when they arrive in order. `keep`: what must be kept of JSON. `holes`: whether any element
    of a list is null."""

    fraction: dict[Place, int] = field(default_factory=dict)
    spread: dict[Place, float] = field(default_factory=dict)
    keep: dict[Place, Keep] = field(default_factory=dict)
    holes: dict[Place, bool] = field(default_factory=dict)


def look(connection: duckdb.DuckDBPyConnection, profile: Profile, task: Task) -> Facts:
    """Read the columns in question. Tables without files (a profile from elsewhere) leave no facts."""
    facts, files = Facts(), dict(profile.files)
    for number, table in enumerate(profile.tables):
        task.at(number / len(profile.tables), msg("Looking at the values of {table}", table=table.name))
        if files.get(table.name) and table.rows:
            rows = duck.parquet(files[table.name])
            _fractions(connection, table, rows, facts)
            _spread(connection, table, rows, facts)
            _documents(connection, table, rows, facts)
            _holes(connection, table, rows, facts)
    return facts


def _row(connection: duckdb.DuckDBPyConnection, query: exp.Expression) -> Sequence[Any]:
    return connection.execute(duck.sql(query)).fetchall()[0]


def _fractions(connection: duckdb.DuckDBPyConnection, table: TableProfile, rows: exp.Expression, facts: Facts) -> None:
    timed = [column for column in table.columns if _has_fraction(column)]
    if not timed:
        return
    found = _row(connection, exp.select(*(_digits(column) for column in timed)).from_(rows))
    facts.fraction.update({(table.name, column.name): int(digits or 0) for column, digits in zip(timed, found)})


def _has_fraction(column: ColumnProfile) -> bool:
    return column.type in ("TIME", "TIME_NS") or family(column.type) == "timestamp"


def _digits(column: ColumnProfile) -> exp.Expression:
    """The most digits after the second that any value needs. Infinite times have no fraction and are NULL here."""
    fine = column.type in ("TIMESTAMP_NS", "TIME_NS")
    ticks = exp.func("epoch_ns" if fine else "epoch_us", duck.column(column.name), dialect="duckdb")
    steps = ((1_000, 9), (1_000_000, 6), (1_000_000_000, 3)) if fine else ((1_000, 6), (1_000_000, 3))
    case = exp.Case()
    for step, digits in steps:
        rest = exp.Mod(this=ticks.copy(), expression=exp.Literal.number(step))
        case = case.when(rest.neq(0), exp.Literal.number(digits))
    return exp.Max(this=case.else_(exp.Literal.number(0)))


def _spread(connection: duckdb.DuckDBPyConnection, table: TableProfile, rows: exp.Expression, facts: Facts) -> None:
    """How much of the whole time a stretch of rows covers: what decides whether a BRIN index can leave any out."""
    if not table.time_column or table.rows < 2 * BLOCK:
        return
    moment = exp.func("epoch", duck.column(table.time_column), dialect="duckdb")
    number = exp.Window(this=exp.func("row_number"))
    block = exp.Anonymous(this="divide", expressions=[number, exp.Literal.number(BLOCK)])
    numbered = exp.select(exp.alias_(moment, "t"), exp.alias_(block, "b")).from_(rows.copy()).subquery("n")
    low, high = exp.Min(this=exp.column("t")), exp.Max(this=exp.column("t"))
    edges = exp.select(exp.alias_(low, "low"), exp.alias_(high, "high")).from_(numbered).group_by(exp.column("b"))
    width = exp.Avg(this=exp.column("high") - exp.column("low"))
    whole = exp.Max(this=exp.column("high")) - exp.Min(this=exp.column("low"))
    mean, total = _row(connection, exp.select(width, whole).from_(edges.subquery("e")))
    if total:
        facts.spread[table.name, table.time_column] = float(mean) / float(total)


def _documents(connection: duckdb.DuckDBPyConnection, table: TableProfile, rows: exp.Expression, facts: Facts) -> None:
    for column in table.columns:
        if family(column.type) not in ("json", "nested"):
            continue
        text = exp.cast(exp.func("to_json", duck.column(column.name), dialect="duckdb"), "VARCHAR")
        filled = exp.not_(duck.column(column.name).is_(exp.null()))
        query = exp.select(text).from_(rows.copy()).where(filled).limit(DOCUMENTS)
        values = connection.execute(duck.sql(query)).fetchall()
        facts.keep[table.name, column.name] = max((kept(value) for (value,) in values), key=_ORDER.index, default="value")


def _holes(connection: duckdb.DuckDBPyConnection, table: TableProfile, rows: exp.Expression, facts: Facts) -> None:
    lists = [column for column in table.columns if plain_list(column.type)]
    if not lists:
        return
    # list_count leaves nulls out, len does not
    pairs = [[exp.Anonymous(this=name, expressions=[duck.column(one.name)]) for name in ("len", "list_count")] for one in lists]
    found = _row(
        connection, exp.select(*(exp.LogicalOr(this=exp.NEQ(this=all_, expression=filled)) for all_, filled in pairs)).from_(rows)
    )
    facts.holes.update({(table.name, column.name): bool(hole) for column, hole in zip(lists, found)})


_ORDER: tuple[Keep, ...] = ("value", "text", "raw")


def kept(document: str) -> Keep:
    """What must be kept of one JSON text so that nothing of it is lost."""
    lossy = False

    def pairs(found: list[tuple[str, Any]]) -> None:
        nonlocal lossy
        lossy = lossy or len({key for key, _ in found}) < len(found)

    def not_json(text: str) -> None:
        raise ValueError(text)

    try:
        json.loads(document, object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=not_json)
    except ValueError:
        return "raw"
    # jsonb refuses the character 0 and half a surrogate pair; json keeps the escapes as they were written.
    return "text" if lossy or "\\u0000" in document or _half_pair(document) else "value"


def _half_pair(document: str) -> bool:
    if "\\ud" not in document.lower():
        return False
    try:
        json.dumps(json.loads(document), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
