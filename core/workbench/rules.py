"""Rules that a person writes: whether they can be asked of the profiled tables, said with the way out where not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import duckdb

from core.engines.duck import sql
from core.errors import ConfigError
from core.models.profile import Profile
from core.models.quality import Rule
from core.models.source import Column
from core.models.types import is_number, is_temporal
from core.pipeline.expressions import scalar
from core.pipeline.faults import Fault, near
from core.pipeline.relation import Relation
from core.words import Msg, msg

BY_HAND = ("filled", "unique", "not_negative", "between", "one_of", "matches", "in_order", "condition", "fresh", "enough_rows")
"""Kinds of rules that a person may write."""

EXAMPLE = r"[A-Z]{2}\d{4}"


def sound(taken: Profile, rule: Rule) -> Rule:
    """The rule as it is counted. Raises `ConfigError` with the way out where it cannot be."""
    tables = {table.name: table for table in taken.tables}
    if rule.table not in tables:
        raise _unfit(
            msg("There is no table {name}.", name=rule.table), msg("Did you mean {names}?", names=near(rule.table, tables))
        )
    types = {column.name: column.type for column in tables[rule.table].columns}
    for name in rule.columns:
        if name not in types:
            raise _unfit(
                msg("There is no column {name} in {table}.", name=name, table=rule.table),
                msg("Did you mean {names}?", names=near(name, types)),
            )
    need = {"condition": 0, "enough_rows": 0, "in_order": 2, "unique": -1}.get(rule.kind, 1)
    if rule.kind in BY_HAND and (not rule.columns if need < 0 else len(rule.columns) != need):
        raise _unfit(msg("It needs other columns."), msg("Choose the columns it speaks of."))
    checker = _VALUES.get(rule.kind)
    return checker(rule, types) if checker else rule


def _range(rule: Rule, types: dict[str, str]) -> Rule:
    kind = types[rule.columns[0]]
    if len(rule.values) != 2 or not any(rule.values):
        raise _unfit(msg("It has no bound."), msg("Say the smallest value, the largest, or both."))
    read = float if is_number(kind) else datetime.fromisoformat if is_temporal(kind) else None
    if read is None:
        raise _unfit(
            msg("{column} holds neither numbers nor dates.", column=rule.columns[0]),
            msg("Choose a column of numbers or dates, or another kind of rule."),
        )
    for end in filter(None, rule.values):
        try:
            read(end)
        except ValueError:
            raise _unfit(
                msg("{value} is no value of {column}.", value=end, column=rule.columns[0]),
                msg("Write it as {example}.", example="12.5" if is_number(kind) else date.today().isoformat()),
            ) from None
    return rule


def _list(rule: Rule, _: dict[str, str]) -> Rule:
    if not rule.values:
        raise _unfit(msg("The list is empty."), msg("Write the values, a line each."))
    return rule


def _pattern(rule: Rule, _: dict[str, str]) -> Rule:
    fix = msg("Write a regular expression as RE2 knows it, such as {example}.", example=EXAMPLE)
    if not rule.value:
        raise _unfit(msg("The pattern is empty."), fix)
    try:
        duckdb.execute("SELECT regexp_full_match('', $pattern)", {"pattern": rule.value}).fetchall()
    except duckdb.Error as error:
        raise _unfit(
            msg("The pattern {text} cannot be read: {error}", text=rule.value, error=str(error).split(": ", 1)[-1][:200]), fix
        ) from None
    return rule


def _number(rule: Rule, _: dict[str, str]) -> Rule:
    if not re.fullmatch(r"\d{1,12}", rule.value):
        raise _unfit(
            msg("{value} is not a whole number.", value=rule.value or "—"),
            msg("Write a whole number, such as {example}.", example="7"),
        )
    return rule


def _moment(rule: Rule, types: dict[str, str]) -> Rule:
    if not is_temporal(types[rule.columns[0]]):
        raise _unfit(msg("{column} holds no dates.", column=rule.columns[0]), msg("Choose a column of dates or times."))
    return _number(rule, types)


def _condition(rule: Rule, types: dict[str, str]) -> Rule:
    given = Relation(rule.table, tuple(Column(name, kind) for name, kind in types.items()))
    try:
        return replace(rule, value=sql(scalar(rule.value, given)))
    except Fault as fault:
        raise _unfit(fault.what, fault.fix) from fault


_VALUES: dict[str, Callable[[Rule, dict[str, str]], Rule]] = {
    "between": _range,
    "one_of": _list,
    "matches": _pattern,
    "enough_rows": _number,
    "fresh": _moment,
    "condition": _condition,
}


def _unfit(why: Msg, fix: Msg) -> ConfigError:
    return ConfigError(msg("This rule cannot be asked of the data"), why, fix)
