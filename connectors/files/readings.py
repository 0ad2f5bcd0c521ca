"""The loss-free rule: the ways a text cell can be read as a narrower type.

A reading has a value and a check, both over a text column `c`: the check is true where the value, written back as text, says the same as the
cell did. A column takes a reading only when every cell passes. What counts as the same: digit for digit, except that zeros at the end of a
fraction carry no value (`9.5` may stand in a column of `9.50`). Leading zeros, plus signs, spaces and exponents are not
numbers here: they are how codes look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import sqlglot
from sqlglot import exp

NULL_TOKENS = ("", "NA", "N/A", "n/a", "NULL", "null", "None", "\\N", "-", "NaN", "nan", "#N/A")

# Fractions up to this many digits are kept as exact decimals. Longer ones are what binary floating point prints
# (10.357019999999999), and stay floats when their shortest text is the cell's. An assumption, not a standard.
EXACT_SCALE = 6
MOST_DIGITS = 38

THOUSANDS = "thousands by comma"
"""What a decimal comma before three digits may be as well."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read text: `value` and `keeps` are DuckDB expressions over `c` (and, in `keeps`, over `v`, the value, and `t`, its text).

    `shape` is a regular expression that every cell the reading keeps matches: a cheap first look in Python.
    """

    type: str
    shape: str
    value: str
    keeps: str
    read_as: str = ""
    rivals: tuple[str, ...] = ()


_SIGNS = {"%Y": r"\d{4}", "%b": "[A-Z][a-z]{2}", "%p": "[AP]M"}
_UNPADDED = r"\d{1,2}"


def _formatted(type_name: str, pattern: str, rival: str = "") -> Reading:
    """A date or timestamp in one fixed format: parsed by it and written back by it."""
    rivals = (rival,) if rival else ()
    shape = re.sub(r"%(\\-)?[a-zA-Z]", _shape_of, re.escape(pattern))
    parsed = f"try_strptime(c, '{pattern}')"
    if type_name == "DATE":
        return Reading("DATE", shape, f"CAST({parsed} AS DATE)", f"strftime(v, '{pattern}') = c", pattern, rivals)
    if type_name == "TIMESTAMP":
        return Reading("TIMESTAMP", shape, parsed, f"strftime(v, '{pattern}') = c", pattern, rivals)
    back = f"strftime(timezone('UTC', v), '{pattern}') = c"
    return Reading(type_name, shape, f"timezone('UTC', {parsed})", back, pattern, rivals)


def _shape_of(part: re.Match[str]) -> str:
    return _UNPADDED if part[1] else _SIGNS.get(part[0], r"\d\d")


def _fraction(type_name: str, zone: str, local: str) -> Reading:
    """A timestamp with up to six digits after the second, or none: the zeros at the end of those carry no value."""
    shape = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,6})?"
    text = f"regexp_replace(c, '{zone}$', '')" if zone else "c"
    keeps = (
        f"regexp_full_match(c, '{shape}{zone}') AND "
        f"starts_with(rpad(replace({text}, 'T', ' '), 26, '0'), CAST({local} AS VARCHAR))"
    )
    return Reading(type_name, shape + zone, f"TRY_CAST(c AS {type_name})", keeps, "fraction of a second")


_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_FREE = ("%-d/%-m/%Y", "%-m/%-d/%Y")
"""Days and months without zeros before them, as spreadsheets write them."""

_FREE_CLOCKS = ("%H:%M:%S", "%H:%M", "%-H:%M:%S", "%-H:%M", "%-I:%M:%S %p", "%-I:%M %p")

WHOLE = Reading("BIGINT", r"-?\d{1,19}", "TRY_CAST(c AS BIGINT)", "t = c")
TRUTH = Reading("BOOLEAN", r"(?i)true|false", "TRY_CAST(c AS BOOLEAN)", "c = 'true' OR c = 'false'")
DAY = Reading("DATE", r"\d{4}-\d\d-\d\d", "TRY_CAST(c AS DATE)", "t = c")
MOMENTS = {_formatted("TIMESTAMP", f"%Y-%m-%d{sign}%H:%M:%S"): sign for sign in " T"}
"""Moments to the second, and what stands between day and time."""

PLAIN: tuple[Reading, ...] = (
    WHOLE,
    # Not HUGEINT: Parquet has no such type, and DuckDB writes it there as DOUBLE.
    Reading("DECIMAL(38,0)", r"-?\d{1,38}", "TRY_CAST(c AS DECIMAL(38,0))", "t = c"),
    TRUTH,
    Reading("BOOLEAN", r"(?i)true|false", "TRY_CAST(c AS BOOLEAN)", "c = 'True' OR c = 'False'", "True / False"),
    Reading("BOOLEAN", r"(?i)true|false", "TRY_CAST(c AS BOOLEAN)", "c = 'TRUE' OR c = 'FALSE'", "TRUE / FALSE"),
    DAY,
    _formatted("DATE", "%d.%m.%Y"),
    *(_formatted("DATE", day, rival=month) for day, month in zip(_DAY_FIRST, _MONTH_FIRST)),
    *(_formatted("DATE", month, rival=day) for day, month in zip(_DAY_FIRST, _MONTH_FIRST)),
    _formatted("DATE", _FREE[0], rival=_FREE[1]),
    _formatted("DATE", _FREE[1], rival=_FREE[0]),
    _formatted("DATE", "%Y/%m/%d"),
    _formatted("DATE", "%d-%b-%Y"),
    _formatted("DATE", "%d %b %Y"),
    _formatted("DATE", "%b %d, %Y"),
    *MOMENTS,
    _formatted("TIMESTAMP", "%Y-%m-%d %H:%M"),
    _formatted("TIMESTAMP", "%d.%m.%Y %H:%M:%S"),
    _formatted("TIMESTAMP", "%d.%m.%Y %H:%M"),
    *(
        _formatted("TIMESTAMP", f"{day} {clock}", rival=f"{month} {clock}")
        for clock in _CLOCKS
        for day, month in ((_DAY_FIRST[0], _MONTH_FIRST[0]), (_MONTH_FIRST[0], _DAY_FIRST[0]))
    ),
    *(
        _formatted("TIMESTAMP", f"{day} {clock}", rival=f"{month} {clock}")
        for clock in _FREE_CLOCKS
        for day, month in (_FREE, reversed(_FREE))
    ),
    _fraction("TIMESTAMP", "", "v"),
    _formatted("TIMESTAMP WITH TIME ZONE", "%Y-%m-%dT%H:%M:%SZ"),
    _formatted("TIMESTAMP WITH TIME ZONE", "%Y-%m-%d %H:%M:%S+00:00"),
    _formatted("TIMESTAMP WITH TIME ZONE", "%Y-%m-%d %H:%M:%S+00"),
    _formatted("TIMESTAMP WITH TIME ZONE", "%d/%b/%Y:%H:%M:%S +0000"),  # the logs of Apache and nginx
    _fraction("TIMESTAMP WITH TIME ZONE", r"(Z|\+00|\+00:00)", "timezone('UTC', v)"),
    Reading("TIME", r"\d\d:\d\d:\d\d(\.\d{1,6})?", "TRY_CAST(c AS TIME)", "t = c"),
    Reading("TIME", r"\d\d:\d\d", "TRY_CAST(c AS TIME)", "strlen(c) = 5 AND t = concat(c, ':00')", "%H:%M"),
    Reading("UUID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "TRY_CAST(c AS UUID)", "t = c"),
)

# A double has NaN of its own; in a column of another type it is a token of null.
NAN = ("NaN", "nan")
_WITHOUT_POINT = "strlen(t) = strlen(c) + 2 AND ends_with(t, '.0') AND starts_with(t, c)"
_DIGITS = "rtrim(ltrim(replace(split_part(lower({text}), 'e', 1), '.', ''), '-0'), '0')"
"""The significant digits of a number. Where they are those of the shortest text that reads back as the same double, the two texts say the same

number: both round to that double, and ten times as much would not.
"""
_SAME_DIGITS = f"{_DIGITS.format(text='c')} = {_DIGITS.format(text='t')}"
DOUBLE = Reading(
    "DOUBLE",
    r"-?(\d+(\.\d+)?|inf)",
    "TRY_CAST(c AS DOUBLE)",
    f"t = c OR c = 'NaN' OR ({_WITHOUT_POINT}) OR (regexp_full_match(c, '-?(0|[1-9]\\d*)\\.\\d+') AND {_SAME_DIGITS})",
)

# For numbers that DuckDB itself wrote as text: its own shortest text of a double, or a whole number that a double holds.
SHORTEST = Reading(
    "DOUBLE",
    r"-?(\d+(\.\d+)?(e[-+]?\d+)?|inf|Infinity)|nan|NaN",
    "TRY_CAST(c AS DOUBLE)",
    f"t = c OR ({_WITHOUT_POINT}) OR c IN ('NaN', 'Infinity', '-Infinity')",
)

# Offered only to a column that has plain fractions too, and only as programs print doubles: with a sign in the exponent (C, Python, JavaScript) or
# a point before it (Java). `1E5` is what a person or a spreadsheet wrote, and keeps a column of amounts text.
EXPONENT = Reading(
    "DOUBLE",
    r"-?\d+(\.\d+)?([eE][+-]?\d+)?",
    "TRY_CAST(c AS DOUBLE)",
    f"({DOUBLE.keeps}) OR (regexp_full_match(c, '-?[1-9](\\.\\d+[eE][+-]?|[eE][+-])\\d{{1,3}}') AND {_SAME_DIGITS})",
    "exponents",
)

# As C, Fortran and numpy.savetxt print every double: one digit before the point, so many behind it. The number reads back as the same text.
SCIENTIFIC = Reading(
    "DOUBLE",
    r"-?\d\.\d{1,40}e[+-]\d{2,3}",
    "TRY_CAST(c AS DOUBLE)",
    r"regexp_full_match(c, '-?\d\.\d{1,40}e[+-]\d{2,3}') AND "
    r"format(concat('{:.', strlen(regexp_extract(c, '\.(\d+)e', 1)), 'e}'), v) = c",
    "one digit before the point, and an exponent",
)

FLOAT = replace(EXPONENT, read_as="")
"""Fractions among which an exponent may come; none has been met."""


@cache
def decimal(scale: int, digits: int, comma: bool) -> Reading:
    """Exact decimals with up to `scale` digits after the point (or the comma)."""
    text = "replace(c, ',', '.')" if comma else "c"
    no_point = " AND NOT contains(c, '.')" if comma else ""
    type_name = f"DECIMAL({digits},{scale})"
    keeps = (
        f"(t = {text} OR regexp_full_match({text}, '-?(0|[1-9]\\d*)(\\.\\d{{1,{scale}}})?') AND starts_with(t, {text})){no_point}"
    )
    shape = r"-?\d+(,\d+)?" if comma else r"-?\d+(\.\d+)?"
    rivals = (THOUSANDS,) if comma else ()
    return Reading(type_name, shape, f"TRY_CAST({text} AS {type_name})", keeps, "decimal comma" if comma else "", rivals)


@cache
def _template(text: str) -> exp.Expression:
    return sqlglot.parse_one(text, dialect="duckdb")


def value(reading: Reading, cell: exp.Expression) -> exp.Expression:
    """The reading's value of a text expression."""
    return _filled(reading.value, c=cell)


def plain(marks, cell: exp.Expression) -> exp.Expression:
    """The text of a number without the signs of `connectors.files.marks.Marks`."""
    return _filled(marks.plain, c=cell)


def keeps(
    reading: Reading, cell: exp.Expression, read: exp.Expression | None = None, text: exp.Expression | None = None
) -> exp.Expression:
    """True where the reading loses nothing of the cell; null or false where it does. `read` is its value and `text` the text of that, where

    they are at hand.
    """
    found = read if read is not None else _filled(reading.value, c=cell)
    return _filled(reading.keeps, c=cell, v=found, t=text if text is not None else exp.cast(found, "VARCHAR", dialect="duckdb"))


def uses_text(reading: Reading) -> bool:
    """Whether the check reads the text of the value, which is then worth computing once."""
    return any(one.name == "t" for one in _template(reading.keeps).find_all(exp.Column))


def _filled(text: str, **parts: exp.Expression) -> exp.Expression:
    def put(node: exp.Expression) -> exp.Expression:
        return exp.paren(parts[node.name]) if isinstance(node, exp.Column) and node.name in parts else node

    return exp.paren(_template(text).transform(put), copy=False)
