"""Functional dependencies: columns that are decided by another one, and so may be a table of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import duckdb
import numpy as np
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, Dependency
from core.models.source import Landed
from core.models.types import family
from core.task import Task
from core.words import msg

HEAD = 5_000
"""Rows in which a dependency must hold before it is counted over all rows."""

SMALL = 200_000
"""Rows up to which a dependency that the head says too little of is counted over all rows all the same."""

COLUMNS = 40
"""Columns that are looked at, those with the fewest different values first."""

PROOFS = 8
"""Determinants of one table that are counted over all rows, those with the most dependents first."""

REPEATS = 2.0
"""Rows for each value of a determinant, on average at least: else a table of its own would save nothing."""

CLASHES = 10.0
"""Rows that would break a dependency at least, were the two columns independent: fewer may be luck (an assumption)."""

_DECIDES = ("integer", "text", "uuid")
_DECIDED = (*_DECIDES, "decimal", "boolean", "date", "timestamp")


def find(
    connection: duckdb.DuckDBPyConnection, landed: Landed, columns: Sequence[ColumnProfile], task: Task
) -> tuple[Dependency, ...]:
    """Dependencies of one column on another that hold on all rows, without those that follow from others.

    Of columns that decide each other the first stands for the rest. Times are no determinants: what a moment decides is part of it.
    """
    usable = sorted((one for one in columns if _usable(one)), key=lambda one: one.distinct)[:COLUMNS]
    pairs = [(one, other) for one, other in permutations(usable, 2) if _may_decide(one, other)]
    likely = _holding(connection, landed, usable, pairs) if pairs else {}
    order = {column.name: place for place, column in enumerate(columns)}
    ranked = sorted(likely.items(), key=lambda item: (-len(item[1]), order[item[0]]))[:PROOFS]
    proven: dict[str, set[str]] = {}
    for determinant, dependents in ranked:
        task.check()
        if held := _proven(connection, landed, determinant, dependents):
            proven[determinant] = held
    by_name = {column.name: column for column in columns}
    reduced = _reduced(proven, order)
    return tuple(
        _dependency(landed, by_name[one], sorted(reduced[one], key=order.__getitem__))
        for one in sorted(reduced, key=order.__getitem__)
    )


def _usable(column: ColumnProfile) -> bool:
    return family(column.type) in _DECIDED and column.distinct > 1 and not column.same_as and not column.unique


def _may_decide(one: ColumnProfile, other: ColumnProfile) -> bool:
    """Whether a dependency is possible by the numbers of values, of use, and hardly luck."""
    filled = one.rows - one.nulls
    if family(one.type) not in _DECIDES or other.distinct > one.distinct or filled < REPEATS * one.distinct:
        return False
    most = other.top[0].count / other.rows if other.top and other.rows else 0.0
    return (filled - one.distinct) * (1 - most) >= CLASHES


def _holding(connection, landed: Landed, columns: Sequence[ColumnProfile], pairs) -> dict[str, list[str]]:
    """Determinant → columns that it decides in the head, where that says something: of a large table whose head repeats too few of

    its values nothing is said. Nulls are a value here as any other.
    """
    head = exp.select(*(duck.column(one.name) for one in columns)).from_(duck.parquet(landed.files)).limit(HEAD)
    table = duck.fetch(connection, head)
    codes = {}
    for number, one in enumerate(columns):
        indices = table.column(number).combine_chunks().dictionary_encode("encode").indices
        # The buffer is read as it is: `to_numpy` would import pandas.
        codes[one.name] = np.frombuffer(indices.buffers()[1], np.int32)[indices.offset :][: len(indices)].astype(np.int64)
    counts = {name: len(np.unique(code)) for name, code in codes.items()}
    found: dict[str, list[str]] = {}
    for one, other in pairs:
        told = (table.num_rows - counts[one.name]) * (1 - _most(codes[other.name]))
        if told < CLASHES and landed.rows > SMALL:
            continue
        together = codes[one.name] * (counts[other.name] + 1) + codes[other.name]
        if len(np.unique(together)) == counts[one.name]:
            found.setdefault(one.name, []).append(other.name)
    return found


def _most(code: np.ndarray) -> float:
    """The share of the most frequent value."""
    return float(np.bincount(code - code.min()).max() / len(code))


def _proven(connection, landed: Landed, determinant: str, dependents: Sequence[str]) -> set[str]:
    """Those of the dependents that have one value, or none at all, for each value of the determinant: one pass over all rows."""
    held = [_single(duck.column(name)) for name in dependents]
    groups = exp.select(*(exp.alias_(one, f"h{place}") for place, one in enumerate(held))).from_(duck.parquet(landed.files))
    groups = groups.where(_there(determinant)).group_by(duck.column(determinant)).subquery("groups")
    asked = exp.select(*(duck.call("bool_and", exp.column(f"h{place}")) for place in range(len(held)))).from_(groups)
    answers = connection.execute(duck.sql(asked)).fetchall()[0]
    return {name for name, holds in zip(dependents, answers, strict=True) if holds}


def _single(value: exp.Expression) -> exp.Expression:
    """Whether a group of rows holds one value, in every row or in none."""
    same = exp.NullSafeEQ(this=exp.Min(this=value), expression=exp.Max(this=value.copy()))
    filled = exp.Count(this=value.copy())
    whole = exp.In(this=filled, expressions=[exp.Literal.number(0), exp.Count(this=exp.Star())])
    return exp.and_(same, whole)


def _there(column: str) -> exp.Expression:
    return exp.Not(this=exp.Is(this=duck.column(column), expression=exp.null()))


def _reduced(proven: dict[str, set[str]], order: dict[str, int]) -> dict[str, set[str]]:
    """Without what follows: of columns that decide each other the first is kept, and A → C goes where A → B → C."""
    leader = {}
    for one in sorted(proven, key=order.__getitem__):
        leader[one] = next((first for first in leader.values() if one in proven.get(first, ()) and first in proven[one]), one)
    kept = {}
    for one, dependents in proven.items():
        if leader[one] != one:
            continue
        between = {leader[other] for other in dependents if other in proven and leader[other] != one}
        follows = {name for other in between for name in proven[other]}
        twins = {name for name in dependents if leader.get(name) == one}
        if left := (dependents - follows) | twins:
            kept[one] = left
    return kept


def _dependency(landed: Landed, determinant: ColumnProfile, dependents: Sequence[str]) -> Dependency:
    evidence = (
        msg(
            "Each of {n} values of {column} goes with one value of each of these, in all {rows} rows",
            n=determinant.distinct,
            column=determinant.name,
            rows=determinant.rows - determinant.nulls,
        ),
        msg("A table of its own would hold them once in place of {times} times on average", times=_times(determinant)),
    )
    return Dependency((determinant.name,), tuple(dependents), evidence, _breaking(landed, determinant.name, dependents))


def _times(column: ColumnProfile) -> str:
    return f"{(column.rows - column.nulls) / column.distinct:.3g}"


def _breaking(landed: Landed, determinant: str, dependents: Sequence[str]) -> str:
    """The SQL of the determinant's values that go with several values of a dependent: no rows where the dependency holds."""
    broken = exp.or_(*(exp.Not(this=exp.paren(_single(duck.column(name)))) for name in dependents))
    query = exp.select(duck.column(determinant), exp.alias_(exp.Count(this=exp.Star()), "rows"))
    query = query.from_(duck.parquet(landed.files)).where(_there(determinant)).group_by(duck.column(determinant)).having(broken)
    return query.sql(dialect="duckdb", pretty=True)
