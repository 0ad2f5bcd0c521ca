"""Nested rows as flat tables: their parts as columns `a.b.c`, and each list as a table of its own with the key of its parent.

What is nested is a STRUCT or a LIST of DuckDB by then, whatever the format was. Rows are unnested from Parquet that was written once, a
list at a time, so the source is parsed once however many tables it makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from connectors.files.choose import Rules
from connectors.files.dialect import unique
from connectors.files.land import copy_to, land_text
from core.engines.duck import call, column, literal, parquet, rows_in, sql
from core.models.source import LandedColumn
from core.task import Task
from core.words import msg

CHOICES = ("json", "flatten", "tables")
ID, PARENT, POSITION, VALUE = "_id", "_parent_id", "_position", "value"
_PARENT, _POSITION, _ELEMENT = "assay parent", "assay position", "assay element"
# A column that tells rows apart by luck is no key (see docs/decisions.md): the name has to say so too.
_KEY_NAME = re.compile(r"(?i)(^|[._@])(\w*(id|uuid|guid|key)|code|no|num|\w*number|номер|код|инн|огрн|снилс|кадастровый_номер)$")
_KEY_TYPES = ("BIGINT", "VARCHAR", "UUID")
_MOST_KEYS = 4


@dataclass(frozen=True, slots=True)
class Flat:
    """Columns that hold no STRUCT (name, value, type), and the lists among the parts (path, value, type of an element)."""

    columns: tuple[tuple[str, exp.Expression, str], ...]
    lists: tuple[tuple[str, exp.Expression, DuckDBPyType], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A table of a file: `path` is empty for that of the rows themselves."""

    path: str
    file: Path
    columns: tuple[LandedColumn, ...]
    rows: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class How:
    """What a format says of its text: `rules(typed)` of columns that have their type, and the readings of the rest."""

    rules: Callable[[Mapping[str, str]], Rules]
    folder: Callable[[str], Path]
    task: Task = field(default_factory=Task)


def flat(types: Mapping[str, str], tables: bool) -> Flat:
    """The parts of nested columns as columns; lists stay columns unless they become `tables`."""
    columns: list[tuple[str, exp.Expression, str]] = []
    lists: list[tuple[str, exp.Expression, DuckDBPyType]] = []
    for name, kind in types.items():
        for path, value, part in _leaves(name, column(name), DuckDBPyType(kind)):
            if tables and part.id == "list":
                lists.append((path, value, part.children[0][1]))
            else:
                # What Parquet gives back as text is JSON again.
                columns.append((path, exp.cast(value, "JSON") if str(part) == "JSON" else value, str(part)))
    return Flat(tuple(columns), tuple(lists))


def _leaves(path: str, value: exp.Expression, kind: DuckDBPyType) -> Iterator[tuple[str, exp.Expression, DuckDBPyType]]:
    if kind.id != "struct":
        yield path, value, kind
        return
    for part, child in kind.children:
        inner = call("struct_extract", value.copy(), exp.Literal.string(part))
        yield from _leaves(f"{path}.{part}", inner, child)


def land_as(
    choice: str, connection: duckdb.DuckDBPyConnection, rows: exp.Expression, types: Mapping[str, str], aside: Path, how: How
) -> tuple[Part, ...]:
    """Land the rows by one of `CHOICES`: with nested parts as they are, as columns, or with lists as tables."""
    if choice == "tables":
        return land_tables(connection, rows, types, aside, how)
    target = how.folder("") / "part-0.parquet"
    if choice == "flatten":
        landed = _land(connection, rows, flat(types, tables=False).columns, target, how)
    else:
        typed = {name: kind for name, kind in types.items() if kind != "VARCHAR"}
        landed = land_text(connection, rows, list(types), target, how.task, how.rules(typed))
    return (Part("", target, landed, rows_in(connection, target)),)


def _land(connection, rows, columns, target: Path, how: How, text: str = "") -> tuple[LandedColumn, ...]:
    names = unique([name for name, *_ in columns])
    shown = [exp.alias_(value, name, quoted=True, copy=False) for name, (_, value, _) in zip(names, columns)]
    typed = {name: kind for name, (_, _, kind) in zip(names, columns) if kind != "VARCHAR" or name == text}
    query = exp.select(*shown).from_(rows).subquery("t")
    return land_text(connection, query, names, target, how.task, how.rules(typed))


def land_tables(
    connection: duckdb.DuckDBPyConnection, rows: exp.Expression, types: Mapping[str, str], aside: Path, how: How
) -> tuple[Part, ...]:
    """The rows as a table without lists, and each list as a table of its own: `_parent_id` is the key of the row it was in, `_position`

    counts from 1. A table whose rows have lists has a key: a column that is one, else `_id`, the number of the row.
    """
    whole = aside / "whole.parquet"
    copy_to(connection, exp.select(*map(column, types)).from_(rows), whole, how.task, msg("Reading every object"))
    return tuple(_part(connection, "", whole, types, (), how))


def _part(connection, path: str, staged: Path, types: Mapping[str, str], lead, how: How) -> Iterator[Part]:
    """The table of a staged file and those below it. `lead` are the columns that place its rows in their parents."""
    found = flat(types, tables=True)
    rows = exp.Anonymous(
        this="read_parquet",
        expressions=[literal(staged), exp.EQ(this=exp.to_identifier("file_row_number"), expression=exp.true())],
    )
    key = "" if path or not found.lists else _natural_key(connection, rows, found.columns)
    number = (ID, exp.Add(this=column("file_row_number"), expression=exp.Literal.number(1)), "BIGINT")
    # An object with nothing but lists in it is a row all the same.
    counted = (number,) if (found.lists and not key) or not (lead or found.columns) else ()
    columns = (*counted, *lead, *found.columns)
    target = how.folder(path) / "part-0.parquet"
    landed = _land(connection, rows, columns, target, how)
    if key and any(one.read_as for one in landed if one.column.name == key):
        # Children keep a key in the type of its column: one that is read in a way of its own stays text.
        landed = _land(connection, rows, columns, target, how, text=key)
    place = next((at for at, (name, *_) in enumerate(columns) if name == (key or ID)), 0)
    shown, value, kind = landed[place].column.name, columns[place][1], landed[place].column.type
    yield Part(path, target, landed, rows_in(connection, target), shown if key or counted else "")
    for serial, (name, listed, element) in enumerate(found.lists):
        file = staged.with_name(f"{staged.stem}-{serial}.parquet")
        inner = _unnest(connection, rows, exp.cast(value.copy(), kind), listed, element, file, how)
        below = ((PARENT, column(_PARENT), kind), (POSITION, column(_POSITION), "BIGINT"))
        yield from _part(connection, f"{path}.{name}" if path else name, file, inner, below, how)
        file.unlink()


def _unnest(connection, rows, key: exp.Expression, listed: exp.Expression, element: DuckDBPyType, file: Path, how: How):
    """Write the elements of a list with the key of their row and their place; returns the types of the parts of an element."""
    each = exp.select(
        exp.alias_(key, _PARENT, quoted=True),
        exp.alias_(call("unnest", listed.copy()), _ELEMENT, quoted=True),
        exp.alias_(call("generate_subscripts", listed.copy(), exp.Literal.number(1)), _POSITION, quoted=True),
    )
    if element.id == "struct":
        parts = dict(element.children)
        inner = [
            exp.alias_(call("struct_extract", column(_ELEMENT), exp.Literal.string(part)), part, quoted=True) for part in parts
        ]
    else:
        parts, inner = {VALUE: element}, [exp.alias_(column(_ELEMENT), VALUE, quoted=True)]
    query = exp.select(column(_PARENT), column(_POSITION), *inner).from_(each.from_(rows.copy()).subquery("t"))
    copy_to(connection, query, file, how.task, msg("Taking lists apart"))
    return {part: str(kind) for part, kind in parts.items()}


def _natural_key(connection, rows: exp.Expression, own) -> str:
    """The first column that is named like a key and tells all rows apart; none where there is no such column."""
    named = [(name, value) for name, value, kind in own if kind in _KEY_TYPES and _KEY_NAME.search(name)][:_MOST_KEYS]
    for name, value in named:
        asked = exp.select(
            exp.Count(this=exp.Star()), call("count", value.copy()), call("approx_count_distinct", value.copy())
        ).from_(rows.copy())
        count, there, about = connection.execute(sql(asked)).fetchall()[0]
        if not count or there < count or about < 0.8 * count:
            continue
        exact = exp.select(exp.Count(this=exp.Distinct(expressions=[value.copy()]))).from_(rows.copy())
        if connection.execute(sql(exact)).fetchall()[0][0] == count:
            return name
    return ""


def cells(connection: duckdb.DuckDBPyConnection, file: Path, names: list[str]) -> tuple[int, int]:
    """Cells of a landed file, and how many of them are null."""
    asked = [call("count", column(name)) for name in names]
    count, *there = connection.execute(sql(exp.select(exp.Count(this=exp.Star()), *asked).from_(parquet([file])))).fetchall()[0]
    return count * len(names), count * len(names) - sum(there)
