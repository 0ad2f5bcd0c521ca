"""Whether rows fit a live table, column by column, before the first is sent; and the types of a table that is not there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from connectors.ch.catalog import TableColumn
from connectors.ch.types import ChType, precision
from connectors.clash import another_type, computed, misfit, not_there
from core.models.types import family

_INTEGERS = {"TINYINT": "Int8", "SMALLINT": "Int16", "INTEGER": "Int32", "BIGINT": "Int64", "HUGEINT": "Int128"}
_MADE = {
    **_INTEGERS,
    **{f"U{duck}": f"U{here}" for duck, here in _INTEGERS.items()},
    "BOOLEAN": "Bool", "FLOAT": "Float32", "DOUBLE": "Float64", "DATE": "Date32", "UUID": "UUID",
    "TIMESTAMP_S": "DateTime64(6, 'UTC')", "TIMESTAMP_MS": "DateTime64(6, 'UTC')", "TIMESTAMP": "DateTime64(6, 'UTC')",
    "TIMESTAMP WITH TIME ZONE": "DateTime64(6, 'UTC')", "TIMESTAMP_NS": "DateTime64(9, 'UTC')",
    "TIMESTAMPTZ_NS": "DateTime64(9, 'UTC')",
}  # fmt: skip
_BITS = {"Float32": 24, "Float64": 53}
_UTC = ("UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z", "Zulu")
TEXT = ("String", "FixedString")
FROM_TEXT = ("UUID", "IPv4", "IPv6", "Enum8", "Enum16", "JSON", "Object", "Time", "Time64")


def made_type(duck_type: str, nullable: bool) -> str:
    """The ClickHouse type that holds every value of a DuckDB type. What has no type of its own there becomes text."""
    kind = duck_type.upper()
    made = "Decimal({}, {})".format(*decimal) if (decimal := _decimal(kind)) else _MADE.get(kind, "String")
    return f"Nullable({made})" if nullable else made


def compare(name: str, incoming: Mapping[str, str], live: Sequence[TableColumn], server_zone: str) -> None:
    """Raise `DataError` that names every column which does not fit: `incoming` is column name → DuckDB type."""
    targets = {one.column.name: one for one in live}
    problems = []
    for title, kind in incoming.items():
        if title not in targets:
            problems.append(not_there(title, made_type(kind, True)))
        elif targets[title].computed:
            problems.append(computed(title, "ClickHouse"))
        elif not fits(kind, targets[title].type, server_zone):
            there = targets[title].column
            problems.append(another_type(title, kind, there.source_type, there.type, made_type(kind, there.nullable)))
    if problems:
        raise misfit(name, problems)


def fits(kind: str, target: ChType, server_zone: str) -> bool:
    """Whether every value of the DuckDB type `kind` can be a value of the column, unchanged, as far as types tell.

    Any value fits text as its text. Text fits what ClickHouse reads from text alone (enums, addresses, uuid, JSON): it says so if it
    cannot. What depends on values (range and precision of times, nulls) is looked at batch by batch.
    """
    bare, same = target.bare, family(kind)
    if bare.name in TEXT:
        return bare.name == "String" or kind in ("VARCHAR", "BLOB")
    if bare.name in ("JSON", "Object") and same in ("json", "nested"):
        return True
    if bare.name in FROM_TEXT and kind == "VARCHAR":
        return True
    if bare.name == "Array":
        return kind.endswith("[]") and fits(kind[:-2], bare.inner, server_zone)
    if bare.name == "UUID":
        return same == "uuid"
    if bare.name == "Bool":
        return same == "boolean"
    if bare.name in ("Date", "Date32"):
        return same == "date"
    if bare.name in ("DateTime", "DateTime64"):
        return _moment(kind, bare, server_zone)
    return _number(kind, bare)


def _moment(kind: str, bare: ChType, server_zone: str) -> bool:
    """A time without a zone is a moment only where the column shows UTC: elsewhere it would be another time."""
    if family(kind) != "timestamp" and kind != "TIMESTAMPTZ_NS":
        return False
    zone = next((part.strip("'") for part in bare.args if part.startswith("'")), server_zone)
    return "ZONE" in kind or kind == "TIMESTAMPTZ_NS" or zone in _UTC


def _number(kind: str, bare: ChType) -> bool:
    integer = _MADE[kind] if family(kind) == "integer" else None
    low, high = limits(integer) if integer else (0, 0)
    if span := limits(bare.name):
        return integer is not None and span[0] <= low and high <= span[1]
    if bare.name in _BITS:
        whole = integer is not None and max(-low, high) <= 2 ** _BITS[bare.name]
        return whole or kind == "FLOAT" or (kind == "DOUBLE" and bare.name == "Float64")
    if not (there := precision(bare)):
        return False
    if integer:
        return max(-low, high) < 10 ** (there[0] - there[1])
    own = _decimal(kind)
    return own is not None and own[1] <= there[1] and own[0] - own[1] <= there[0] - there[1]


def limits(name: str) -> tuple[int, int] | None:
    """Least and greatest value of an integer type of ClickHouse, None for another type."""
    found = re.fullmatch(r"(U?)Int(\d+)", name)
    if not found:
        return None
    bits = int(found[2])
    return (0, 2**bits - 1) if found[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _decimal(kind: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind)
    return (int(found[1]), int(found[2])) if found else None
