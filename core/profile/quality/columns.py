"""Rules about one column, and about whole rows: where the data suggests one, and which rows break it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from sqlglot import exp

from core.engines import duck
from core.models.profile import ColumnProfile, Top
from core.models.quality import Rule
from core.models.types import family
from core.profile import standins
from core.profile.counted import BLANKS, PLACEHOLDERS
from core.profile.keys import dense
from core.profile.meaning.kinds import KINDS as MEANINGS
from core.profile.meaning.kinds import USUAL, stands_for
from core.profile.named import may_be_negative
from core.profile.quality.kind import (
    NEARLY,
    TIMES,
    Given,
    Kind,
    Now,
    Rows,
    filled,
    moment,
    null,
    number,
    text,
    there,
    value,
)
from core.words import Msg, msg

PLACES = ("latitude", "longitude")
"""Meanings of numbers that are below nothing south and west."""

NO_IDENTIFIERS = ("ipv4", "ipv6", "person", "given_name", "birth_date", "address", "coordinates", "units", "contacts", "codes")
"""Meanings of which two rows may well hold the same."""

ALIKE = 0.8
"""The likeness (Ratcliff and Obershelp 1988, as difflib has it) from which a rare value may be a frequent one misspelt."""

CATEGORIES = 12
"""Different values up to which a column of text is a closed list."""

CATEGORY_ROWS = 100
"""Rows from which a closed list is more than what few rows happen to hold."""


def _name(rule: Rule) -> str:
    return rule.columns[0]


def _filled(given: Given) -> Iterator[Rule]:
    """Columns that are nearly always filled."""
    for column in given.table.columns:
        if column.null_share <= 1 - NEARLY:
            yield given.rule("filled", column.name)


def _means_something(given: Given) -> Iterator[Rule]:
    """Texts that stand for nothing, in a column where most do not."""
    for column in given.table.columns:
        held = sum(one.count for one in column.placeholders)
        if 0 < held <= filled(column) / 2:
            coded = column.meaning is not None and any(stands_for(column.meaning.kind, one) for one in PLACEHOLDERS)
            yield given.rule("means_something", column.name, value=column.meaning.kind if column.meaning and coded else "")


def _breaks_meaning_something(rule: Rule, _: Now) -> exp.Expression:
    trimmed = exp.func("lower", exp.func("trim", value(rule), text(BLANKS), dialect="duckdb"))
    return exp.In(this=trimmed, expressions=[text(one) for one in PLACEHOLDERS if not stands_for(rule.value, one)])


def _looks_like(given: Given) -> Iterator[Rule]:
    """Values that do not look like what the others of their column are."""
    for column in given.table.columns:
        if column.meaning is not None and column.meaning.share < 1 and not _tolerant(column.meaning.kind):
            yield given.rule("looks_like", column.name, value=column.meaning.kind)


def _tolerant(kind: str) -> bool:
    """Whether a value that does not look so is no fault: the kind is told by a check that is no SQL, or by some or most values only."""
    named = [one for one in MEANINGS if one.name == kind]
    return not named or any(one.check is not None or one.sparse or one.least < USUAL for one in named)


def _breaks_look(rule: Rule, _: Now) -> exp.Expression:
    patterns = [one.pattern for one in MEANINGS if one.name == rule.value]
    return exp.Not(this=exp.paren(exp.or_(*(_fits(rule, one) for one in patterns))))


def _fits(rule: Rule, pattern: str) -> exp.Expression:
    return duck.call("regexp_full_match", exp.cast(value(rule), "VARCHAR", dialect="duckdb"), text(pattern))


def _said_of_look(rule: Rule) -> Msg:
    kind = next(one.label for one in MEANINGS if one.name == rule.value)
    return msg("{column} looks like its kind: {kind}", column=_name(rule), kind=kind)


def _shaped(given: Given) -> Iterator[Rule]:
    """Codes of one shape, but for a few."""
    for column in given.table.columns:
        if not column.patterns or column.patterns_sampled or column.meaning is not None or filled(column) < 50:
            continue
        first = column.patterns[0]
        if NEARLY * filled(column) <= first.count < filled(column) and "9" in first.mask and len(first.mask) < 30:
            yield given.rule("shaped", column.name, value=first.mask)


def _breaks_shape(rule: Rule, _: Now) -> exp.Expression:
    return exp.Not(this=_fits(rule, shape(rule.value)))


def shape(mask: str) -> str:
    """A character-class mask as a regular expression."""
    classes = {"9": r"\d", "A": r"\p{Lu}", "a": r"\p{L}"}
    return "".join(classes.get(sign) or re.escape(sign) for sign in mask)


def _not_negative(given: Given) -> Iterator[Rule]:
    """Numbers below nothing, where nearly none are and neither name nor meaning says that they may be."""
    for column in given.table.columns:
        if may_be_negative(column.name) or (column.meaning and column.meaning.kind in PLACES):
            continue
        if column.negatives and column.negatives <= (1 - NEARLY) * filled(column):
            yield given.rule("not_negative", column.name)


def _no_stand_in(given: Given) -> Iterator[Rule]:
    """Numbers of nothing but nines in several rows, and days like 9999-12-31, far from all others: how some sources write that they have none."""
    for column in given.table.columns:
        for one in standins.of(column):
            yield given.rule("no_stand_in", column.name, value=one)


def _breaks_stand_in(rule: Rule, _: Now) -> exp.Expression:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", rule.value):
        return exp.EQ(this=standins.day(value(rule)), expression=standins.day(text(rule.value)))
    return exp.EQ(this=value(rule), expression=number(rule.value))


def _well_spelt(given: Given) -> Iterator[Rule]:
    """Values of one or two rows that are nearly a frequent one, and any that only capitals or blanks tell from a more frequent one."""
    for column in given.table.columns:
        if family(column.type) != "text" or column.distinct > 50 or column.personal:
            continue
        often = [one for one in column.top if one.count >= 20]
        for one in column.top:
            rare = one.count <= 2 and len(column.top) > 2
            if any((rare and _alike(one.value, other.value)) or _same_word(one, other) for other in often):
                yield given.rule("well_spelt", column.name, value=one.value)


def _same_word(one: Top, other: Top) -> bool:
    """Whether a value is a more frequent one in other capitals or with other blanks."""
    words = [" ".join(top.value.split()).casefold() for top in (one, other)]
    return one.value != other.value and words[0] == words[1] != "" and one.count < other.count


def _alike(one: str, other: str) -> bool:
    return (
        one != other
        and min(len(one), len(other)) > 3
        and SequenceMatcher(None, one.casefold(), other.casefold()).ratio() >= ALIKE
    )


def _one_of(given: Given) -> Iterator[Rule]:
    """Columns of few texts: what comes later is one of them, too."""
    for column in given.table.columns:
        few = column.lists_all and 1 < column.distinct <= CATEGORIES
        if family(column.type) == "text" and few and filled(column) >= CATEGORY_ROWS and not column.personal:
            often = [one.value for one in column.top if one.count > 2]
            if len(often) == column.distinct:
                yield given.rule("one_of", column.name, values=tuple(sorted(often)))


def _breaks_list(rule: Rule, _: Now) -> exp.Expression:
    return exp.Not(this=exp.In(this=value(rule), expressions=[text(one) for one in rule.values]))


def _breaks_range(rule: Rule, _: Now) -> exp.Expression:
    low, high = rule.values
    beyond = []
    if low:
        beyond.append(exp.LT(this=value(rule), expression=_end(low)))
    if high:
        beyond.append(exp.GT(this=value(rule), expression=_end(high)))
    return exp.or_(*beyond)


def _end(written: str) -> exp.Expression:
    """A bound: a number, or what the type of the column reads of the text."""
    return number(written) if re.fullmatch(r"-?\d+(\.\d+)?", written) else text(written)


def _said_of_range(rule: Rule) -> Msg:
    low, high = rule.values
    if low and high:
        return msg("{column} is from {low} to {high}", column=_name(rule), low=low, high=high)
    if low:
        return msg("{column} is {low} at least", column=_name(rule), low=low)
    return msg("{column} is {high} at most", column=_name(rule), high=high)


def _unique(given: Given) -> Iterator[Rule]:
    """Identifiers that come twice, and keys of one column."""
    key = given.table.primary_key
    for column in given.table.columns:
        if _identifies(column) or tuple(key) == (column.name,):
            yield given.rule("unique", column.name)


def _identifies(column: ColumnProfile) -> bool:
    """Whether a column is an identifier of which a few come twice: a text, or numbers without wide gaps, as amounts have."""
    if column.meaning is not None and column.meaning.kind in NO_IDENTIFIERS:
        return False
    if not column.nearly_unique or family(column.type) not in ("integer", "text", "uuid"):
        return False
    return family(column.type) != "integer" or dense(column)


def _repeated(rule: Rule, rows: Rows, _: Now) -> exp.Select:
    columns = [duck.column(name) for name in rule.columns]
    again = exp.Window(this=exp.Count(this=exp.Star()), partition_by=columns)
    found = (
        exp.select("*", exp.alias_(again, TIMES, quoted=True))
        .from_(rows(rule.table))
        .where(*(there(one.copy()) for one in columns))
    )
    return exp.select("*").from_(found.subquery("t")).where(exp.GT(this=duck.column(TIMES), expression=number(1)))


def _rows_differ(given: Given) -> Iterator[Rule]:
    if given.table.duplicate_rows:
        yield given.rule("rows_differ", *(column.name for column in given.table.columns))


def _rows_again(rule: Rule, rows: Rows, _: Now) -> exp.Select:
    """The rows that are there already: of two alike, one."""
    columns = [duck.column(name) for name in rule.columns]
    place = exp.Window(this=duck.call("row_number"), partition_by=columns, order=exp.Order(expressions=[columns[0].copy()]))
    found = exp.select("*", exp.alias_(place, TIMES, quoted=True)).from_(rows(rule.table))
    return exp.select("*").from_(found.subquery("t")).where(exp.GT(this=duck.column(TIMES), expression=number(1)))


def _not_in_future(given: Given) -> Iterator[Rule]:
    """Moments after now, in a column that looks back."""
    for line in given.table.timelines:
        if line.age_days is not None and line.age_days < 0 and line.first < given.now.isoformat(" "):
            yield given.rule("not_in_future", line.column)


def _breaks_future(rule: Rule, now: Now) -> exp.Expression:
    return exp.GT(this=exp.cast(value(rule), "TIMESTAMP", dialect="duckdb"), expression=moment(now))


def _stale(rule: Rule, rows: Rows, now: Now) -> exp.Select:
    newest = exp.Max(this=value(rule))
    since = moment(now, float(rule.value))
    old = exp.LT(this=exp.cast(newest.copy(), "TIMESTAMP", dialect="duckdb"), expression=since)
    return exp.select(exp.alias_(newest, "newest")).from_(rows(rule.table)).having(exp.or_(null(newest.copy()), old))


def _too_few(rule: Rule, rows: Rows, _: Now) -> exp.Select:
    count = exp.Count(this=exp.Star())
    asked = exp.select(exp.alias_(count, "rows")).from_(rows(rule.table))
    return asked.having(exp.LT(this=count.copy(), expression=number(rule.value)))


def _breaks_condition(rule: Rule, _: Now) -> exp.Expression:
    return exp.Not(this=exp.paren(exp.maybe_parse(rule.value, dialect="duckdb")))


KINDS: tuple[Kind, ...] = (
    Kind("filled", "completeness", lambda rule: msg("{column} is filled", column=_name(rule)), _filled, lambda rule, _: null(value(rule)), of="rows"),
    Kind("means_something", "completeness", lambda rule: msg("{column} holds no text that stands for nothing", column=_name(rule)), _means_something, _breaks_meaning_something),
    Kind("no_stand_in", "completeness", lambda rule: msg("{column} is not {value}, which seems to stand for nothing", column=_name(rule), value=rule.value), _no_stand_in, _breaks_stand_in),
    Kind("enough_rows", "completeness", lambda rule: msg("The table has {n} rows at least", n=int(rule.value)), rows=_too_few, of="once"),
    Kind("looks_like", "validity", _said_of_look, _looks_like, _breaks_look),
    Kind("shaped", "validity", lambda rule: msg("{column} has the shape {shape}", column=_name(rule), shape=rule.value), _shaped, _breaks_shape),
    Kind("matches", "validity", lambda rule: msg("{column} matches {pattern}", column=_name(rule), pattern=rule.value), breaks=lambda rule, _: exp.Not(this=_fits(rule, rule.value))),
    Kind("not_negative", "validity", lambda rule: msg("{column} is not negative", column=_name(rule)), _not_negative, lambda rule, _: exp.LT(this=value(rule), expression=number(0))),
    Kind("between", "validity", _said_of_range, breaks=_breaks_range),
    Kind("one_of", "validity", lambda rule: msg("{column} is one of: {values}", column=_name(rule), values=", ".join(rule.values)), _one_of, _breaks_list),
    Kind("well_spelt", "validity", lambda rule: msg("{column} is not “{value}”, which is nearly a frequent value", column=_name(rule), value=rule.value), _well_spelt, lambda rule, _: exp.EQ(this=value(rule), expression=text(rule.value))),
    Kind("unique", "uniqueness", lambda rule: msg("{column} comes once", column=", ".join(rule.columns)), _unique, rows=_repeated),
    Kind("rows_differ", "uniqueness", lambda rule: msg("No row repeats another"), _rows_differ, rows=_rows_again, of="rows"),
    Kind("condition", "consistency", lambda rule: msg("It holds that {condition}", condition=rule.value), breaks=_breaks_condition, of="rows"),
    Kind("not_in_future", "timeliness", lambda rule: msg("{column} is not in the future", column=_name(rule)), _not_in_future, _breaks_future),
    Kind("fresh", "timeliness", lambda rule: msg("{column} is at most {days} days old", column=_name(rule), days=rule.value), rows=_stale, of="once"),
)  # fmt: skip
