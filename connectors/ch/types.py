"""ClickHouse's types, and how the values of each leave the server so that none is changed on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from connectors.naming import free_name

DIGITS = 38
"""Digits of the widest decimal that DuckDB and Parquet share."""

_NATIVE = {
    "Bool": pa.bool_(), "Int8": pa.int8(), "Int16": pa.int16(), "Int32": pa.int32(), "Int64": pa.int64(),
    "UInt8": pa.uint8(), "UInt16": pa.uint16(), "UInt32": pa.uint32(), "UInt64": pa.uint64(),
    "Float32": pa.float32(), "Float64": pa.float64(), "String": pa.string(),
}  # fmt: skip
WIDE = ("Int128", "Int256", "UInt128", "UInt256")
_MOMENT = pa.timestamp("us", "UTC")
_SHAPES = {
    "Point": "Tuple(x Float64, y Float64)",
    "Ring": "Array(Tuple(x Float64, y Float64))",
    "LineString": "Array(Tuple(x Float64, y Float64))",
    "MultiLineString": "Array(Array(Tuple(x Float64, y Float64)))",
    "Polygon": "Array(Array(Tuple(x Float64, y Float64)))",
    "MultiPolygon": "Array(Array(Array(Tuple(x Float64, y Float64))))",
}
_NAMED = re.compile(r"(`(?:[^`\\]|\\.|``)*`|\"(?:[^\"\\]|\\.|\"\")*\"|\w+)\s+(\w.*)", re.S)
_TOKEN = re.compile(r"'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|\"(?:[^\"\\]|\\.|\"\")*\"|[(),]|[^'`\"(),]+", re.S)


@dataclass(frozen=True, slots=True)
class ChType:
    """A type as the server writes it: `name` and what stands in its brackets, each part as text."""

    name: str
    args: tuple[str, ...] = ()

    @property
    def inner(self) -> ChType:
        return parse(self.args[-1])

    @property
    def bare(self) -> ChType:
        """Without `Nullable`, `LowCardinality` and `SimpleAggregateFunction`, which change how values lie and not what they are."""
        return self.inner.bare if self.name in ("Nullable", "LowCardinality", "SimpleAggregateFunction") else self

    @property
    def nullable(self) -> bool:
        if self.name in ("LowCardinality", "SimpleAggregateFunction"):
            return self.inner.nullable
        return self.name in ("Nullable", "Dynamic", "Variant")


def parse(text: str) -> ChType:
    """`Array(Nullable(Int8))` taken apart, one level."""
    found = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", text, re.S)
    return ChType(found[1], tuple(_split(found[2] or ""))) if found else ChType(text.strip())


def _split(text: str) -> Iterator[str]:
    depth, part = 0, ""
    for token in _TOKEN.findall(text):
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += token
    if part.strip():
        yield part.strip()


def elements(kind: ChType) -> tuple[tuple[str, str], ...]:
    """Name and type of the parts of a tuple; those without a name are numbered, as ClickHouse itself numbers them.

    Names that differ only in capitals are one name to DuckDB: the later ones get a number.
    """
    seen: set[str] = set()
    found = []
    for place, text in enumerate(kind.args, 1):
        named = _NAMED.fullmatch(text)
        label, inner = (_unquoted(named[1]), named[2]) if named else (str(place), text)
        found.append((free_name(label, seen), inner))
    return tuple(found)


def _unquoted(label: str) -> str:
    return re.sub(r"\\(.)|``", lambda m: m[1] or "`", label[1:-1]) if label[:1] in '`"' else label


@dataclass(frozen=True, slots=True)
class Way:
    """How a column is read: the expression the server computes, the Arrow type its values take here, and the way to go where a

    value does not fit that type. The last way of a chain holds every value.
    """

    out: Callable[[exp.Expression], exp.Expression]
    arrow: pa.DataType
    otherwise: Way | None = None


def _plain(value: exp.Expression) -> exp.Expression:
    return value


def cast(value: exp.Expression, kind: str) -> exp.Expression:
    """`CAST(value, 'type')`: the type as a text, so that no name in it can end it."""
    return exp.Anonymous(this="CAST", expressions=[value, exp.Literal.string(kind)])


def _casting(*kinds: str) -> Callable[[exp.Expression], exp.Expression]:
    def out(value: exp.Expression) -> exp.Expression:
        for kind in kinds:
            value = cast(value, kind)
        return value

    return out


def way(text: str) -> Way:
    """How the values of a type are read. Unknown types are read as the text that the server makes of them."""
    kind = parse(text)
    bare = kind.bare
    wrap = "Nullable({})" if kind.nullable else "{}"
    as_text = Way(_casting(wrap.format("String")), pa.string(), Way(_casting(wrap.format("String")), pa.binary()))
    if bare.name in WIDE:
        return Way(as_text.out, pa.decimal128(DIGITS, 0), as_text)
    if decimal := precision(bare):
        if decimal[0] <= DIGITS:
            return Way(_plain, pa.decimal128(*decimal))
        return Way(_plain, pa.decimal128(DIGITS, decimal[1]), Way(_plain, pa.string())) if decimal[1] <= DIGITS else as_text
    if bare.name == "DateTime64" and int(bare.args[0]) > 6:
        fine = _casting(wrap.format(f"DateTime64({bare.args[0]}, 'UTC')"), wrap.format("String"))
        return Way(fine, _MOMENT, Way(fine, pa.string()))
    if bare.name == "UUID":
        return Way(_uuid_out, pa.uuid())
    if bare.name in ("JSON", "Object"):
        return Way(as_text.out, pa.json_(), as_text)
    if bare.name == "AggregateFunction":
        return Way(_casting("String"), pa.binary())
    if bare.name == "FixedString":
        return Way(_plain, pa.string(), Way(_plain, pa.binary()))
    if bare.name == "Map":
        return _map(bare)
    there, here = leaf(kind)
    out = _plain if there == " ".join(text.split()) else _casting(there)
    return Way(out, here, Way(out, as_bytes(here)) if as_bytes(here) != here else None)


def _uuid_out(value: exp.Expression) -> exp.Expression:
    """The 16 bytes in the order in which people write them: how Arrow gets a UUID differs between versions of ClickHouse."""
    return exp.func("UUIDStringToNum", exp.func("toString", value, dialect="clickhouse"), dialect="clickhouse")


def _map(kind: ChType) -> Way:
    """A map; where a key comes twice, which ClickHouse allows and DuckDB does not, a list of its pairs."""
    (key, key_here), (item, item_here) = (leaf(parse(text)) for text in kind.args)
    pairs = pa.list_(pa.struct([("key", key_here), ("value", item_here)]))
    listed = _casting(f"Array(Tuple(key {key}, value {item}))")
    return Way(_casting(f"Map({key}, {item})"), pa.map_(key_here, item_here), Way(listed, pairs, Way(listed, as_bytes(pairs))))


def leaf(kind: ChType) -> tuple[str, pa.DataType]:
    """The type to cast to on the server, wherever it stands in another one, and the Arrow type in which that arrives."""
    bare = kind.bare
    if bare.name in _SHAPES:
        return leaf(parse(_SHAPES[bare.name]))
    if bare.name == "Array":
        there, here = leaf(bare.inner)
        return f"Array({there})", pa.list_(here)
    if bare.name == "Nested":
        there, here = leaf(ChType("Tuple", bare.args))
        return f"Array({there})", pa.list_(here)
    if bare.name == "Map":
        (key, key_here), (item, item_here) = (leaf(parse(text)) for text in bare.args)
        return f"Array(Tuple(key {key}, value {item}))", pa.list_(pa.struct([("key", key_here), ("value", item_here)]))
    if bare.name == "Tuple" and bare.args:
        parts = [(label, *leaf(parse(text))) for label, text in elements(bare)]
        inside = ", ".join(f"{_quoted(label)} {there}" for label, there, _ in parts)
        there, here = f"Tuple({inside})", pa.struct([(label, here) for label, _, here in parts])
    else:
        there, here = _scalar(bare)
    return (f"Nullable({there})" if kind.nullable else there), here


def _scalar(bare: ChType) -> tuple[str, pa.DataType]:
    if bare.name in _NATIVE:
        return bare.name, _NATIVE[bare.name]
    if bare.name == "BFloat16":
        return "Float32", pa.float32()
    if bare.name in ("Date", "Date32"):
        return "Date32", pa.date32()
    if bare.name == "DateTime" or (bare.name == "DateTime64" and int(bare.args[0]) <= 6):
        return "DateTime64(6, 'UTC')", _MOMENT
    if (decimal := precision(bare)) and decimal[0] <= DIGITS:
        return f"Decimal({decimal[0]}, {decimal[1]})", pa.decimal128(*decimal)
    if bare.name.startswith("Interval"):
        return "Int64", pa.int64()
    return "String", pa.string()


def _quoted(label: str) -> str:
    return "`" + label.replace("\\", "\\\\").replace("`", "\\`") + "`"


def precision(bare: ChType) -> tuple[int, int] | None:
    """Digits and scale of a decimal, None for another type."""
    fixed = {"Decimal32": 9, "Decimal64": 18, "Decimal128": 38, "Decimal256": 76}
    if bare.name in fixed:
        return fixed[bare.name], int(bare.args[0])
    if bare.name == "Decimal":
        return int(bare.args[0]), int(bare.args[1]) if len(bare.args) > 1 else 0
    return None


def as_bytes(kind: pa.DataType) -> pa.DataType:
    """The same type with bytes in the place of every text."""
    if pa.types.is_string(kind):
        return pa.binary()
    if pa.types.is_list(kind):
        return pa.list_(as_bytes(kind.value_type))
    if pa.types.is_map(kind):
        return pa.map_(as_bytes(kind.key_type), as_bytes(kind.item_type))
    if pa.types.is_struct(kind):
        return pa.struct([(kind.field(n).name, as_bytes(kind.field(n).type)) for n in range(kind.num_fields)])
    return kind
