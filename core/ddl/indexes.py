"""Indexes worth trying: one rule, one function. The proof keeps those that a planner uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from core.ddl.keys import KEYLESS
from core.ddl.look import Facts
from core.engines import duck
from core.models.design import Index, IndexKind
from core.models.profile import ColumnProfile, TableProfile
from core.models.types import family
from core.words import Msg, msg, percent, plural

SMALL = 1_000
"""Rows up to which a table lies in a few pages: no planner opens an index for so little, so only unique ones are made."""

GRANULES = 2 * 8_192
"""Rows from which there is a granule to skip: ClickHouse reads 8,192 rows or none (index_granularity)."""

NAMED_ROWS, NUMBERED_ROWS = 10, 1_000
"""Rows from which words, and whole numbers, that never repeat are taken for a rule of the data rather than for chance."""

NAME_LENGTH = 100
"""Longer texts are prose, of which no two are alike anyway."""

MANY = 1_000
"""Different values from which a lookup by one of them reads little enough."""

PROSE = 50
"""Mean characters from which a text is searched by its words; a sentence has 75 to 100 (Cutts, Oxford Guide to Plain English)."""

MOSTLY_NULL = 0.8
"""Share of nulls from which an index over the rest is a fifth of the size of one over all, or less."""

RARE = 0.05
"""Share of rows below which a value of a flag is worth an index of its own."""

SERIES_ROWS, SERIES_SPREAD = 1_000_000, 0.05
"""BRIN pays on large tables where a stretch of rows covers little of the whole time: here a twentieth at most."""

CATEGORIES = 100
"""Values that ClickHouse's `set(100)` keeps for a granule; a granule with more is never skipped."""

LONG_KEY = 500
"""Characters of a text from which PostgreSQL's B-tree, whose entries have at most 2,704 bytes, might refuse it (4 bytes each)."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the rules know of a table: `joined` are columns that rows are looked up by from another table, `referenced` those that

    other tables' foreign keys point to.
    """

    table: TableProfile
    primary_key: tuple[str, ...]
    order_by: tuple[str, ...]
    joined: tuple[tuple[str, ...], ...]
    referenced: tuple[tuple[str, ...], ...]
    facts: Facts

    def index(self, kind: IndexKind, columns: tuple[str, ...], because: Msg, where: str = "") -> Index:
        return Index("_".join((self.table.name, *columns, _SUFFIX[kind])), kind, columns, because, where)

    @property
    def large(self) -> tuple[ColumnProfile, ...]:
        """The columns, or none where the table is small."""
        return self.table.columns if self.table.rows > SMALL else ()

    @property
    def granular(self) -> tuple[ColumnProfile, ...]:
        """The columns, or none where there is no granule to skip."""
        return self.table.columns if self.table.rows > GRANULES else ()


_SUFFIX: dict[IndexKind, str] = {
    "unique": "key",
    "btree": "idx",
    "gin": "gin",
    "brin": "brin",
    "hash": "hash",
    "partial": "partial",
    "skip_minmax": "minmax",
    "skip_set": "set",
    "skip_bloom": "bloom",
}

Rule = Callable[[Given], Iterator[Index]]


def unique_for_unique_columns(given: Given) -> Iterator[Index]:
    """Words and whole numbers that never repeat, where that is hardly chance. Measurements and prose are no keys."""
    for key in given.table.keys:
        column = given.table.column(key.columns[0])
        if len(key.columns) == 1 and key.columns != given.primary_key and _names_a_row(column):
            because = plural("{n} row, and no two share a value", "{n} rows, and no two share a value", n=column.rows)
            yield given.index("unique", key.columns, because)


def _names_a_row(column: ColumnProfile) -> bool:
    kind = family(column.type)
    if kind in ("text", "uuid"):
        return column.rows >= NAMED_ROWS and (column.length_max or 0) <= NAME_LENGTH and not _prose(column)
    return kind == "integer" and column.rows >= NUMBERED_ROWS


def unique_for_referenced_keys(given: Given) -> Iterator[Index]:
    """A foreign key must point to something unique."""
    for columns in given.referenced:
        if frozenset(columns) != frozenset(given.primary_key):
            yield given.index("unique", columns, msg("a foreign key of another table points here"))


def btree_for_joins(given: Given) -> Iterator[Index]:
    """Columns that refer to another table: joins look rows up by them, and deleting there looks for them here."""
    for columns in given.joined if given.large else ():
        if given.primary_key[: len(columns)] != columns and not _long(given, columns):
            yield given.index("btree", columns, msg("rows are looked up by it from another table"))


def hash_for_long_joins(given: Given) -> Iterator[Index]:
    """The same for texts that are too long for a B-tree."""
    for columns in given.joined if given.large else ():
        if len(columns) == 1 and _long(given, columns):
            because = msg("looked up by equality, and too long for a B-tree")
            yield given.index("hash", columns, because)


def _long(given: Given, columns: tuple[str, ...]) -> bool:
    found = [given.table.column(name) for name in columns]
    return sum(column.length_max or 0 for column in found if family(column.type) == "text") > LONG_KEY


def btree_for_times(given: Given) -> Iterator[Index]:
    """The time of a table, for questions about a while, unless rows lie in its order and BRIN does the same for less."""
    time = given.table.time_column
    if given.large and time and not _leads(given) and not _series(given):
        yield given.index("btree", (time,), msg("questions about a while read only that while"))


def brin_for_times_in_arrival_order(given: Given) -> Iterator[Index]:
    """The time of a large table whose rows arrived in its order: a few pages instead of an entry a row."""
    if _series(given) and not _leads(given):
        share = percent(given.facts.spread[given.table.name, given.table.time_column])
        because = msg("rows lie in order of time: a stretch of 10,000 of them covers {share} of it", share=share)
        yield given.index("brin", (given.table.time_column,), because)


def _leads(given: Given) -> bool:
    """Whether the primary key begins with the time and so answers for it."""
    return given.primary_key[:1] == (given.table.time_column,)


def _series(given: Given) -> bool:
    spread = given.facts.spread.get((given.table.name, given.table.time_column))
    return given.table.rows >= SERIES_ROWS and spread is not None and spread <= SERIES_SPREAD


def gin_for_lists(given: Given) -> Iterator[Index]:
    """Lists of plain values, for questions about what they contain."""
    for column in given.large:
        if column.type.endswith("[]") and family(column.type[:-2]) not in KEYLESS and column.nulls < column.rows:
            yield given.index("gin", (column.name,), msg("rows whose list contains a value are found by it"))


def gin_for_json(given: Given) -> Iterator[Index]:
    """JSON objects, for questions about what they contain."""
    for column in given.large:
        if family(column.type) == "json" and column.nulls < column.rows:
            yield given.index("gin", (column.name,), msg("documents that contain a key with a value are found by it"))


def gin_for_prose(given: Given) -> Iterator[Index]:
    """Texts of a sentence and more that hardly repeat, for questions about words."""
    for column in given.large:
        if _prose(column) and column.distinct > MANY:
            because = msg("{n} characters on average: searched by words", n=round(column.length_mean or 0))
            yield given.index("gin", (column.name,), because)


def _prose(column: ColumnProfile) -> bool:
    """Whether a text is made of words: long, and with spaces where the profile has seen how it is built. A hash is long too."""
    spaced = not column.patterns or any(" " in pattern.mask for pattern in column.patterns)
    return family(column.type) == "text" and (column.length_mean or 0) >= PROSE and spaced


def partial_for_mostly_null_columns(given: Given) -> Iterator[Index]:
    """A column that is mostly null is asked about where it is not."""
    for column in given.large:
        # A column that refers to another table has an index of its own, and prose and documents are not compared whole.
        plain = family(column.type) not in KEYLESS and (column.length_max or 0) <= NAME_LENGTH
        if MOSTLY_NULL <= column.null_share < 1 and plain and (column.name,) not in given.joined:
            filled = exp.not_(duck.column(column.name).is_(exp.null()))
            because = msg("{share} null: the index holds the rest only", share=percent(column.null_share))
            yield given.index("partial", (column.name,), because, duck.sql(filled))


def partial_for_rare_flags(given: Given) -> Iterator[Index]:
    """The rare value of a flag is what is asked for: open, failed, deleted."""
    for column in given.large:
        counts = (
            {top.value: top.count for top in column.top} if family(column.type) == "boolean" and not column.top_sampled else {}
        )
        if len(counts) != 2:
            continue
        value, count = min(counts.items(), key=lambda item: item[1])
        if count < RARE * column.rows:
            flagged = exp.EQ(this=duck.column(column.name), expression=exp.Boolean(this=value == "true"))
            because = msg("{value} in {share} of rows only", value=value, share=percent(count / column.rows))
            yield given.index("partial", (column.name,), because, duck.sql(flagged))


def skip_minmax_for_times(given: Given) -> Iterator[Index]:
    """The time of a table that is not sorted by it first: granules outside a while are skipped."""
    time = given.table.time_column
    if given.granular and time and given.order_by[:1] != (time,):
        yield given.index("skip_minmax", (time,), msg("granules outside the while that is asked about are skipped"))


def skip_bloom_for_lookups(given: Given) -> Iterator[Index]:
    """Columns of many values that rows are looked up by, beyond the sort key."""
    looked_up = {columns[0] for columns in given.joined if len(columns) == 1}
    looked_up |= {key.columns[0] for key in given.table.keys if len(key.columns) == 1}
    for column in given.granular:
        many = column.distinct > MANY and family(column.type) in ("text", "uuid", "integer")
        if column.name in looked_up and many and column.name not in given.order_by[:1]:
            because = plural("one of {n} value is looked up", "one of {n} values is looked up", n=column.distinct)
            yield given.index("skip_bloom", (column.name,), because)


def skip_set_for_categories(given: Given) -> Iterator[Index]:
    """Words of few values beyond the sort key: granules without the one that is asked for are skipped."""
    for column in given.granular:
        if family(column.type) == "text" and 1 < column.distinct <= CATEGORIES and column.name not in given.order_by:
            because = plural("one of {n} category is asked for", "one of {n} categories is asked for", n=column.distinct)
            yield given.index("skip_set", (column.name,), because)


RULES: tuple[Rule, ...] = (
    unique_for_unique_columns,
    unique_for_referenced_keys,
    btree_for_joins,
    hash_for_long_joins,
    btree_for_times,
    brin_for_times_in_arrival_order,
    gin_for_lists,
    gin_for_json,
    gin_for_prose,
    partial_for_mostly_null_columns,
    partial_for_rare_flags,
    skip_minmax_for_times,
    skip_bloom_for_lookups,
    skip_set_for_categories,
)


def indexes(given: Given) -> tuple[Index, ...]:
    """What all rules say; where two ask for the same (kind, columns, predicate), the first."""
    found: dict[object, Index] = {}
    for rule in RULES:
        for index in rule(given):
            found.setdefault((index.kind, frozenset(index.columns), index.where), index)
    return tuple(index for index in found.values() if not _served(index, tuple(found.values())))


def _served(index: Index, others: tuple[Index, ...]) -> bool:
    """Whether another index begins with the same columns: one B-tree answers what its beginning would."""
    return index.kind == "btree" and any(
        other is not index and other.kind in ("btree", "unique") and other.columns[: len(index.columns)] == index.columns
        for other in others
    )
