"""Functional dependencies: columns that are decided by another one, and so may be a table of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any, Protocol

import numpy as np
from sqlglot import exp

from core.models.profile import ColumnProfile, Dependency
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

ZERO, ONE = exp.Literal.number(0), exp.Literal.number(1)

_DECIDES = ("integer", "text", "uuid")
_DECIDED = (*_DECIDES, "decimal", "float", "boolean", "date", "timestamp")


class Rows(Protocol):
    """The rows of one table, here or on a server, and how they are asked."""

    def head(self, columns: Sequence[ColumnProfile], most: int) -> np.ndarray:
        """Columns x rows of the places that values have among the different ones of their column, null among them: of the first rows."""
        ...

    def all(self) -> exp.Expression:
        """What to select from."""
        ...

    def value(self, column: ColumnProfile) -> exp.Expression:
        """A column as it is grouped and compared."""
        ...

    def ask(self, query: exp.Select) -> list[tuple[Any, ...]]:
        """A small result."""
        ...

    def said(self, query: exp.Select) -> str:
        """The query as a reader can run it."""
        ...


def find(rows: Rows, columns: Sequence[ColumnProfile], task: Task) -> tuple[Dependency, ...]:
    """Dependencies of one column on another that hold on all rows, without those that follow from others.

    Of columns that decide each other the first stands for the rest. Times are no determinants: what a moment decides is part of it.
    """
    usable = sorted((one for one in columns if _usable(one)), key=lambda one: one.distinct)[:COLUMNS]
    pairs = [(one, other) for one, other in permutations(usable, 2) if _may_decide(one, other)]
    asked = {column.name for pair in pairs for column in pair}
    likely = _holding(rows, [one for one in usable if one.name in asked], pairs) if pairs else {}
    order = {column.name: place for place, column in enumerate(columns)}
    by_name = {column.name: column for column in columns}
    ranked = sorted(likely.items(), key=lambda item: (-len(item[1]), order[item[0]]))[:PROOFS]
    proven: dict[str, set[str]] = {}
    for determinant, dependents in ranked:
        task.check()
        if held := _proven(rows, by_name[determinant], [by_name[name] for name in dependents]):
            proven[determinant] = held
    reduced = _reduced(proven, order)
    return tuple(
        _dependency(rows, by_name[one], [by_name[name] for name in sorted(reduced[one], key=order.__getitem__)])
        for one in sorted(reduced, key=order.__getitem__)
    )


def _usable(column: ColumnProfile) -> bool:
    return family(column.type) in _DECIDED and column.distinct > 1 and not column.same_as and not column.unique


def _may_decide(one: ColumnProfile, other: ColumnProfile) -> bool:
    """Whether a dependency is possible by the numbers of values, of use, and hardly luck."""
    filled = one.rows - one.nulls
    if family(one.type) not in _DECIDES or other.distinct > one.distinct + one.nulls or filled < REPEATS * one.distinct:
        return False
    most = other.top[0].count / other.rows if other.top and other.rows else 0.0
    return (filled - one.distinct) * (1 - most) >= CLASHES


def _holding(rows: Rows, columns: Sequence[ColumnProfile], pairs) -> dict[str, list[str]]:
    """Determinant → columns that it decides in the head, where that says something: of a large table whose head repeats too few of

    its values nothing is said. Nulls are a value here as any other, but for those of a determinant.
    """
    codes = {one.name: code.astype(np.int64) for one, code in zip(columns, rows.head(columns, HEAD), strict=True)}
    counts = {name: len(np.unique(code)) for name, code in codes.items()}
    found: dict[str, list[str]] = {}
    for one, other in pairs:
        told = (len(codes[one.name]) - counts[one.name]) * (1 - _most(codes[other.name]))
        if told < CLASHES and one.rows > SMALL:
            continue
        together = np.unique(codes[one.name] * (counts[other.name] + 1) + codes[other.name])
        several = np.unique(together // (counts[other.name] + 1), return_counts=True)[1] > 1
        if several.sum() <= (one.nulls > 0):  # nothing decides nothing: the one value that goes with several may be the null
            found.setdefault(one.name, []).append(other.name)
    return found


def _most(code: np.ndarray) -> float:
    """The share of the most frequent value."""
    return float(np.bincount(code - code.min()).max() / len(code))


def _proven(rows: Rows, determinant: ColumnProfile, dependents: Sequence[ColumnProfile]) -> set[str]:
    """Those of the dependents that have one value, or none at all, for each value of the determinant: one pass over all rows."""
    broken = {
        f"h{place}": exp.Case().when(_single(rows.value(one)), ZERO.copy()).else_(ONE.copy())
        for place, one in enumerate(dependents)
    }
    value = rows.value(determinant)
    groups = exp.select(*(exp.alias_(one, name) for name, one in broken.items())).from_(rows.all())
    groups = groups.where(_there(value)).group_by(value.copy()).subquery("groups")
    (answers,) = rows.ask(exp.select(*(exp.Sum(this=exp.column(name)) for name in broken)).from_(groups))
    return {one.name for one, count in zip(dependents, answers, strict=True) if count == 0}


def _single(value: exp.Expression) -> exp.Expression:
    """Whether a group of rows holds one value, in every row or in none."""
    filled = exp.Count(this=value)
    whole = exp.EQ(this=filled.copy(), expression=exp.Count(this=exp.Star()))
    same = exp.EQ(this=exp.Min(this=value.copy()), expression=exp.Max(this=value.copy()))
    return exp.or_(exp.EQ(this=filled, expression=ZERO.copy()), exp.and_(whole, same))


def _there(value: exp.Expression) -> exp.Expression:
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.null()))


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


def _dependency(rows: Rows, determinant: ColumnProfile, dependents: Sequence[ColumnProfile]) -> Dependency:
    evidence = (
        msg(
            "Each of {n} values of {column} goes with one value of each of these, in all {rows} rows",
            n=determinant.distinct,
            column=determinant.name,
            rows=determinant.rows - determinant.nulls,
        ),
        msg("A table of its own would hold them once in place of {times} times on average", times=_times(determinant)),
    )
    names = tuple(one.name for one in dependents)
    return Dependency((determinant.name,), names, evidence, rows.said(_breaking(rows, determinant, dependents)))


def _times(column: ColumnProfile) -> str:
    return f"{(column.rows - column.nulls) / column.distinct:.3g}"


def _breaking(rows: Rows, determinant: ColumnProfile, dependents: Sequence[ColumnProfile]) -> exp.Select:
    """The determinant's values that go with several values of a dependent: no rows where the dependency holds."""
    value = rows.value(determinant)
    broken = exp.or_(*(exp.Not(this=exp.paren(_single(rows.value(one)))) for one in dependents))
    query = exp.select(exp.alias_(value, determinant.name, quoted=True), exp.alias_(exp.Count(this=exp.Star()), "rows"))
    return query.from_(rows.all()).where(_there(value)).group_by(value.copy()).having(broken)
