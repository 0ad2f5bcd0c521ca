"""The kinds of rules: where the data suggests one, and which rows break it. A kind is a line in `KINDS`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import combinations

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, Profile, TableProfile
from core.models.quality import Dimension, Rule
from core.models.types import family
from core.profile.counted import BLANKS, PLACEHOLDERS
from core.profile.meaning.kinds import KINDS as MEANINGS
from core.words import Msg, msg

NEARLY = 0.98
"""The share of rows from which what the others do is an exception and not another way (an assumption)."""

HEAD = 20_000
"""Rows in which the order of two moments must nearly hold before it is counted."""

MOMENTS = 8
"""Columns of moments whose order is looked at."""

ALIKE = 0.8
"""The likeness (Ratcliff and Obershelp 1988, as difflib has it) from which a rare value may be a frequent one misspelt."""


@dataclass(frozen=True, slots=True)
class Given:
    """What rules are found in: a table of a profile, and the clock."""

    profile: Profile
    table: TableProfile
    now: datetime
    connection: duckdb.DuckDBPyConnection

    @property
    def files(self) -> tuple[str, ...]:
        return dict(self.profile.files)[self.table.name]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule: `find` gives those of a table, `breaks` the condition of a row that breaks one, `said` the rule in words.

    `breaks` is None for a rule that no single row can be asked of.
    """

    name: str
    dimension: Dimension
    find: Callable[[Given], Iterator[Rule]]
    breaks: Callable[[Rule], exp.Expression] | None
    said: Callable[[Rule], Msg]


def _rule(given: Given, kind: str, *columns: str, value: str = "") -> Rule:
    return Rule(given.table.name, kind, columns, value)


def _name(rule: Rule) -> str:
    return rule.columns[0]


def _value(rule: Rule) -> exp.Expression:
    return duck.column(rule.columns[0])


def _null(value: exp.Expression) -> exp.Expression:
    return exp.Is(this=value, expression=exp.null())


def _filled(given: Given) -> Iterator[Rule]:
    """Columns that are nearly always filled."""
    for column in given.table.columns:
        if column.null_share <= 1 - NEARLY:
            yield _rule(given, "filled", column.name)


def _means_something(given: Given) -> Iterator[Rule]:
    """Texts that stand for nothing, in a column where most do not."""
    for column in given.table.columns:
        held = sum(one.count for one in column.placeholders)
        if 0 < held <= (column.rows - column.nulls) / 2:
            yield _rule(given, "means_something", column.name)


def _breaks_meaning_something(rule: Rule) -> exp.Expression:
    trimmed = exp.func("lower", exp.func("trim", _value(rule), exp.Literal.string(BLANKS), dialect="duckdb"))
    return exp.In(this=trimmed, expressions=[exp.Literal.string(one) for one in PLACEHOLDERS])


def _looks_like(given: Given) -> Iterator[Rule]:
    """Values that do not look like what the others of their column are."""
    for column in given.table.columns:
        if column.meaning is not None and column.meaning.share < 1 and not _checked(column.meaning.kind):
            yield _rule(given, "looks_like", column.name, value=column.meaning.kind)


def _checked(kind: str) -> bool:
    return any(one.name == kind and one.check is not None for one in MEANINGS)


def _breaks_look(rule: Rule) -> exp.Expression:
    patterns = [one.pattern for one in MEANINGS if one.name == rule.value]
    text = exp.cast(_value(rule), "VARCHAR", dialect="duckdb")
    fits = [duck.call("regexp_full_match", text.copy(), exp.Literal.string(one)) for one in patterns]
    return exp.Not(this=exp.paren(exp.or_(*fits)))


def _shaped(given: Given) -> Iterator[Rule]:
    """Codes of one shape, but for a few."""
    for column in given.table.columns:
        filled = column.rows - column.nulls
        if not column.patterns or column.patterns_sampled or column.meaning is not None or filled < 50:
            continue
        first = column.patterns[0]
        if NEARLY * filled <= first.count < filled and re.search(r"9", first.mask) and len(first.mask) < 30:
            yield _rule(given, "shaped", column.name, value=first.mask)


def _breaks_shape(rule: Rule) -> exp.Expression:
    classes = {"9": r"\d", "A": r"\p{Lu}", "a": r"\p{L}"}
    pattern = "".join(classes.get(sign) or re.escape(sign) for sign in rule.value)
    return exp.Not(this=duck.call("regexp_full_match", _value(rule), exp.Literal.string(pattern)))


def _not_negative(given: Given) -> Iterator[Rule]:
    """Numbers below nothing, where nearly none are."""
    for column in given.table.columns:
        if column.negatives and column.negatives <= (1 - NEARLY) * (column.rows - column.nulls):
            yield _rule(given, "not_negative", column.name)


def _well_spelt(given: Given) -> Iterator[Rule]:
    """Values of one row that are nearly a frequent one."""
    for column in given.table.columns:
        if family(column.type) != "text" or column.distinct > 50 or len(column.top) < 3 or column.personal:
            continue
        often = [one.value for one in column.top if one.count >= 20]
        for one in column.top:
            if one.count <= 2 and any(_alike(one.value, other) for other in often):
                yield _rule(given, "well_spelt", column.name, value=one.value)


def _alike(one: str, other: str) -> bool:
    return (
        one != other
        and min(len(one), len(other)) > 3
        and SequenceMatcher(None, one.casefold(), other.casefold()).ratio() >= ALIKE
    )


def _unique(given: Given) -> Iterator[Rule]:
    """Identifiers that come twice."""
    for column in given.table.columns:
        if column.nearly_unique and family(column.type) in ("integer", "text", "uuid"):
            yield _rule(given, "unique", column.name)


def _rows_differ(given: Given) -> Iterator[Rule]:
    if given.table.duplicate_rows:
        yield Rule(given.table.name, "rows_differ", tuple(column.name for column in given.table.columns))


def _refers(given: Given) -> Iterator[Rule]:
    """Relations of the profile with rows that refer to nothing."""
    for key in given.profile.foreign_keys:
        if key.table == given.table.name and key.orphans:
            yield Rule(key.table, "refers", key.columns, "", key.references, key.ref_columns)


def _in_order(given: Given) -> Iterator[Rule]:
    """Two moments of a row of which one is nearly never after the other."""
    columns = [one for one in given.table.columns if family(one.type) in ("date", "timestamp") and one.distinct > 1][:MOMENTS]
    for one, other in combinations(columns, 2):
        if family(one.type) == family(other.type):
            yield from _order_of(given, one, other)


def _order_of(given: Given, one: ColumnProfile, other: ColumnProfile) -> Iterator[Rule]:
    first, second = duck.column(one.name), duck.column(other.name)
    head = exp.select(first, second).from_(duck.parquet(given.files)).limit(HEAD).subquery("head")
    counts = [duck.call("count_if", compare(this=first.copy(), expression=second.copy())) for compare in (exp.LT, exp.GT, exp.EQ)]
    before, after, _ = given.connection.execute(duck.sql(exp.select(*counts).from_(head))).fetchall()[0]
    compared = before + after
    if compared >= 20 and before >= NEARLY * compared:
        yield _rule(given, "in_order", one.name, other.name)
    elif compared >= 20 and after >= NEARLY * compared:
        yield _rule(given, "in_order", other.name, one.name)


def _not_in_future(given: Given) -> Iterator[Rule]:
    """Moments after now, in a column that looks back."""
    for line in given.table.timelines:
        if line.age_days is not None and line.age_days < 0 and line.first < given.now.isoformat(" "):
            yield _rule(given, "not_in_future", line.column, value=given.now.replace(tzinfo=None, microsecond=0).isoformat(" "))


def _breaks_future(rule: Rule) -> exp.Expression:
    return exp.GT(
        this=exp.cast(_value(rule), "TIMESTAMP", dialect="duckdb"),
        expression=exp.cast(exp.Literal.string(rule.value), "TIMESTAMP"),
    )


KINDS: tuple[Kind, ...] = (
    Kind("filled", "completeness", _filled, lambda rule: _null(_value(rule)), lambda rule: msg("{column} is filled", column=_name(rule))),
    Kind("means_something", "completeness", _means_something, _breaks_meaning_something, lambda rule: msg("{column} holds no text that stands for nothing", column=_name(rule))),
    Kind("looks_like", "validity", _looks_like, _breaks_look, lambda rule: msg("{column} looks like its kind: {kind}", column=_name(rule), kind=next(one.label for one in MEANINGS if one.name == rule.value))),
    Kind("shaped", "validity", _shaped, _breaks_shape, lambda rule: msg("{column} has the shape {shape}", column=_name(rule), shape=rule.value)),
    Kind("not_negative", "validity", _not_negative, lambda rule: exp.LT(this=_value(rule), expression=exp.Literal.number(0)), lambda rule: msg("{column} is not negative", column=_name(rule))),
    Kind("well_spelt", "validity", _well_spelt, lambda rule: exp.EQ(this=_value(rule), expression=exp.Literal.string(rule.value)), lambda rule: msg("{column} is not {value}, which is nearly a frequent value", column=_name(rule), value=rule.value)),
    Kind("unique", "uniqueness", _unique, None, lambda rule: msg("{column} comes once", column=_name(rule))),
    Kind("rows_differ", "uniqueness", _rows_differ, None, lambda rule: msg("No row repeats another")),
    Kind("refers", "consistency", _refers, None, lambda rule: msg("{columns} is found in {table}", columns=", ".join(rule.columns), table=rule.references)),
    Kind("in_order", "consistency", _in_order, lambda rule: exp.GT(this=_value(rule), expression=duck.column(rule.columns[1])), lambda rule: msg("{first} is not after {second}", first=rule.columns[0], second=rule.columns[1])),
    Kind("not_in_future", "timeliness", _not_in_future, _breaks_future, lambda rule: msg("{column} is not after {moment}", column=_name(rule), moment=rule.value)),
)  # fmt: skip
