"""Rows for the proof: the first of each table, those with its extremes, and whatever they refer to in other tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from core.engines import duck
from core.models.design import ColumnDesign, Reference, TableDesign
from core.models.profile import Profile
from core.models.types import family
from core.task import Task
from core.words import msg

ROWS = 20_000
"""Rows of a table that are loaded; smaller tables are loaded whole. Extremes and rows that are referred to come on top.

Three granules of ClickHouse and some 300 pages of PostgreSQL: enough for a planner to tell an index from a scan.
"""

SERIES_ROWS = 200_000
"""The same for a table with a BRIN index: with fewer rows than its ranges hold there is nothing it could leave out."""

ORDERED = ("integer", "decimal", "float", "date", "timestamp", "time")
NUMBER = "assay row number"
"""Name of the column that numbers the rows of a table in the order of its files; no table of the sample has it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The rows of one table as a DuckDB table called `name`, with the types they have in the files."""

    name: str
    rows: int
    types: Mapping[str, str]


def draw(connection: duckdb.DuckDBPyConnection, profile: Profile, designs: Sequence[TableDesign], task: Task) -> dict[str, Drawn]:
    """The sample of every table that has files, so that every foreign key of the designs holds in it.

    Rows with the least and the greatest value, and the longest text, of each column are always among them: a type that is too
    narrow cannot pass.
    """
    files = {name: list(paths) for name, paths in profile.files if paths}
    tables = {f"sample_{number}": design for number, design in enumerate(designs) if design.name in files}
    places = {design.name: name for name, design in tables.items()}
    for number, (name, design) in enumerate(tables.items()):
        task.at(number / len(tables), msg("Taking a sample of {table}", table=design.name))
        _numbers(connection, name, files[design.name])
        _pick(connection, name, design, profile.table(design.name).rows)
    while any(_refer(connection, name, design, places) for name, design in tables.items()):
        task.check()
    return {design.name: _rows(connection, name, design) for name, design in tables.items()}


def _numbers(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[str]) -> None:
    number = exp.alias_(exp.Window(this=exp.func("row_number")), duck.name(NUMBER))
    _create(connection, "VIEW", _all(name), exp.select("*", number).from_(duck.parquet(files)))


def _all(name: str) -> str:
    return f"{name}_all"


def _picked(name: str) -> str:
    return f"{name}_picked"


def _create(connection: duckdb.DuckDBPyConnection, kind: str, name: str, query: exp.Expression) -> None:
    connection.execute(duck.sql(exp.Create(this=exp.to_table(name), kind=kind, expression=query)))


def _pick(connection: duckdb.DuckDBPyConnection, name: str, design: TableDesign, rows: int) -> None:
    """The numbers of the rows to take, in a table of their own."""
    wanted = SERIES_ROWS if any(index.kind == "brin" for index in design.indexes) else ROWS
    number, picked = duck.column(NUMBER), exp.to_table(_picked(name))
    _create(connection, "TABLE", _picked(name), exp.select(number).from_(_all(name)).limit(wanted))
    if rows <= wanted:
        return
    ends = [end for column in design.columns for end in _ends(column)]
    if ends:
        lists = exp.func("unnest", exp.array(*ends), dialect="duckdb")
        found = exp.select(exp.alias_(lists, duck.name(NUMBER))).from_(_all(name)).subquery("ends")
        known = exp.select(number).from_(picked.copy())
        new = (
            exp.select(number)
            .from_(found)
            .where(exp.and_(exp.not_(number.is_(exp.null())), exp.not_(number.isin(query=known))))
            .distinct()
        )
        connection.execute(duck.sql(exp.insert(new, picked)))


def _ends(column: ColumnDesign) -> list[exp.Expression]:
    """The numbers of the rows with the least and the greatest value, or with the longest text, and of one with a null."""
    value, number = duck.column(column.name), duck.column(NUMBER)
    null = exp.Filter(this=exp.Min(this=number), expression=exp.Where(this=value.copy().is_(exp.null())))
    if family(column.type) in ORDERED:
        return [null, *(exp.Anonymous(this=function, expressions=[number, value]) for function in ("arg_min", "arg_max"))]
    if family(column.type) == "text":
        length = exp.Anonymous(this="strlen", expressions=[exp.cast(value, "VARCHAR")])
        return [null, exp.Anonymous(this="arg_max", expressions=[number, length])]
    return [null]


def _refer(connection: duckdb.DuckDBPyConnection, name: str, design: TableDesign, places: Mapping[str, str]) -> bool:
    """Add the rows that the picked ones refer to; whether there were any new ones."""
    added = [_add(connection, name, one, places[one.table]) for one in design.references if one.table in places]
    return any(added)


def _add(connection: duckdb.DuckDBPyConnection, name: str, reference: Reference, parent: str) -> bool:
    number = duck.column(NUMBER)
    child = exp.select(*(duck.column(column) for column in reference.columns)).from_(_all(name))
    child = child.where(number.isin(query=exp.select(number).from_(_picked(name))))
    keys = exp.Tuple(expressions=[duck.column(column) for column in reference.ref_columns])
    missing = exp.not_(number.isin(query=exp.select(number).from_(_picked(parent))))
    rows = exp.select(number).from_(_all(parent)).where(exp.and_(exp.In(this=keys, query=_tuple(child, reference)), missing))
    added = connection.execute(duck.sql(exp.insert(rows, exp.to_table(_picked(parent))))).fetchall()
    return bool(added and added[0][0])


def _tuple(child: exp.Select, reference: Reference) -> exp.Subquery:
    """The referring values as one column of tuples, as IN wants them."""
    values = exp.Tuple(expressions=[duck.column(column) for column in reference.columns])
    return child.select(values, append=False).subquery()


def _rows(connection: duckdb.DuckDBPyConnection, name: str, design: TableDesign) -> Drawn:
    number = duck.column(NUMBER)
    kept = exp.select(number).from_(_picked(name))
    columns = [duck.column(column.name) for column in design.columns]
    _create(
        connection, "TABLE", name, exp.select(*columns).from_(_all(name)).where(number.isin(query=kept)).order_by(number.copy())
    )
    described = connection.execute(duck.sql(exp.Describe(this=exp.to_table(name)))).fetchall()
    ((rows,),) = connection.execute(duck.sql(exp.select(exp.Count(this=exp.Star())).from_(name))).fetchall()
    return Drawn(name, rows, {line[0]: line[1] for line in described})
