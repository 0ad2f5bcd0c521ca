"""How each type of Spark is read: the expression that Spark computes, and the Arrow type its values take here.

Whole, decimal and floating numbers, text, bytes, days and times are what they are there. What DuckDB has no loss-free form for in Parquet
(intervals, text in no known encoding) becomes text or bytes; a VARIANT becomes JSON, a geometry its WKB bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp

from connectors.ch.types import as_bytes

_NATIVE = {
    "boolean": pa.bool_(), "byte": pa.int8(), "short": pa.int16(), "integer": pa.int32(), "long": pa.int64(), "float": pa.float32(),
    "double": pa.float64(), "string": pa.string(), "char": pa.string(), "varchar": pa.string(), "binary": pa.binary(),
    "date": pa.date32(), "timestamp": pa.timestamp("us", "UTC"), "timestamp_ntz": pa.timestamp("us"),
}  # fmt: skip
_SHAPES = ("geometry", "geography")


@dataclass(frozen=True, slots=True)
class Way:
    """How a column is read: the value as Spark is asked for it, its Arrow type here, and the way to go where a value does not fit."""

    value: exp.Expression
    arrow: pa.DataType
    otherwise: Way | None = None


def way(value: exp.Expression, kind: Any) -> Way:
    """The way of a column of pyspark's type `kind`. Text that is not UTF-8 goes as bytes."""
    out, arrow = _read(value, kind, 0)
    bare = as_bytes(arrow)
    return Way(out, arrow, Way(out, bare) if bare != arrow and arrow != pa.json_() else None)


def _read(value: exp.Expression, kind: Any, depth: int) -> tuple[exp.Expression, pa.DataType]:
    name = type_name(kind)
    if name in _NATIVE:
        return value, _NATIVE[name]
    if name == "decimal":
        return value, pa.decimal128(kind.precision, kind.scale)
    if name == "time":
        return function("time_to_micros", value), pa.time64("us")
    if name == "variant":
        return function("to_json", value), pa.json_() if depth == 0 else pa.string()
    if name in _SHAPES:
        return function("st_asbinary", value), pa.binary()
    if name == "array":
        return _list(value, kind, depth)
    if name == "map":
        return _map(value, kind, depth)
    if name == "struct" and kind.fields:
        return _struct(value, kind, depth)
    if name == "struct":
        return function("to_json", value), pa.string()
    return exp.cast(value, "STRING", dialect="spark"), pa.string()


def _list(value: exp.Expression, kind: Any, depth: int) -> tuple[exp.Expression, pa.DataType]:
    item = exp.to_identifier(f"x{depth}")
    inner, here = _read(exp.column(item), kind.elementType, depth + 1)
    if inner == exp.column(item):
        return value, pa.list_(here)
    return function("transform", value, exp.Lambda(this=inner, expressions=[item])), pa.list_(here)


def _map(value: exp.Expression, kind: Any, depth: int) -> tuple[exp.Expression, pa.DataType]:
    pair = exp.to_identifier(f"x{depth}")
    parts = [exp.Dot(this=exp.column(pair), expression=exp.to_identifier(part)) for part in ("key", "value")]
    (key, key_here), (item, item_here) = (
        _read(part, inner, depth + 1) for part, inner in zip(parts, (kind.keyType, kind.valueType), strict=True)
    )
    if [key, item] == parts:
        return value, pa.map_(key_here, item_here)
    entries = exp.Lambda(this=function("struct", key, item), expressions=[pair])
    changed = function("map_from_entries", function("transform", function("map_entries", value), entries))
    return changed, pa.map_(key_here, item_here)


def _struct(value: exp.Expression, kind: Any, depth: int) -> tuple[exp.Expression, pa.DataType]:
    parts = [exp.Dot(this=value.copy(), expression=exp.to_identifier(field.name, quoted=True)) for field in kind.fields]
    read = [_read(part, field.dataType, depth + 1) for part, field in zip(parts, kind.fields, strict=True)]
    here = pa.struct([(field.name, arrow) for field, (_, arrow) in zip(kind.fields, read, strict=True)])
    if all(out == part for part, (out, _) in zip(parts, read, strict=True)):
        return value, here
    named = [one for field, (out, _) in zip(kind.fields, read, strict=True) for one in (exp.Literal.string(field.name), out)]
    whole = function("named_struct", *named)
    return exp.case().when(value.copy().is_(exp.null()), exp.null()).else_(whole), here


def type_name(kind: Any) -> str:
    """pyspark's name of a type; of `geometry(4326)` and the like without what is behind."""
    return str(kind.typeName()).partition("(")[0]


def function(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))
