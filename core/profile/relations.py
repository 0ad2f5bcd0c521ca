"""Foreign keys: columns whose values lie in a key of another table, weighed by what else speaks for it.

Inclusion is counted over all rows, but proves little alone: a month fits into every table numbered from 1. So a confidence
weighs it with the names, the share of the key that is used, and how the ranges lie; one reference is kept for each set of
columns. The weights were set on TPC-H and nycflights13 (see the golden tests), with and without their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import prod
from typing import Any, Protocol

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.names import likeness, own_words
from core.models.profile import ColumnProfile, ForeignKey, TableProfile
from core.models.types import family
from core.profile.compared import AS_TEXTS, SAME, bridge
from core.profile.named import measures, names_own_row
from core.task import Task
from core.words import Msg, msg, percent, plural

SURE = 0.5
"""The confidence from which a foreign key is reported."""

LEAST, LEAST_NAMED = 0.9, 0.5
"""The share of rows and of values that must be found in the key: less where names, or a key that is all used, speak for it."""

NAMED = 0.7
"""The likeness from which names speak for a relation by themselves."""

SMALL_KEY = 50
"""Values of a key of numbers below which a column that is not named after it must not refer to it where others are: ratings and

months fit into every small table.
"""

DATE_PARTS = ("year", "month", "quarter", "weekday")
"""Kinds of keys that only a column named after them refers to."""

LUCK = 1e-6
"""The chance below which it is no luck that all combinations of several columns are found in a key."""

ROWS_EARLIER = 20
"""Rows from which "each refers to an earlier one" says that a table refers to itself, whatever its columns are called (an assumption)."""

TRIED = 200
"""Pairs of columns and keys that are counted at most, the likeliest first."""


class Tables(Protocol):
    """The rows of tables that lie in one place, here or on a server, and how they are asked."""

    def rows_of(self, table: str) -> exp.Expression:
        """What to select from."""
        ...

    def value(self, column: ColumnProfile) -> exp.Expression:
        """A column as it is compared with others."""
        ...

    def ask(self, query: exp.Select) -> list[tuple[Any, ...]]:
        """A small result."""
        ...

    def said(self, query: exp.Select) -> str:
        """The query as a reader can run it."""
        ...


@dataclass(frozen=True, slots=True)
class OfFiles:
    """Tables that are landed: the Parquet files of each by its name."""

    connection: duckdb.DuckDBPyConnection
    files: Mapping[str, tuple[str, ...]]

    def rows_of(self, table: str) -> exp.Expression:
        return duck.parquet(self.files[table])

    def value(self, column: ColumnProfile) -> exp.Expression:
        return duck.column(column.name)

    def ask(self, query: exp.Select) -> list[tuple[Any, ...]]:
        return self.connection.execute(duck.sql(query)).fetchall()

    def said(self, query: exp.Select) -> str:
        return query.sql(dialect="duckdb", pretty=True)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Columns that may refer to a key, and how alike their names are (0 to 1)."""

    child: TableProfile
    columns: tuple[ColumnProfile, ...]
    parent: TableProfile
    key: tuple[ColumnProfile, ...]
    named: float

    @property
    def to_itself(self) -> bool:
        return self.child.name == self.parent.name


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted over all rows: child rows without nulls, those found in the key, different values, those found."""

    rows: int
    found: int
    values: int
    values_found: int


def find(place: Tables, tables: Sequence[TableProfile], task: Task) -> tuple[ForeignKey, ...]:
    """The foreign keys between tables, the surest first."""
    tried = sorted(_candidates(tables), key=lambda candidate: (-candidate.named, -_promise(candidate)))[:TRIED]
    found: list[ForeignKey] = []
    for number, candidate in enumerate(tried):
        task.at(number / len(tried), msg("Looking for relations of {table}", table=candidate.child.name))
        counts = _count(place, candidate)
        if not counts.rows or (candidate.to_itself and not candidate.named and not _earlier(place, candidate)):
            continue
        if (confidence := _confidence(candidate, counts)) >= SURE:
            found.append(_foreign_key(place, candidate, counts, confidence))
    return _kept([relation for relation in found if not _small(relation, found, tables)])


def _small(relation: ForeignKey, others: Sequence[ForeignKey], tables: Sequence[TableProfile]) -> bool:
    """Whether a relation without a name to a small key of numbers is one too many: others bear the key's name."""
    parent = next(table for table in tables if table.name == relation.references)
    child = next(table for table in tables if table.name == relation.table)
    if len(relation.columns) > 1 or parent.rows >= SMALL_KEY or family(parent.column(relation.ref_columns[0]).type) != "integer":
        return False

    def named(one: ForeignKey) -> bool:
        table = next(table for table in tables if table.name == one.table)
        key = parent.column(relation.ref_columns[0])
        return len(one.columns) == 1 and _named(table, table.column(one.columns[0]), parent, key) >= NAMED

    to_it = [one for one in others if (one.references, one.ref_columns) == (relation.references, relation.ref_columns)]
    return child.name != parent.name and not named(relation) and any(named(one) for one in to_it)


def _earlier(place: Tables, candidate: Candidate) -> bool:
    """Whether each row refers to a row with a smaller key: trees grow so, and numbers that only fit do not."""
    mine, key = place.value(candidate.columns[0]), place.value(candidate.key[0])
    smaller = _sum_where(exp.LT(this=mine, expression=key), exp.Literal.number(1))
    asked = exp.select(exp.Count(this=mine.copy()), smaller).from_(place.rows_of(candidate.child.name))
    ((filled, earlier),) = place.ask(asked)
    return filled >= ROWS_EARLIER and earlier == filled


def _candidates(tables: Sequence[TableProfile]) -> Iterator[Candidate]:
    for parent in tables:
        for key in parent.keys:
            columns = tuple(parent.column(name) for name in key.columns)
            for child in tables:
                if not child.rows:
                    continue
                if child.name == parent.name:
                    if len(columns) == 1:
                        yield from _to_itself(child, columns[0])
                    continue
                yield from _single(child, parent, columns[0]) if len(columns) == 1 else _several(child, parent, columns)


def _single(child: TableProfile, parent: TableProfile, key: ColumnProfile) -> Iterator[Candidate]:
    for column in child.columns:
        named = _named(child, column, parent, key)
        if _fits(column, key) and (
            named >= NAMED or (_speaks(column, key) and not _measures(column) and not _part_of_a_date(key))
        ):
            yield Candidate(child, (column,), parent, (key,), named)


def _part_of_a_date(key: ColumnProfile) -> bool:
    """Whether a key is of months or days of the week: every small number fits into it."""
    return key.meaning is not None and key.meaning.kind in DATE_PARTS


def _measures(column: ColumnProfile) -> bool:
    """Whether a column of numbers says by its name that it counts or measures."""
    return family(column.type) != "text" and measures(column.name)


def _to_itself(table: TableProfile, key: ColumnProfile) -> Iterator[Candidate]:
    """Columns that may name another row of their own table: a parent, a manager."""
    for column in table.columns:
        if column.name == key.name or column.unique or column.distinct < 2 or not _fits(column, key):
            continue
        named = 0.8 if names_own_row(column.name) else 0.0
        if named or (family(key.type) == "integer" and column.nulls and _span(column, key)):
            yield Candidate(table, (column,), table, (key,), named)


def _several(child: TableProfile, parent: TableProfile, key: tuple[ColumnProfile, ...]) -> Iterator[Candidate]:
    """Composite keys: by name where each part has its like, else by range where few columns fit."""
    options = [[column for column in child.columns if _fits(column, part)] for part in key]
    chosen: list[tuple[ColumnProfile, float]] = []
    for part, columns in zip(key, options):
        ranked = sorted(columns, key=lambda column: -_named(child, column, parent, part))
        if ranked and _named(child, ranked[0], parent, part) >= NAMED:
            chosen.append((ranked[0], _named(child, ranked[0], parent, part)))
    if len(chosen) == len(key) and len({column.name for column, _ in chosen}) == len(key):
        yield Candidate(child, tuple(column for column, _ in chosen), parent, key, min(named for _, named in chosen))
        return
    wide = [[column for column in columns if _speaks(column, part)] for columns, part in zip(options, key)]
    shared = {column.name: column for columns in wide for column in columns}
    if len(shared) <= 6:
        for group in permutations(shared.values(), len(key)):
            if all(column in columns for column, columns in zip(group, wide)):
                yield Candidate(child, group, parent, key, 0.0)


def _named(child: TableProfile, column: ColumnProfile, parent: TableProfile, key: ColumnProfile) -> float:
    mine = own_words(column.name, [other.name for other in child.columns])
    theirs = own_words(key.name, [other.name for other in parent.columns])
    return likeness(mine, parent.name, theirs)


def _fits(column: ColumnProfile, key: ColumnProfile) -> bool:
    """Whether the types can be compared, there is a value, and the range overlaps: half of a number column's values may."""
    way = bridge(column, key)
    if way is None or column.nulls == column.rows:
        return False
    if column.low is None or key.low is None or column.high is None or key.high is None:
        return False
    if way is AS_TEXTS:
        return True  # numbers are in another order than their texts
    if family(key.type) in ("integer", "decimal"):
        return float(column.low) <= float(key.high) and float(column.high) >= float(key.low)
    return column.low <= key.high and column.high >= key.low


def _speaks(column: ColumnProfile, key: ColumnProfile) -> bool:
    """Whether values alone may show a relation: texts as long as the key's, or numbers inside its range that use much of it."""
    kind = family(column.type)
    if (way := bridge(column, key)) is None or way.named:
        return False
    least = LEAST_NAMED if kind in ("text", "uuid") else LEAST
    if column.distinct < 2 or least * column.distinct * (1 - column.distinct_error) > key.distinct * (1 + key.distinct_error):
        return False
    if kind == "uuid":
        return True
    if kind == "text":
        return _length(column.length_min) >= _length(key.length_min) and _length(column.length_max) <= _length(key.length_max)
    if kind in ("date", "timestamp"):
        return column.distinct > 20 and column.distinct >= 0.5 * key.distinct
    return key.distinct >= 3 and not column.unique and _span(column, key) >= 0.4 and float(column.low or 0) >= float(key.low or 0)


def _length(characters: int | None) -> int:
    return characters or 0


def _span(column: ColumnProfile, key: ColumnProfile) -> float:
    """The share of the key's range of numbers that the column spans; 0 where it leaves it, or where they are no numbers."""
    if not {family(column.type), family(key.type)} <= {"integer", "decimal", "float"}:
        return 0.0
    low, high, first, last = (float(text or 0) for text in (column.low, column.high, key.low, key.high))
    return (high - low) / (last - first) if first <= low and high <= last and last > first else 0.0


def _promise(candidate: Candidate) -> float:
    """How much of the key the columns could use: the order in which candidates without names are counted."""
    return sum(min(1.0, column.distinct / max(1, key.distinct)) for column, key in zip(candidate.columns, candidate.key))


def _joined(place: Tables, candidate: Candidate, *selected: exp.Expression) -> exp.Select:
    """Something of the different values of the child, with their rows as `n`; `hit` is 1 where one is found in the key.

    A join and not EXISTS, which some servers know only as a condition; it makes no row twice, as a key is unique. `hit` is null
    where nothing is found, or 0 as ClickHouse joins.
    """
    names = [f"k{number}" for number in range(len(candidate.key))]
    ways = [bridge(column, key) or SAME for column, key in zip(candidate.columns, candidate.key)]
    mine = [way.column(place.value(column)) for way, column in zip(ways, candidate.columns)]
    present = exp.and_(*(exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null())) for value in mine))
    rows = exp.alias_(exp.Count(this=exp.Star()), "n")
    child = exp.select(*(exp.alias_(value.copy(), name) for value, name in zip(mine, names)), rows)
    child = child.from_(place.rows_of(candidate.child.name)).where(present).group_by(*mine)
    parent = exp.select(
        *(exp.alias_(way.key(place.value(column)), name) for way, column, name in zip(ways, candidate.key, names)), "1 AS hit"
    )
    parent = parent.from_(place.rows_of(candidate.parent.name))
    same = exp.and_(*(exp.EQ(this=exp.column(name, "c"), expression=exp.column(name, "p")) for name in names))
    return exp.select(*selected).from_(child.subquery("c")).join(parent.subquery("p"), on=same, join_type="left")


HIT, ROWS = exp.column("hit", "p"), exp.column("n", "c")


def _sum_where(condition: exp.Expression, value: exp.Expression) -> exp.Expression:
    return exp.Sum(this=exp.Case(ifs=[exp.If(this=condition, true=value)], default=exp.Literal.number(0)))


def _count(place: Tables, candidate: Candidate) -> Counts:
    found = exp.EQ(this=HIT.copy(), expression=exp.Literal.number(1))
    asked = (
        exp.Sum(this=ROWS.copy()),
        _sum_where(found, ROWS.copy()),
        exp.Count(this=exp.Star()),
        _sum_where(found.copy(), exp.Literal.number(1)),
    )
    ((*counts,),) = place.ask(_joined(place, candidate, *asked))
    return Counts(*(int(value or 0) for value in counts))


def _orphans(place: Tables, candidate: Candidate) -> str:
    nothing = exp.Literal.number(0)
    total = exp.alias_(exp.Coalesce(this=exp.Sum(this=ROWS.copy()), expressions=[nothing]), "orphans")
    missing = exp.EQ(this=exp.Coalesce(this=HIT.copy(), expressions=[nothing.copy()]), expression=nothing.copy())
    return place.said(_joined(place, candidate, total).where(missing))


def _confidence(candidate: Candidate, counts: Counts) -> float:
    """From 0 to 1: the share of rows that are found, times the weight of what else speaks for a relation.

    Names, a kind of value that seldom meets by chance (texts, several columns at once), and how much of the key is used count
    as independent reasons: the weight is what is left when each has taken its share of the doubt.
    """
    included, values = counts.found / counts.rows, counts.values_found / counts.values
    used = counts.values_found / max(1, candidate.parent.rows)
    told = any(family(column.type) in ("text", "uuid") for column in (*candidate.columns, *candidate.key)) and not _bridged(
        candidate
    )
    least = LEAST_NAMED if candidate.named >= NAMED or (told and used >= LEAST) else LEAST
    if included < least or values < least:
        return 0.0
    spans = [_span(column, key) for column, key in zip(candidate.columns, candidate.key)]
    reach = 0.8 * min(spans) if min(column.distinct for column in candidate.columns) >= 50 else 0.0
    doubt = (1 - 0.9 * candidate.named) * (1 - 0.7 * max(min(1.0, used), reach))
    if candidate.to_itself:
        doubt *= 0.4  # by its name, or as each row refers to an earlier one
    if told and counts.values > 2:
        doubt *= 0.45
    if len(candidate.key) > 1 and counts.values_found == counts.values and _density(candidate) ** counts.values < LUCK:
        doubt = min(doubt, max(0.4 * doubt, 0.25))  # values alone never make it certain
    if candidate.named < NAMED and all(column.unique for column in candidate.columns):
        doubt = 0.6 + 0.4 * doubt  # two tables numbered from 1 look just like this
    return round(included * (1 - doubt), 4)


def _bridged(candidate: Candidate) -> list[Msg]:
    """What must be known of how the columns were compared, where their types differ."""
    ways = [bridge(column, key) for column, key in zip(candidate.columns, candidate.key)]
    return list(dict.fromkeys(way.said for way in ways if way is not None and way.said is not None))


def _density(candidate: Candidate) -> float:
    """The share of all combinations of the key's values that the key holds."""
    return min(1.0, candidate.parent.rows / prod(column.distinct for column in candidate.key))


def _kept(found: Sequence[ForeignKey]) -> tuple[ForeignKey, ...]:
    """One reference for each set of columns, and none both ways between the same keys: the surer one stays."""
    kept: list[ForeignKey] = []
    for candidate in sorted(found, key=lambda relation: -relation.confidence):
        same = any(other.table == candidate.table and set(other.columns) == set(candidate.columns) for other in kept)
        back = any(
            (other.table, other.references) == (candidate.references, candidate.table) and other.ref_columns == candidate.columns
            for other in kept
        )
        if not same and not back:
            kept.append(candidate)
    return tuple(kept)


def _foreign_key(place: Tables, candidate: Candidate, counts: Counts, confidence: float) -> ForeignKey:
    return ForeignKey(
        table=candidate.child.name,
        columns=tuple(column.name for column in candidate.columns),
        references=candidate.parent.name,
        ref_columns=tuple(column.name for column in candidate.key),
        confidence=confidence,
        included=counts.found / counts.rows,
        orphans=counts.rows - counts.found,
        evidence=_evidence(candidate, counts),
        query=_orphans(place, candidate),
    )


def _evidence(candidate: Candidate, counts: Counts) -> tuple[Msg, ...]:
    orphans, parent = counts.rows - counts.found, candidate.parent
    said = [msg("{share} of the filled rows are found in {table}", share=percent(counts.found / counts.rows), table=parent.name)]
    if orphans:
        said.append(plural("{n} row has no match", "{n} rows have no match", n=orphans))
    if candidate.to_itself:
        said.append(msg("The table refers to itself"))
    elif candidate.named >= NAMED:
        said.append(msg("The names match"))
    elif candidate.named:
        said.append(msg("The names are alike"))
    said += _bridged(candidate)
    used = percent(counts.values_found / max(1, parent.rows))
    said.append(msg("{share} of the keys of {table} are used", share=used, table=parent.name))
    return tuple(said)
