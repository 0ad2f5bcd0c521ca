"""Arrow batches as CSV that COPY reads, written by DuckDB: every value as text that PostgreSQL takes for the same value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from connectors.pg.parts import NULL
from core.engines.duck import column, name, sql
from core.errors import DataError
from core.models.types import family
from core.words import msg

_BC = (r"^(\S+) \(BC\)(.*)$", r"\1\2 BC")


def types_of(connection: duckdb.DuckDBPyConnection, schema: pa.Schema) -> dict[str, str]:
    """Column name → DuckDB type, as DuckDB reads the Arrow schema."""
    relation = connection.from_arrow(schema.empty_table())
    return dict(zip(schema.names, (str(kind) for kind in relation.types)))


def write_csv(
    connection: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, types: Mapping[str, str], arrays: frozenset[str], file: Path
) -> None:
    """One batch into `file`. `arrays` are the columns that become array literals; other nested ones become JSON."""
    connection.register("batch", pa.Table.from_batches([batch]))
    _refuse_nanoseconds(connection, types)
    values = [
        exp.alias_(_written(column(title), kind, title in arrays), name(f"c{n}")) for n, (title, kind) in enumerate(types.items())
    ]
    query = exp.select(*values).from_(exp.table_("batch"))
    # DuckDB quotes a text that reads like the mark of null. Alone in its line, a text `\.` would end the data.
    quoting = {"quoting": "ALL"} if len(types) == 1 else {}
    connection.sql(sql(query)).write_csv(
        str(file), header=False, sep=",", quotechar='"', escapechar='"', na_rep=NULL, compression="none", **quoting
    )
    connection.unregister("batch")


def _refuse_nanoseconds(connection: duckdb.DuckDBPyConnection, types: Mapping[str, str]) -> None:
    """PostgreSQL keeps microseconds and would round without a word."""
    for title, kind in types.items():
        if kind not in ("TIMESTAMP_NS", "TIME_NS"):
            continue
        rest = exp.Mod(this=exp.func("epoch_ns", column(title), dialect="duckdb"), expression=exp.Literal.number(1000))
        text = exp.cast(column(title), "VARCHAR")
        finer = exp.select(text).from_(exp.table_("batch")).where(rest.neq(0)).limit(1)
        for (value,) in connection.execute(sql(finer)).fetchall():
            raise DataError(
                msg("{column} holds times finer than PostgreSQL keeps", column=title),
                msg("{value} would be rounded to microseconds.", value=value),
                msg("Cast the column to TIMESTAMP before the sink, or to VARCHAR to keep all of it. Nothing was written."),
            )


AS_IT_IS = ("integer", "decimal", "float", "boolean", "uuid", "text")
"""Families whose values DuckDB writes into a CSV as their text."""


def _written(value: exp.Expression, kind: str, array: bool) -> exp.Expression:
    """A value as it goes into the CSV."""
    return value if not array and family(kind) in AS_IT_IS else _text(value, kind, array)


def _text(value: exp.Expression, kind: str, array: bool) -> exp.Expression:
    if array:
        return _array(value, kind)
    if family(kind) == "nested" or kind == "JSON":
        whole = exp.cast(exp.func("to_json", value, dialect="duckdb"), "VARCHAR")
        return exp.case().when(value.is_(exp.null()), exp.null()).else_(whole) if kind != "JSON" else exp.cast(value, "VARCHAR")
    if kind == "BLOB":
        return exp.DPipe(this=exp.Literal.string(r"\x"), expression=exp.func("hex", value))
    text = exp.cast(value, "VARCHAR")
    if family(kind) in ("date", "timestamp"):
        before, after = (exp.Literal.string(part) for part in _BC)
        if kind == "TIMESTAMP_NS":  # it begins in 1677
            return text
        old = exp.LT(this=value.copy(), expression=exp.cast(exp.Literal.string("0001-01-01"), "DATE"))
        return exp.case().when(old, exp.func("regexp_replace", text.copy(), before, after, dialect="duckdb")).else_(text)
    return text


def _array(value: exp.Expression, kind: str) -> exp.Expression:
    """`{"a","b\\"c",NULL}`: every element quoted, so that none can pass for NULL or end the array."""
    inner = kind[:-2]
    element = exp.column("e")
    if inner.endswith("[]"):
        one = _array(element, inner)
    else:
        escaped: exp.Expression = _text(element, inner, False)
        for mark in ("\\", '"'):
            escaped = exp.func("replace", escaped, exp.Literal.string(mark), exp.Literal.string("\\" + mark), dialect="duckdb")
        quote = exp.Literal.string('"')
        one = exp.DPipe(this=exp.DPipe(this=quote, expression=escaped), expression=quote.copy())
    one = exp.func("coalesce", one, exp.Literal.string("NULL"))
    texts = exp.func("list_transform", value, exp.Lambda(this=one, expressions=[exp.to_identifier("e")]), dialect="duckdb")
    joined = exp.func("array_to_string", texts, exp.Literal.string(","), dialect="duckdb")
    return exp.DPipe(this=exp.DPipe(this=exp.Literal.string("{"), expression=joined), expression=exp.Literal.string("}"))
