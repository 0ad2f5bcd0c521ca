"""Rules about rows of two tables that a relation joins: orphans, the order of moments, totals of what belongs to a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, ForeignKey
from core.models.quality import Rule
from core.models.types import family
from core.profile.quality.across import VARIED, moments, numbers, slack, ways
from core.profile.quality.kind import FEWEST, HEAD, NEARLY, Given, Kind, Now, Rows, aliased, number, of, there
from core.words import Msg, msg

PARENTS = 500
"""Rows of a table that what refers to them is added up for before a rule is counted."""

NOT_BEFORE, NOT_AFTER = "not before", "not after"


def same(mine: str, columns: Sequence[str], theirs: str, ref_columns: Sequence[str]) -> exp.Expression:
    """The condition that a row refers to another."""
    pairs = zip(columns, ref_columns, strict=True)
    return exp.and_(*(exp.EQ(this=of(mine, one), expression=of(theirs, other)) for one, other in pairs))


# Rows that refer to nothing


def _comparable(given: Given) -> Iterator[ForeignKey]:
    """The relations whose ends SQL compares as they are: a text is compared with a number by none of the tools that a rule is taken to."""
    for key in given.profile.foreign_keys:
        tables = given.profile.table(key.table), given.profile.table(key.references)
        pairs = zip(key.columns, key.ref_columns, strict=True)
        kinds = [{family(table.column(name).type) for table, name in zip(tables, pair, strict=True)} for pair in pairs]
        if not any("text" in kind and len(kind) > 1 for kind in kinds):
            yield key


def _refers(given: Given) -> Iterator[Rule]:
    for key in _comparable(given):
        if key.table == given.table.name:
            yield Rule(key.table, "refers", key.columns, "", key.references, key.ref_columns)


def _orphans(rule: Rule, rows: Rows, _: Now) -> exp.Select:
    parent = exp.select("1").from_(aliased(rows(rule.references), "p")).where(same("t", rule.columns, "p", rule.ref_columns))
    filled = [there(of("t", name)) for name in rule.columns]
    return exp.select("*").from_(aliased(rows(rule.table), "t")).where(*filled, exp.Not(this=exp.Exists(this=parent)))


# The order of moments of two tables


def _in_order_with(given: Given) -> Iterator[Rule]:
    """Moments of a row that are nearly never before, or after, those of the row it refers to."""
    for key in _comparable(given):
        if key.table != given.table.name or key.references == key.table:
            continue
        mine, theirs = moments(given.table.columns), moments(given.profile.table(key.references).columns)
        pairs = [(a, b) for a in mine for b in theirs if family(a.type) == family(b.type)]
        head = exp.select("*").from_(given.rows()).limit(HEAD).subquery("t")
        joined = exp.select().from_(head).join(aliased(given.rows(key.references), "p"), on=_joined(key))
        for (one, other), way in zip(
            pairs, ways(given, joined, [(of("t", a.name), of("p", b.name)) for a, b in pairs]), strict=True
        ):
            if way and one.name not in key.columns:
                said = NOT_AFTER if way < 0 else NOT_BEFORE
                yield Rule(
                    key.table, "in_order_with", (*key.columns, one.name), said, key.references, (*key.ref_columns, other.name)
                )


def _joined(key: ForeignKey) -> exp.Expression:
    return same("t", key.columns, "p", key.ref_columns)


def _out_of_order(rule: Rule, rows: Rows, _: Now) -> exp.Select:
    *columns, mine = rule.columns
    *ref_columns, theirs = rule.ref_columns
    wrong = exp.LT if rule.value == NOT_BEFORE else exp.GT
    joined = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("t"))).from_(aliased(rows(rule.table), "t"))
    joined = joined.join(aliased(rows(rule.references), "p"), on=same("t", columns, "p", ref_columns))
    return joined.where(wrong(this=of("t", mine), expression=of("p", theirs)))


def _said_of_order(rule: Rule) -> Msg:
    names = {"column": rule.columns[-1], "table": rule.references, "other": rule.ref_columns[-1]}
    if rule.value == NOT_BEFORE:
        return msg("{column} is not before {other} of {table}", **names)
    return msg("{column} is not after {other} of {table}", **names)


# What belongs to a row, added up or counted


def _adds_up_of(given: Given) -> Iterator[Rule]:
    """Numbers of a row that are the sum, or the count, of what other tables hold of it."""
    for key in _comparable(given):
        if key.references != given.table.name or key.table == key.references:
            continue
        totals = [one for one in numbers(given.table.columns) if one.name not in key.ref_columns and one.distinct > 2]
        parts = [one for one in numbers(given.profile.table(key.table).columns) if one.name not in key.columns]
        if totals:
            yield from _sums(given, key, totals, parts)


def _sums(given: Given, key: ForeignKey, totals: Sequence[ColumnProfile], parts: Sequence[ColumnProfile]) -> Iterator[Rule]:
    asked = [(total, part) for total in totals for part in (*parts, None) if part is None or total.distinct >= VARIED]
    rows = exp.select("*").from_(given.rows()).limit(PARENTS).subquery("p")
    picked = [exp.alias_(exp.Sum(this=duck.column(part.name)), f"s{place}") for place, part in enumerate(parts)]
    held = exp.select("*").from_(aliased(given.rows(key.table), "c"))
    held = held.where(exp.Exists(this=exp.select("1").from_(rows.copy()).where(same("c", key.columns, "p", key.ref_columns))))
    groups = [of("c", name) for name in key.columns]
    keys = [exp.alias_(one, f"k{place}") for place, one in enumerate(groups)]
    sums = held.select(*keys, *picked, exp.alias_(exp.Count(this=exp.Star()), "n"), append=False).group_by(
        *(one.copy() for one in groups)
    )
    on = exp.and_(*(exp.EQ(this=of("p", name), expression=of("g", f"k{place}")) for place, name in enumerate(key.ref_columns)))
    several = exp.GT(this=of("g", "n"), expression=number(1))
    checks = []
    for total, part in asked:
        made = of("g", "n") if part is None else of("g", f"s{list(parts).index(part)}")
        fits = exp.LTE(
            this=exp.Abs(this=exp.Sub(this=made, expression=of("p", total.name))), expression=number(f"{slack(total):.6g}")
        )
        checks.append(duck.call("count_if", exp.and_(several.copy(), fits)))
    query = exp.select(duck.call("count_if", several.copy()), *checks).from_(rows).join(sums.subquery("g"), on=on)
    compared, *held_by = given.connection.execute(duck.sql(query)).fetchall()[0]
    for (total, part), kept in zip(asked, held_by, strict=True):
        if kept >= FEWEST and kept >= NEARLY * compared:
            ref = (*key.columns, part.name) if part else key.columns
            yield Rule(given.table.name, "adds_up_of", (*key.ref_columns, total.name), f"{slack(total):.6g}", key.table, ref)


def _off(rule: Rule, rows: Rows, _: Now) -> exp.Select:
    *keys, total = rule.columns
    counted = len(rule.ref_columns) == len(keys)
    refs, part = (rule.ref_columns, "") if counted else (rule.ref_columns[:-1], rule.ref_columns[-1])
    made = exp.Count(this=exp.Star()) if counted else exp.Sum(this=duck.column(part))
    groups = [duck.column(name) for name in refs]
    picked = [exp.alias_(one, f"k{place}") for place, one in enumerate(groups)]
    sums = (
        exp.select(*picked, exp.alias_(made, "s"))
        .from_(rows(rule.references))
        .group_by(*(one.copy() for one in groups))
        .subquery("g")
    )
    on = exp.and_(*(exp.EQ(this=of("t", name), expression=of("g", f"k{place}")) for place, name in enumerate(keys)))
    sum_ = exp.Coalesce(this=of("g", "s"), expressions=[number(0)])
    far = exp.GT(this=exp.Abs(this=exp.Sub(this=sum_, expression=of("t", total))), expression=number(rule.value))
    joined = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("t")), exp.alias_(of("g", "s"), "assay_sum"))
    return joined.from_(aliased(rows(rule.table), "t")).join(sums, on=on, join_type="left").where(far)


def _said_of_sum(rule: Rule) -> Msg:
    total = rule.columns[-1]
    if len(rule.ref_columns) == len(rule.columns) - 1:
        return msg("{total} is the number of its rows in {table}", total=total, table=rule.references)
    return msg(
        "{total} is the sum of {part} of its rows in {table}", total=total, part=rule.ref_columns[-1], table=rule.references
    )


KINDS: tuple[Kind, ...] = (
    Kind("refers", "consistency", lambda rule: msg("{columns} is found in {table}", columns=", ".join(rule.columns), table=rule.references), _refers, rows=_orphans),
    Kind("in_order_with", "consistency", _said_of_order, _in_order_with, rows=_out_of_order, proven=True),
    Kind("adds_up_of", "consistency", _said_of_sum, _adds_up_of, rows=_off, proven=True),
)  # fmt: skip
