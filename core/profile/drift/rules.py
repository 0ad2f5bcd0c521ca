"""What counts as a change, and how grave it is. A rule is a function of two profiles, tables or columns; each threshold has its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import sqrt

from core.models.drift import Distribution, Level, Shift
from core.models.profile import ColumnProfile, Profile, TableProfile
from core.models.types import is_number, is_temporal
from core.profile.meaning import label
from core.words import msg, percent

PSI_WARNING, PSI_ALERT = 0.1, 0.25
"""Below 0.1 no change to speak of, from 0.25 a great one (Lewis, An Introduction to Credit Scoring, 1994; Siddiqi 2006)."""

KS_CERTAIN = 1.628
"""c(0.01) of the two-sample test of Kolmogorov and Smirnov (Smirnov 1948): D beyond c x sqrt((n + m) / nm) is no chance."""

KS_WARNING, KS_ALERT = 0.1, 0.25
"""Distances that matter beside being certain: of millions of rows the least shift is certain (an assumption)."""

NULLS_WARNING, NULLS_ALERT = 0.01, 0.1
"""A change of the share of empty cells (an assumption)."""

ROWS_WARNING, ROWS_ALERT = 0.2, 0.5
"""The share by which the rows of a table grow or shrink (an assumption): what its own times let one expect is no growth."""

NAMED = 5
"""New or lost values that are named."""


# Profiles


def tables_gone(before: Profile, after: Profile) -> Iterator[Shift]:
    for name in _missing(before, after):
        yield Shift(name, "", "table_gone", "alert", msg("The table is gone"))


def tables_new(before: Profile, after: Profile) -> Iterator[Shift]:
    for name in _missing(after, before):
        yield Shift(name, "", "table_new", "notice", msg("The table is new"))


def relations_lost(before: Profile, after: Profile) -> Iterator[Shift]:
    """Relations that hold no longer, or that more rows break."""
    now = {(key.table, key.columns, key.references, key.ref_columns): key for key in after.foreign_keys}
    there = {table.name for table in after.tables}
    for key in before.foreign_keys:
        if (
            key.table not in there
            or key.references not in there
            or not (after.table(key.table).rows and after.table(key.references).rows)
        ):
            continue
        names = {"columns": ", ".join(key.columns), "table": key.references}
        found = now.get((key.table, key.columns, key.references, key.ref_columns))
        if found is None:
            yield Shift(key.table, "", "relation_lost", "alert", msg("{columns} does not refer to {table} any more", **names))
        elif found.included < key.included - NULLS_WARNING:
            said = msg(
                "{columns} is found in {table} in {now} of rows, {then} before",
                **names,
                now=percent(found.included),
                then=percent(key.included),
            )
            yield Shift(key.table, "", "relation_looser", "warning", said, key.included - found.included, NULLS_WARNING)


def _missing(one: Profile, other: Profile) -> list[str]:
    there = {table.name for table in other.tables}
    return [table.name for table in one.tables if table.name not in there]


# Tables


def columns_gone(before: TableProfile, after: TableProfile) -> Iterator[Shift]:
    for column in _without(before, after):
        yield Shift(after.name, column.name, "column_gone", "alert", msg("The column is gone"))


def columns_new(before: TableProfile, after: TableProfile) -> Iterator[Shift]:
    for column in _without(after, before):
        yield Shift(after.name, column.name, "column_new", "warning", msg("The column is new: {type}", type=column.type))


def order_of_columns(before: TableProfile, after: TableProfile) -> Iterator[Shift]:
    shared = [
        [column.name for column in one.columns if _has(other, column.name)] for one, other in ((before, after), (after, before))
    ]
    if shared[0] != shared[1]:
        yield Shift(after.name, "", "order", "notice", msg("The columns stand in another order"))


def key_lost(before: TableProfile, after: TableProfile) -> Iterator[Shift]:
    """A primary key that is none any more."""
    key = before.primary_key
    if (
        key
        and after.rows
        and all(_has(after, name) for name in key)
        and not any(one.columns == key for one in after.keys)
        and after.primary_key != key
    ):
        yield Shift(after.name, "", "key_lost", "alert", msg("{columns} is no key any more", columns=", ".join(key)))


def volume(before: TableProfile, after: TableProfile) -> Iterator[Shift]:
    """Rows against those there were, or those that the table's own times let expect."""
    if not before.rows:
        if after.rows:
            yield Shift(after.name, "", "volume", "notice", msg("{n} rows where there were none", n=after.rows))
        return
    if not after.rows:
        yield Shift(after.name, "", "volume", "alert", msg("No rows are left of {n}", n=before.rows), 1.0, ROWS_ALERT)
        return
    expected = _expected(before, after)
    off = after.rows / expected - 1
    level = _level(abs(off), ROWS_WARNING, ROWS_ALERT)
    if level is not None:
        said = msg(
            "{now} rows after {then}, where {expected} were to be expected",
            now=after.rows,
            then=before.rows,
            expected=round(expected),
        )
        yield Shift(after.name, "", "volume", level, said, abs(off), ROWS_ALERT if level == "alert" else ROWS_WARNING)


def _expected(before: TableProfile, after: TableProfile) -> float:
    """Rows at the pace of before: those of the days that both hold, and those of the days since; all there were where no time went on.

    A file of the next month holds none of the days of the last; a table that drops its old rows holds some of them.
    """
    lines = {line.column: line for line in after.timelines}
    for line in before.timelines:
        if (now := lines.get(line.column)) is not None and now.last > line.last and line.days >= 1:
            first, last, begun, ended = map(datetime.fromisoformat, (line.first, line.last, now.first, now.last))
            kept = max(0.0, min(1.0, (last - begun) / (last - first)))
            pace = line.recent_per_day if kept else line.per_day
            return before.rows * kept + pace * ((ended - max(last, begun)) / timedelta(days=1))
    return before.rows


def rejected(before: TableProfile, after: TableProfile) -> Iterator[Shift]:
    """Rows of the source that could not be placed."""
    then, now = (one.rejected / max(one.rows + one.rejected, 1) for one in (before, after))
    if now > then:
        level: Level = "alert" if now - then >= NULLS_ALERT else "warning"
        said = msg("{now} rows could not be placed, {then} before", now=after.rejected, then=before.rejected)
        yield Shift(after.name, "", "rejected", level, said, now - then, NULLS_ALERT)


def _without(one: TableProfile, other: TableProfile) -> list[ColumnProfile]:
    return [column for column in one.columns if not _has(other, column.name)]


def _has(table: TableProfile, name: str) -> bool:
    return any(column.name == name for column in table.columns)


# Columns


def kind_of_values(table: str, before: ColumnProfile, after: ColumnProfile) -> Iterator[Shift]:
    if before.type != after.type and _filled(before) and _filled(after):  # nothing has no type of its own
        level: Level = "notice" if is_number(before.type) and is_number(after.type) else "alert"
        yield Shift(table, before.name, "type", level, msg("{now} where it was {then}", now=after.type, then=before.type))


def meaning(table: str, before: ColumnProfile, after: ColumnProfile) -> Iterator[Shift]:
    """What the values are: personal data that comes anew must be seen."""
    then, now = before.meaning, after.meaning
    personal = next((one for one in after.meanings if one.personal), None)
    if personal is not None and not before.personal:
        yield Shift(table, before.name, "personal", "alert", msg("It holds personal data now: {kind}", kind=label(personal.kind)))
    elif then is not None and _filled(after) and (now is None or now.kind != then.kind):
        yield Shift(table, before.name, "meaning", "warning", msg("It does not look like {kind} any more", kind=label(then.kind)))
    elif then is not None and now is not None and now.share < then.share - NULLS_WARNING:
        said = msg(
            "{now} of the values look like {kind}, {then} before",
            now=percent(now.share),
            then=percent(then.share),
            kind=label(then.kind),
        )
        yield Shift(table, before.name, "meaning", "warning", said, then.share - now.share, NULLS_WARNING)


def nulls(table: str, before: ColumnProfile, after: ColumnProfile) -> Iterator[Shift]:
    off = after.null_share - before.null_share
    level = _level(abs(off), NULLS_WARNING, NULLS_ALERT)
    if level is None and after.nulls and not before.nulls and before.rows:
        level = "notice"
    if level is not None:
        said = msg("{now} of the cells are empty, {then} before", now=percent(after.null_share), then=percent(before.null_share))
        yield Shift(table, before.name, "nulls", level, said, abs(off), NULLS_ALERT if level == "alert" else NULLS_WARNING)


def unique_no_more(table: str, before: ColumnProfile, after: ColumnProfile) -> Iterator[Shift]:
    if before.unique and not after.unique and after.rows:
        yield Shift(table, before.name, "unique", "alert", msg("Values come twice, which none did before"))


def constant_now(table: str, before: ColumnProfile, after: ColumnProfile) -> Iterator[Shift]:
    if after.constant and not before.constant and before.distinct > 1:
        yield Shift(table, before.name, "constant", "warning", msg("Every row holds the same value now"))


def new_values(table: str, before: ColumnProfile, after: ColumnProfile) -> Iterator[Shift]:
    """Values of a closed list that it did not have, and those that are gone; of a list that is none any more, those that are frequent."""
    if not before.lists_all or not _filled(after) or after.personal or before.personal:
        return
    if is_number(before.type) or is_temporal(before.type):
        return
    then, now = ({one.value: one.count for one in column.top} for column in (before, after))
    if not after.lists_all and 2 * before.distinct <= _filled(before):
        said = msg("{now} different values where there was a list of {then}", now=after.distinct, then=before.distinct)
        yield Shift(table, before.name, "categories_many", "alert" if after.distinct >= 2 * before.distinct else "warning", said)
    if new := [value for value in now if value not in then]:
        share = sum(now[value] for value in new) / _filled(after)
        said = msg("New values: {values}, in {share} of the rows", values=_named(new), share=percent(share))
        level: Level = "alert" if share >= NULLS_ALERT else "warning" if share > _unseen(before, after) else "notice"
        yield Shift(table, before.name, "categories_new", level, said, share, NULLS_ALERT)
    if after.lists_all and (gone := [value for value in then if value not in now]):
        yield Shift(
            table,
            before.name,
            "categories_gone",
            "notice",
            msg("Values that do not come any more: {values}", values=_named(gone)),
        )


def _unseen(before: ColumnProfile, after: ColumnProfile) -> float:
    """The share of rows whose value is likely not to have come before by chance alone: the share of the values that came once (Good, The Population

    Frequencies of Species, 1953), and three standard errors of the rows of `after`.
    """
    share = sum(one.count == 1 for one in before.top) / _filled(before)
    return share + 3 * sqrt(share / _filled(after))


def _named(values: list[str]) -> str:
    return ", ".join(value[:40] for value in values[:NAMED]) + (" …" if len(values) > NAMED else "")


def _filled(column: ColumnProfile) -> int:
    return column.rows - column.nulls


# Distributions


def of_distribution(one: Distribution, before: int, after: int) -> Iterator[Shift]:
    """A shift of the values, by the index and, for what can be measured, by the distance of the distribution functions.

    `before` and `after` are rows of the table.
    """
    if (level := _level(one.psi, PSI_WARNING, PSI_ALERT)) is not None:
        threshold = PSI_ALERT if level == "alert" else PSI_WARNING
        said = msg("The values are distributed otherwise: PSI {psi}", psi=round(one.psi, 3))
        yield Shift(one.table, one.column, "psi", level, said, one.psi, threshold)
    if one.ks is None or not before or not after:
        return
    certain = KS_CERTAIN * sqrt((before + after) / (before * after))
    level = _level(one.ks - one.ks_error, max(certain, KS_WARNING), max(certain, KS_ALERT))
    if level is not None:
        said = msg(
            "The distribution functions are {ks} apart (to within {error})", ks=round(one.ks, 3), error=round(one.ks_error, 3)
        )
        yield Shift(one.table, one.column, "ks", level, said, one.ks, KS_ALERT if level == "alert" else KS_WARNING)


def _level(measure: float, warning: float, alert: float) -> Level | None:
    return "alert" if measure >= alert else "warning" if measure >= warning else None


OF_PROFILES: tuple[Callable[[Profile, Profile], Iterator[Shift]], ...] = (tables_gone, tables_new, relations_lost)
OF_TABLES: tuple[Callable[[TableProfile, TableProfile], Iterator[Shift]], ...] = (
    columns_gone,
    columns_new,
    order_of_columns,
    key_lost,
    volume,
    rejected,
)
OF_COLUMNS: tuple[Callable[[str, ColumnProfile, ColumnProfile], Iterator[Shift]], ...] = (
    kind_of_values,
    meaning,
    nulls,
    unique_no_more,
    constant_now,
    new_values,
)
