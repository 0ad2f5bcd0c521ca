"""Whether rows fit a live table, column by column, before the first is sent; the types of a table that is to be made; rows on their way."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from core.engines.duck import column, name, sql
from core.errors import DataError
from core.models.types import family
from core.words import Msg, msg, plural

_WIRE: dict[pa.DataType, tuple[pa.DataType, str]] = {
    pa.bool_(): (pa.bool_(), "boolean"), pa.int8(): (pa.int8(), "tinyint"), pa.int16(): (pa.int16(), "smallint"),
    pa.int32(): (pa.int32(), "int"), pa.int64(): (pa.int64(), "bigint"), pa.uint8(): (pa.int16(), "smallint"),
    pa.uint16(): (pa.int32(), "int"), pa.uint32(): (pa.int64(), "bigint"), pa.uint64(): (pa.decimal128(20, 0), "decimal(20,0)"),
    pa.float16(): (pa.float32(), "float"), pa.float32(): (pa.float32(), "float"), pa.float64(): (pa.float64(), "double"),
    pa.date32(): (pa.date32(), "date"), pa.date64(): (pa.date32(), "date"), pa.null(): (pa.string(), "string"),
    pa.string(): (pa.string(), "string"), pa.large_string(): (pa.string(), "string"), pa.string_view(): (pa.string(), "string"),
    pa.binary(): (pa.binary(), "binary"), pa.large_binary(): (pa.binary(), "binary"), pa.binary_view(): (pa.binary(), "binary"),
    pa.json_(): (pa.string(), "string"),
}  # fmt: skip
_TEXT = (pa.string(), "string")
_ORDER = ("tinyint", "smallint", "int", "bigint")
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_EXACT = {"float": ("tinyint", "smallint"), "double": ("tinyint", "smallint", "int", "float")}


def wire(kind: pa.DataType) -> tuple[pa.DataType, str]:
    """The Arrow type in which values are sent, and the type of Spark that holds every one of them. What has none becomes text."""
    if kind in _WIRE:
        return _WIRE[kind]
    if pa.types.is_dictionary(kind):
        return wire(kind.value_type)
    if pa.types.is_timestamp(kind):
        return (pa.timestamp("us", "UTC"), "timestamp") if kind.tz else (pa.timestamp("us"), "timestamp_ntz")
    if pa.types.is_decimal(kind) and kind.precision <= 38 and kind.scale >= 0:
        return pa.decimal128(kind.precision, kind.scale), f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = wire(kind.value_type)
        return _TEXT if _as_text(kind.value_type) else (pa.list_(inner[0]), f"array<{inner[1]}>")
    if pa.types.is_map(kind) and not _as_text(kind.key_type) and not _as_text(kind.item_type):
        key, item = wire(kind.key_type), wire(kind.item_type)
        return pa.map_(key[0], item[0]), f"map<{key[1]},{item[1]}>"
    if pa.types.is_struct(kind) and kind.num_fields and not any(_as_text(kind.field(n).type) for n in range(kind.num_fields)):
        parts = [(kind.field(n).name, *wire(kind.field(n).type)) for n in range(kind.num_fields)]
        inside = ",".join(f"{quoted(label)}:{there}" for label, _, there in parts)
        return pa.struct([(label, here) for label, here, _ in parts]), f"struct<{inside}>"
    return _TEXT


def quoted(label: str) -> str:
    return label if re.fullmatch(r"[A-Za-z_]\w*", label, re.ASCII) else "`" + label.replace("`", "``") + "`"


def _as_text(kind: pa.DataType) -> bool:
    """Whether text has to be made of a value here, because Spark has no type for it."""
    return wire(kind) == _TEXT and kind not in _WIRE


def compare(title: str, schema: pa.Schema, live: Any) -> None:
    """Raise `DataError` that names every column which does not fit: `live` is pyspark's StructType of the table."""
    targets = {field.name.lower(): field.dataType.simpleString() for field in live.fields}
    problems = []
    for field in schema:
        there = targets.get(field.name.lower())
        if there is None:
            problems.append(msg("{column} is not in the table", column=field.name))
        elif not fits(wire(field.type)[1], there):
            here = wire(field.type)[1].upper()
            problems.append(msg("{column} is {kind} here and {there} there", column=field.name, kind=here, there=there.upper()))
    if problems:
        raise DataError(
            plural("{n} column does not fit {table}", "{n} columns do not fit {table}", n=len(problems), table=title),
            _joined(problems),
            msg("Cast, rename or drop these columns before the sink, or write to another table. Nothing was written."),
        )


def _joined(problems: list[Msg]) -> Msg:
    first, *rest = problems
    return msg("{first}; {rest}", first=first, rest=_joined(rest)) if rest else msg("{problem}.", problem=first)


def fits(here: str, there: str) -> bool:
    """Whether every value of Spark's type `here` can be a value of `there`, unchanged, as far as types tell."""
    if here == there or (here == "string" and there.startswith(("string", "varchar", "char"))):
        return True
    if here in _ORDER and there in _ORDER:
        return _ORDER.index(here) <= _ORDER.index(there)
    if there in _EXACT:
        return here in _EXACT[there]
    return bool(target := _decimal(there)) and bool(own := _decimal(here)) and own[0] <= target[0] and own[1] <= target[1]


def _decimal(kind: str) -> tuple[int, int] | None:
    """Digits before and behind the point of a number without error."""
    if kind in _DIGITS:
        return _DIGITS[kind], 0
    found = re.fullmatch(r"decimal\((\d+),(\d+)\)", kind)
    return (int(found[1]) - int(found[2]), int(found[2])) if found else None


def sendable(connection: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in the types of `schema` (those of `wire`). Raises `DataError` for a value that would not arrive as it is."""
    arrays = []
    for place, (array, field) in enumerate(zip(batch.columns, schema, strict=True)):
        if _as_text(array.type):
            array = _text(connection, array)
        try:
            plain = array.storage if isinstance(array, pa.ExtensionArray) else array
            arrays.append(plain if plain.type == field.type else plain.cast(field.type))
        except pa.ArrowInvalid as error:
            title = batch.schema.names[place]
            raise DataError(
                msg("{column} holds a value that Spark cannot hold", column=title),
                msg("{text}.", text=str(error).splitlines()[0][:200].rstrip(".")),
                msg("Cast the column {column} before the sink. Nothing was written.", column=title),
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _text(connection: duckdb.DuckDBPyConnection, array: pa.Array) -> pa.Array:
    """The text that DuckDB makes of a value; of nested ones their JSON."""
    connection.register("sent", pa.table({"v": array}))
    kind = str(connection.sql(sql(exp.select(column("v")).from_("sent"))).types[0])
    value: exp.Expression = exp.cast(column("v"), "VARCHAR")
    if family(kind) == "nested":
        whole = exp.cast(exp.func("to_json", column("v"), dialect="duckdb"), "VARCHAR")
        value = exp.case().when(column("v").is_(exp.null()), exp.null()).else_(whole)
    texts = connection.sql(sql(exp.select(exp.alias_(value, name("v"))).from_("sent"))).to_arrow_table()
    connection.unregister("sent")
    return texts["v"].combine_chunks().cast(pa.string())
