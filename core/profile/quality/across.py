"""Rules about several columns of a row: the order of moments, sums and products, values that go with others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import TypeAlias

import numpy as np
from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile
from core.models.quality import Rule
from core.models.types import family, is_number
from core.profile.keys import dense
from core.profile.quality.kind import (
    FEWEST,
    HEAD,
    MOMENTS,
    NEARLY,
    TIMES,
    Given,
    Kind,
    Now,
    Rows,
    aliased,
    filled,
    number,
    of,
    value,
)
from core.words import Msg, msg

NUMBERS = 12
"""Columns of numbers of a table that sums and products are sought among."""

VARIED = 10
"""Different values from which a total is one, and not a flag."""

SAMPLE = 2_000
"""Rows that sums, products and values that go with others are sought in."""

COLUMNS = 30
"""Columns of a table that values that go with others are sought among."""

CLASHES = 10.0
"""Rows that would break a rule at least, were its columns independent: fewer may be luck (an assumption)."""

TOLD = 0.1
"""The share of the rows that would break a rule, were its columns independent, that may break it (an assumption)."""

IMPLIED = 0.995
"""The share of rows from which a value goes with another: there are many pairs of columns to be wrong about (an assumption)."""

CENT = 0.0051
"""What a total in floating point may be off at most: half a cent, and a little; never more than a ten-thousandth of its deviation."""

Numbers: TypeAlias = Mapping[str, np.ma.MaskedArray]


# The order of moments


def moments(columns: Sequence[ColumnProfile]) -> list[ColumnProfile]:
    """Columns of moments, as many as are looked at."""
    return [one for one in columns if family(one.type) in ("date", "timestamp") and one.distinct > 1][:MOMENTS]


def _in_order(given: Given) -> Iterator[Rule]:
    """Two moments of a row of which one is nearly never after the other."""
    pairs = [(a, b) for a, b in combinations(moments(given.table.columns), 2) if family(a.type) == family(b.type)]
    head = exp.select("*").from_(given.rows()).limit(HEAD).subquery("t")
    asked = ways(given, exp.select().from_(head), [(of("t", a.name), of("t", b.name)) for a, b in pairs])
    for (one, other), way in zip(pairs, asked, strict=True):
        if way:
            first, second = (one, other) if way < 0 else (other, one)
            yield given.rule("in_order", first.name, second.name)


def ways(given: Given, rows: exp.Select, pairs: Sequence[tuple[exp.Expression, exp.Expression]]) -> list[int]:
    """For each pair of moments: -1 where the first is nearly never after the second, 1 the other way round, 0 for neither."""
    if not pairs:
        return []
    counts = [duck.call("count_if", kind(this=a.copy(), expression=b.copy())) for a, b in pairs for kind in (exp.LT, exp.GT)]
    found = given.connection.execute(duck.sql(rows.select(*counts))).fetchall()[0]
    return [_way(before, after) for before, after in zip(found[::2], found[1::2], strict=True)]


def _way(before: int, after: int) -> int:
    compared = before + after
    if compared < FEWEST:
        return 0
    return -1 if before >= NEARLY * compared else 1 if after >= NEARLY * compared else 0


# Sums and products


def numbers(columns: Sequence[ColumnProfile]) -> list[ColumnProfile]:
    """Columns of numbers that may be parts of a total, as many as are looked at."""
    return [one for one in columns if is_number(one.type) and one.distinct > 2 and not _counts_rows(one)][:NUMBERS]


def _counts_rows(column: ColumnProfile) -> bool:
    return family(column.type) == "integer" and column.order.startswith("strictly") and dense(column)


def slack(column: ColumnProfile) -> float:
    """What a total of this column may be off: less than its last digit."""
    if family(column.type) == "integer":
        return 0.5
    if family(column.type) == "decimal":
        scale = re.search(r",\s*(\d+)\)", column.type)
        return 0.51 * 10.0 ** -(int(scale[1]) if scale else 0)
    return min(CENT, 1e-4 * (column.deviation or 0.0))


def _sums(given: Given) -> Iterator[Rule]:
    """Columns that are the sum of two or three others."""
    return _totals(given, "adds_up", (2, 3))


def _products(given: Given) -> Iterator[Rule]:
    """Columns that are the product of two others."""
    return _totals(given, "multiplies", (2,))


def _totals(given: Given, kind: str, many: Sequence[int]) -> Iterator[Rule]:
    columns = numbers(given.table.columns)
    if len(columns) < 3:
        return
    head = _head(given, columns)
    for total in columns:
        if total.distinct < VARIED:
            continue
        others = [one.name for one in columns if one is not total]
        found = next((parts for number in many for parts in _parts(head, others, total, kind, number)), None)
        if found is not None:
            yield given.rule(kind, *found, total.name, value=f"{slack(total):.6g}")


def _head(given: Given, columns: Sequence[ColumnProfile]) -> Numbers:
    picked = [exp.alias_(exp.cast(duck.column(one.name), "DOUBLE"), f"c{place}") for place, one in enumerate(columns)]
    rows = given.connection.execute(duck.sql(exp.select(*picked).from_(given.rows()).limit(SAMPLE))).fetchnumpy()
    return {one.name: np.ma.masked_invalid(rows[f"c{place}"]) for place, one in enumerate(columns)}


def _parts(head: Numbers, others: Sequence[str], total: ColumnProfile, kind: str, many: int) -> Iterator[tuple[str, ...]]:
    """So many parts that nearly always give the total, in rows where each of them matters too."""
    wanted, off, product = head[total.name], slack(total), kind == "multiplies"
    for parts in combinations(others, many):
        values = [head[part] for part in parts]
        made = np.prod(values, axis=0) if product else np.sum(values, axis=0)
        fits = np.abs(np.ma.asarray(made) - wanted) <= off
        matter = np.ma.stack([(one != 0) & (one != 1) if product else one != 0 for one in values]).all(axis=0)
        told = np.ma.filled(matter, False) & ~np.ma.getmaskarray(fits)
        if told.sum() >= FEWEST and fits.mean() >= NEARLY and fits[told].mean() >= NEARLY:
            yield parts


def _breaks_total(rule: Rule, _: Now) -> exp.Expression:
    join = exp.Mul if rule.kind == "multiplies" else exp.Add
    made = _double(rule, 0)
    for place in range(1, len(rule.columns) - 1):
        made = join(this=made, expression=_double(rule, place))
    off = exp.Sub(this=exp.paren(made), expression=_double(rule, len(rule.columns) - 1))
    return exp.GT(this=exp.Abs(this=off), expression=number(rule.value))


def _double(rule: Rule, place: int) -> exp.Expression:
    """In floating point: a product of two integers may not fit their type, and 15 digits are more than the slack asks for."""
    return exp.cast(value(rule, place), "DOUBLE")


def _said_of_total(rule: Rule) -> Msg:
    sign = " × " if rule.kind == "multiplies" else " + "
    return msg("{parts} is {total}", parts=sign.join(rule.columns[:-1]), total=rule.columns[-1])


# Values that go with others


def _goes_with(given: Given) -> Iterator[Rule]:
    """Columns that nearly always hold the same value where another does, and those of which that was proven."""
    proven = {
        (one.determinant[0], other) for one in given.table.dependencies if len(one.determinant) == 1 for other in one.dependents
    }
    for one, other in sorted(proven):
        yield given.rule("goes_with", one, other)
    told = {other for _, other in proven}
    columns = sorted((one for one in given.table.columns if _decided(one)), key=lambda one: one.distinct)[:COLUMNS]
    nearly: dict[str, str] = {}
    codes = _codes(given, columns) if len(columns) > 1 else {}
    for one, other in permutations(columns, 2):
        known = other.name in told | nearly.keys() or nearly.get(one.name) == other.name
        if not known and _may_decide(one, other) and _nearly(codes[one.name], codes[other.name]):
            nearly[other.name] = one.name
    for other, one in nearly.items():
        yield given.rule("goes_with", one, other)


def _decided(column: ColumnProfile) -> bool:
    return family(column.type) in ("integer", "text", "uuid", "boolean", "date") and column.distinct > 1 and not column.same_as


def _may_decide(one: ColumnProfile, other: ColumnProfile) -> bool:
    return family(one.type) in ("integer", "text", "uuid") and other.distinct <= one.distinct and filled(one) >= 2 * one.distinct


def _codes(given: Given, columns: Sequence[ColumnProfile]) -> dict[str, np.ndarray]:
    """Numbers for the values of some rows, -1 for a null."""
    rows = duck.fetch(given.connection, exp.select(*(duck.column(one.name) for one in columns)).from_(given.rows()).limit(SAMPLE))
    made = {}
    for place, one in enumerate(columns):
        coded = rows.column(place).combine_chunks().dictionary_encode("encode")
        indices = coded.indices
        # The buffer is read as it is: `to_numpy` would import pandas.
        codes = np.frombuffer(indices.buffers()[1], np.int32)[indices.offset :][: len(indices)].astype(np.int64)
        nothing = next((code for code, there in enumerate(coded.dictionary.is_valid().to_pylist()) if not there), None)
        made[one.name] = codes if nothing is None else np.where(codes == nothing, -1, codes)
    return made


def _nearly(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether rows alike in `one` are alike in `other`, but for a few, and that could hardly be luck. A null of `other` is a value."""
    one, other = one[one >= 0], other[one >= 0] + 1
    if not len(one):
        return False
    pairs, counts = np.unique(one * (other.max() + 1) + other, return_counts=True)
    groups = pairs // (other.max() + 1)
    usual = np.maximum.reduceat(counts, np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]]))
    rare = 1 - np.bincount(other).max() / len(other)
    clashes = (len(one) - len(usual)) * rare
    broken = len(one) - usual.sum()
    return clashes >= CLASHES and 0 < broken <= min((1 - IMPLIED) * len(one), TOLD * clashes)


def _gone_astray(rule: Rule, rows: Rows, _: Now) -> exp.Select:
    """Rows whose second column is not what it mostly is for their first."""
    one, other = (duck.column(name) for name in rule.columns)
    often = [exp.Ordered(this=exp.Count(this=exp.Star()), desc=True), exp.Ordered(this=other.copy())]
    place = exp.Window(this=duck.call("row_number"), partition_by=[one.copy()], order=exp.Order(expressions=often))
    groups = (
        exp.select(one, other, exp.alias_(place, TIMES, quoted=True))
        .from_(rows(rule.table))
        .group_by(one.copy(), other.copy())
        .subquery("g")
    )
    same = exp.EQ(this=of("t", rule.columns[0]), expression=of("g", rule.columns[0]))
    alike = exp.NullSafeEQ(this=of("t", rule.columns[1]), expression=of("g", rule.columns[1]))
    joined = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("t"))).from_(aliased(rows(rule.table), "t"))
    return joined.join(groups, on=exp.and_(same, alike)).where(exp.GT(this=of("g", TIMES), expression=number(1)))


KINDS: tuple[Kind, ...] = (
    Kind("in_order", "consistency", lambda rule: msg("{first} is not after {second}", first=rule.columns[0], second=rule.columns[1]), _in_order, lambda rule, _: exp.GT(this=value(rule), expression=value(rule, 1)), proven=True),
    Kind("adds_up", "consistency", _said_of_total, _sums, _breaks_total, proven=True),
    Kind("multiplies", "consistency", _said_of_total, _products, _breaks_total, proven=True),
    Kind("goes_with", "consistency", lambda rule: msg("{other} is the same wherever {column} is", column=rule.columns[0], other=rule.columns[1]), _goes_with, rows=_gone_astray, of="first", proven=True),
)  # fmt: skip
