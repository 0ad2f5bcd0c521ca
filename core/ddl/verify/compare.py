"""Whether rows came back as they were sent: every value as text in one form, compared as multisets of rows.

An engine hands a value back as text; DuckDB reads that text into the type the value had and writes it out again, as it does
with what was sent. So two ways to write one value are equal, and two values are not: NaN, negative zero, every digit, every
microsecond, null and the empty text are all told apart. Of JSON the value is compared, unless its text must be kept: numbers by
value, keys of an object in any order, a key that comes twice as twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import duckdb
from sqlglot import exp

from core.ddl.kinds import element
from core.engines import duck
from core.engines.duck import call
from core.models.types import family
from core.words import Msg, msg, plural

Form = Literal["plain", "list", "document"]
"""How a column travels: as one text, as a JSON array of the texts of its elements, or as one JSON text."""

CANONICAL = "assay_canonical_json"
SHOWN = 80
"""Characters of a value that are shown in a difference."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column on its way there and back: its name, its type in the files, its form, and whether JSON is compared as text."""

    name: str
    type: str
    form: Form = "plain"
    exact: bool = False


def text(value: exp.Expression) -> exp.Expression:
    return exp.cast(value, exp.DataType.build("VARCHAR"))


def document(value: exp.Expression) -> exp.Expression:
    """JSON text of a value, null where the value is."""
    return exp.case().when(value.is_(exp.null()), exp.null()).else_(text(call("to_json", value.copy())))


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions that `differences` needs."""
    connection.create_function(CANONICAL, canonical, ["VARCHAR"], "VARCHAR")


def canonical(document: str) -> str:
    """JSON in one form; what is no JSON stays as it is. NaN and infinities, which JSON has not, are read as Python does."""
    try:
        found = json.loads(document, object_pairs_hook=_Pairs, parse_int=Decimal, parse_float=Decimal)
    except ValueError:
        return document
    return _written(found)


class _Pairs(list):
    """The pairs of an object, so that a key that comes twice is seen twice."""


def _written(value: Any) -> str:
    if isinstance(value, _Pairs):
        pairs = sorted((json.dumps(key), _written(item)) for key, item in value)
        return "{" + ",".join(f"{key}:{item}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return _number(value)
    return json.dumps(value)


def _number(value: Decimal) -> str:
    """Every digit, without trailing zeros and without an exponent's spelling: normalize() alone would round to 28 digits."""
    sign, digits, exponent = value.as_tuple()
    figures = "".join(map(str, digits)).lstrip("0")
    kept = figures.rstrip("0")
    return f"{'-' if sign else ''}{kept}e{int(exponent) + len(figures) - len(kept)}" if kept else "0"


def sent(value: exp.Expression, field: Field) -> exp.Expression:
    """The key of a value as it lies in the files."""
    if field.form == "plain" and family(field.type) not in ("json", "nested"):
        return text(value)
    if field.exact:
        return document(value)
    return call(CANONICAL, document(value))


def returned(value: exp.Expression, field: Field) -> exp.Expression:
    """The key of a value from the text an engine gave. What cannot be read becomes a key that no value has."""
    if field.form == "document" or family(field.type) == "json":
        return value if field.exact else call(CANONICAL, value)
    if field.form == "list":
        read: exp.Expression = call(CANONICAL, document(_elements(value, element(field.type))))
    else:
        read = text(parsed(value, field.type))
    unreadable = exp.DPipe(this=exp.Literal.string("unreadable: "), expression=value.copy())
    return exp.case().when(value.copy().is_(exp.null()), exp.null()).else_(exp.func("coalesce", read, unreadable))


def _elements(value: exp.Expression, kind: str) -> exp.Expression:
    texts = exp.cast(
        exp.cast(value, exp.DataType.build("JSON", dialect="duckdb")), exp.DataType.build("VARCHAR[]", dialect="duckdb")
    )
    return call("list_transform", texts, exp.Lambda(this=parsed(exp.column("e"), kind), expressions=[exp.to_identifier("e")]))


def parsed(value: exp.Expression, kind: str) -> exp.Expression:
    """The text of a value as the value, null where it is none. Bytes come as `\\x` and hexadecimal digits."""
    if family(kind) == "text":
        return value
    if kind == "BLOB":
        return call("try", call("unhex", call("substr", value, exp.Literal.number(3))))
    if family(kind) in ("date", "timestamp"):
        # PostgreSQL writes BC at the end, DuckDB after the date.
        value = _replaced(value, r"^(\S+)(.*) BC$", r"\1 (BC)\2")
    if kind == "INTERVAL":
        value = _replaced(value, r"\+", "")
    return exp.TryCast(this=value, to=exp.DataType.build(kind, dialect="duckdb"))


def _replaced(value: exp.Expression, pattern: str, by: str) -> exp.Expression:
    literals = [exp.Literal.string(part) for part in (pattern, by, "g")]
    return call("regexp_replace", value, *literals)


def differences(connection: duckdb.DuckDBPyConnection, table: str, back: str, fields: Sequence[Field]) -> tuple[Msg, ...]:
    """What differs between the rows of `table` (columns by name) and of `back` (columns c0, c1, … of text); empty when nothing."""
    keys = {"there": _keys(table, [sent(duck.column(field.name), field) for field in fields])}
    keys["back"] = _keys(back, [returned(exp.column(f"c{place}"), field) for place, field in enumerate(fields)])
    names = {name: f"{back}_{name}" for name in keys}
    for name, query in keys.items():
        connection.execute(duck.sql(exp.Create(this=exp.to_table(names[name]), kind="TABLE", expression=query, replace=True)))
    try:
        return _found(connection, names, fields)
    finally:
        for name in names.values():
            connection.execute(duck.sql(exp.Drop(tables=[exp.to_table(name)], kind="TABLE")))


def _keys(table: str, values: Sequence[exp.Expression]) -> exp.Select:
    return exp.select(*(exp.alias_(value, f"k{place}") for place, value in enumerate(values))).from_(table)


def _found(connection: duckdb.DuckDBPyConnection, names: Mapping[str, str], fields: Sequence[Field]) -> tuple[Msg, ...]:
    there, back = names["there"], names["back"]
    columns = [f"k{place}" for place in range(len(fields))]
    # As many rows on both sides, and none that is only on one: the same rows.
    same_number = _count(connection, there) == _count(connection, back)
    lost, _ = _only(connection, there, back, columns)
    if same_number and not lost:
        return ()
    found = []
    for column, field in zip(columns, fields):
        count, value = _only(connection, there, back, [column])
        _, instead = _only(connection, back, there, [column])
        if count:
            found.append(_different(field, count, value, instead))
    if not same_number:
        sent_rows, came = _count(connection, there), _count(connection, back)
        found.insert(0, msg("{sent} rows were sent, {came} came back", sent=sent_rows, came=came))
    return tuple(found) or (plural("{n} row did not come back", "{n} rows did not come back", n=lost),)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return connection.execute(duck.sql(exp.select(exp.Count(this=exp.Star())).from_(table))).fetchall()[0][0]


def _only(connection: duckdb.DuckDBPyConnection, here: str, not_here: str, columns: Sequence[str]) -> tuple[int, str]:
    """How many rows are in one table and not in the other, and the first value of one."""
    picked = [exp.select(*columns).from_(table) for table in (here, not_here)]
    rest = exp.Except(this=picked[0], expression=picked[1], distinct=False).subquery("rest")
    shown = exp.func("coalesce", exp.Min(this=text(exp.column(columns[0]))), exp.Literal.string("null"))
    ((count, value),) = connection.execute(duck.sql(exp.select(exp.Count(this=exp.Star()), shown).from_(rest))).fetchall()
    return count, value


def _different(field: Field, count: int, value: str, instead: str) -> Msg:
    return plural(
        "{column}: {n} value did not come back as it was: {value} is {instead} there",
        "{column}: {n} values did not come back as they were: {value} is {instead} there, for example",
        n=count,
        column=field.name,
        value=_cut(value),
        instead=_cut(instead),
    )


def _cut(value: str) -> str:
    return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")[1:-1]
